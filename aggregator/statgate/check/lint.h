/*
 * lint.h - warns of what a catalog may contain but what surprises later. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_CHECK_LINT_H
#define STATGATE_STATGATE_CHECK_LINT_H

#include "mistakes/mistakes.h"

/**
 * Add warnings as `file: /families/x: text`: what `promtool check metrics` would say of names and
 * help, and labels that Prometheus renames. The daemon's own catalog is skipped.
 */
void lint_set(const struct catalog_set *set, struct messages *warnings);

/** Warn of groups in the setting at `place` (include, exclude) that no family belongs to. */
void lint_groups(const struct catalog_set *set, const char *place, const char *groups,
                 struct messages *warnings);

#endif
