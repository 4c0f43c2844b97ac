/*
 * service.h - the top level of a catalog. Private to loader/.
 */
#ifndef STATGATE_LOADER_SERVICE_H
#define STATGATE_LOADER_SERVICE_H

#include "loader/load.h"

/** Read a whole catalog, starting at its top level. */
bool loader_service(struct load *load, json_t *root, const struct jsondoc_place *place);

#endif
