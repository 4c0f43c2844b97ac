/*
 * constants.h - labels that every series of a page has, and the labels of its target_info.
 */
#ifndef STATGATE_ENDPOINT_CONSTANTS_H
#define STATGATE_ENDPOINT_CONSTANTS_H

#include "endpoint/build.h"

/** Set the constant labels and the target's labels of the endpoint's pages. The set must be
 * finished. */
bool constants_build(const struct build *build, struct endpoint *endpoint);
/** Check that no family of the endpoint declares one of its service's constant labels. */
bool constants_check(const struct build *build, const struct endpoint *endpoint);

#endif
