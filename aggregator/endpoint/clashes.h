/*
 * clashes.h - checks that names of samples are unique on an endpoint.
 */
#ifndef STATGATE_ENDPOINT_CLASHES_H
#define STATGATE_ENDPOINT_CLASHES_H

#include "endpoint/build.h"

/** Check that the names of the endpoint's samples differ, including the name of target_info. If
 * they clash, first remove the families of the daemon's own process from the page of all
 * services. */
bool clashes_check(const struct build *build, struct endpoint *endpoint);

#endif
