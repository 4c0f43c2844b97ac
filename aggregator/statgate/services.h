/*
 * services.h - the catalogs that a command describes, each on its own: services of one text need
 * not fit on one endpoint. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_SERVICES_H
#define STATGATE_STATGATE_SERVICES_H

#include "catalog/catalog.h"
#include "settings/settings.h"
#include "statgate/messages.h"

/** Load these files and folders and finish each catalog, in order of service. False when one is
 * refused, two are of one service, or there is none, with an error for each place. */
bool services_load(const struct settings_list *paths, struct catalog_set *set,
                   struct messages *errors);

#endif
