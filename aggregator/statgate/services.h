/*
 * services.h - loads the catalogs that a command describes, each separately: services described in
 * one text need not fit on one endpoint. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_SERVICES_H
#define STATGATE_STATGATE_SERVICES_H

#include "catalog/catalog.h"
#include "mistakes/mistakes.h"
#include "settings/settings.h"

/** Load these files and folders and finish each catalog, in order of service. False if one is
 * refused, two have the same service, or there is none, with an error for each place. */
bool services_load(const struct settings_list *paths, struct catalog_set *set,
                   struct messages *errors);

#endif
