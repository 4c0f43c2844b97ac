/*
 * target_info.h - the metadata of a target: one info, before all families.
 */
#ifndef STATGATE_VIEW_TARGET_INFO_H
#define STATGATE_VIEW_TARGET_INFO_H

#include "view/view.h"

/**
 * Append the info `target` with these labels; nothing if there are none. It is the first family of
 * an exposition, so that a reader need not buffer the rest ("it SHOULD be first in the exposition",
 * OpenMetrics 1.0, "Supporting target metadata in both push-based and pull-based systems").
 */
void target_info_put(struct strbuf *out, const struct constant_labels *labels,
                     enum exposition_format format);

#endif
