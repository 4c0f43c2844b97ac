/*
 * groups.h - checks the metric groups that an endpoint names: a mistyped group would silently hide
 * or show families.
 */
#ifndef STATGATE_ENDPOINT_GROUPS_H
#define STATGATE_ENDPOINT_GROUPS_H

#include "endpoint/build.h"

/** Check that the groups named by `include` and `exclude` exist. */
bool groups_check(const struct build *build, const struct endpoint *endpoint);

#endif
