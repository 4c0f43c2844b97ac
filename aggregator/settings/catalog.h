/*
 * catalog.h - checks that the paths of catalogs can be read; the loader judges their content.
 */
#ifndef STATGATE_SETTINGS_CATALOG_H
#define STATGATE_SETTINGS_CATALOG_H

#include "settings/settings.h"

/** True if path number `index` of the setting `catalog` can be read. Else *ret_error has its place,
 * the reason and what to do. */
bool settings_check_catalog(const struct settings *settings, size_t index, struct error *ret_error);

#endif
