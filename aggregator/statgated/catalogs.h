/*
 * catalogs.h - the catalogs that the settings name, and which endpoint shows which of them.
 */
#ifndef STATGATE_STATGATED_CATALOGS_H
#define STATGATE_STATGATED_CATALOGS_H

#include "settings/endpoint_plan.h"
#include "statgated/start_error.h"

/** Read all catalogs that the settings name, add the daemon's own, finish the set, and plan the
 * endpoints that show it. False with *ret_error; nothing is to be freed then. The settings are
 * borrowed. */
bool catalogs_read(const struct settings *settings, struct catalog_set *ret_set,
                   struct endpoint_plan *ret_plan, struct start_error *ret_error);
/** Log warnings about endpoints. */
void catalogs_warn(const struct endpoint_plan *plan, const struct catalog_set *set);
/** The number of catalogs, without the daemon's own. */
size_t catalogs_services(const struct catalog_set *set);

#endif
