/*
 * services.h - which services an endpoint serves.
 */
#ifndef STATGATE_ENDPOINT_SERVICES_H
#define STATGATE_ENDPOINT_SERVICES_H

#include "endpoint/build.h"

/** Find the services that the endpoint's options name; for the default endpoint, all that no other
 * endpoint names. `each` then has room for a page for each. */
bool services_take(const struct build *build, struct endpoint *endpoint);
/** True when the catalog is among these, which are in byte order of name. */
bool services_have(const struct catalog *const *services, size_t count,
                   const struct catalog *catalog);

#endif
