/*
 * lint.h - what is allowed in a catalog, but a surprise later. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_CHECK_LINT_H
#define STATGATE_STATGATE_CHECK_LINT_H

#include "statgate/catalogs.h"

/**
 * Warnings as `file: /families/x: text`: what `promtool check metrics` would say of the names and
 * help, and labels that Prometheus renames. The daemon's own catalog is left out.
 */
void lint_set(const struct catalog_set *set, struct messages *warnings);

/** Groups in the setting `name` (include, exclude) that no family is in. */
void lint_groups(const struct catalog_set *set, const char *place, const char *groups,
                 struct messages *warnings);

#endif
