/*
 * clashes.h - names of samples are unique on an endpoint.
 */
#ifndef STATGATE_ENDPOINT_CLASHES_H
#define STATGATE_ENDPOINT_CLASHES_H

#include "endpoint/build.h"

/** Check that the names of the endpoint's samples differ, that of the target's info among them. If
 * they clash, the families of the daemon's own process leave the page of all. */
bool clashes_check(const struct build *build, struct endpoint *endpoint);

#endif
