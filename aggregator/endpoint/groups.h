/*
 * groups.h - metric groups that an endpoint names: a mistyped one would hide or show silently.
 */
#ifndef STATGATE_ENDPOINT_GROUPS_H
#define STATGATE_ENDPOINT_GROUPS_H

#include "endpoint/build.h"

/** Check that the groups which include and exclude name exist. */
bool groups_check(const struct build *build, const struct endpoint *endpoint);

#endif
