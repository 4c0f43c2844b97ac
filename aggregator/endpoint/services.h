/*
 * services.h - which services an endpoint serves.
 */
#ifndef STATGATE_ENDPOINT_SERVICES_H
#define STATGATE_ENDPOINT_SERVICES_H

#include "endpoint/build.h"

/** Find the services that the endpoint's options name; for the default endpoint, all services that
 * no other endpoint names. Allocates `each` with a page for each service. */
bool services_take(const struct build *build, struct endpoint *endpoint);
/** Whether the catalog is among these services, which are in byte order of name. */
bool services_have(const struct catalog *const *services, size_t count,
                   const struct catalog *catalog);

#endif
