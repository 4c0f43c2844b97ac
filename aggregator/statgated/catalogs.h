/*
 * catalogs.h - the catalogs that the settings name, and which endpoint shows which of them.
 */
#ifndef STATGATE_STATGATED_CATALOGS_H
#define STATGATE_STATGATED_CATALOGS_H

#include "accepted/accepted.h"
#include "statgated/start_error.h"

/** Read all catalogs that the settings name, as far as they are accepted (accepted/accepted.h):
 * `refused` has each mistake with its place. False with *ret_error; nothing is to be freed then.
 * What the wish points to is borrowed; the settings stay so. */
bool catalogs_read(const struct accepted_active_wish *wish, struct in_force *ret_in_force,
                   struct start_error *ret_error);
/** Make an error of what is refused: the first line as its sentence, all others as further lines.
 */
void catalogs_refuse(const struct messages *lines, struct start_error *ret_error);
/** Log warnings about endpoints. */
void catalogs_warn(const struct endpoint_plan *plan, const struct catalog_set *set);
/** The number of catalogs, without the daemon's own. */
size_t catalogs_services(const struct catalog_set *set);

#endif
