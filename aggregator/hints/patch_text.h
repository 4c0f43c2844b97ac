/*
 * patch_text.h - whether a catalog can contain a text from outside. Private to hints/.
 */
#ifndef STATGATE_HINTS_PATCH_TEXT_H
#define STATGATE_HINTS_PATCH_TEXT_H

#include <stdbool.h>

#include "sg_proto.h"

/** As a label's value: UTF-8 of acceptable length, without control characters. */
bool patch_text_is_value(struct sg_span text);
/** Whether the text is one of `texts`. */
bool patch_text_is_among(const struct sg_span *texts, size_t count, struct sg_span text);
/** As the name of a family or a label: [a-zA-Z_][a-zA-Z0-9_]*. */
bool patch_text_is_name(struct sg_span text);
/** As an alias, or an item of `ignore_labels`: any name that does not look like a pattern. */
bool patch_text_is_whole_name(struct sg_span text);

#endif
