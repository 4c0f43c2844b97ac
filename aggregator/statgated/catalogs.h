/*
 * catalogs.h - the catalogs of the settings, and which endpoint shows what of them.
 */
#ifndef STATGATE_STATGATED_CATALOGS_H
#define STATGATE_STATGATED_CATALOGS_H

#include "settings/endpoint_plan.h"
#include "statgated/start_error.h"

/** All catalogs of the settings and the daemon's own, finished, and the endpoints that show them.
 * False with *ret_error; nothing is to be freed then. The settings are borrowed. */
bool catalogs_read(const struct settings *settings, struct catalog_set *ret_set,
                   struct endpoint_plan *ret_plan, struct start_error *ret_error);
/** Log warnings about endpoints. */
void catalogs_warn(const struct endpoint_plan *plan, const struct catalog_set *set);
/** How many there are besides the daemon's own. */
size_t catalogs_services(const struct catalog_set *set);

#endif
