/*
 * pages.h - what the pages of an endpoint show: families, and the queries that fill them.
 */
#ifndef STATGATE_ENDPOINT_PAGES_H
#define STATGATE_ENDPOINT_PAGES_H

#include "endpoint/build.h"

/** Mark the families of the set that some endpoint shows as exposed, and all others as not
 * exposed. */
void pages_expose(const struct build *build);
/** Fill the endpoint's pages except for their labels. The set must be finished. */
bool pages_fill(const struct build *build, struct endpoint *endpoint);

#endif
