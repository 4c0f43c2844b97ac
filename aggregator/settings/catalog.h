/*
 * catalog.h - whether the paths of catalogs can be read; what they hold is up to the loader.
 */
#ifndef STATGATE_SETTINGS_CATALOG_H
#define STATGATE_SETTINGS_CATALOG_H

#include "settings/settings.h"

/** True when a path of the setting `catalog` can be read. Else a message with its place, reason and
 * what to do. */
bool settings_check_catalog(const struct settings *settings, size_t index, struct error *ret_error);

#endif
