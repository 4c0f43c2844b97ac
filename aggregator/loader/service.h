/*
 * service.h - the top level of a catalog. Private to loader/.
 */
#ifndef STATGATE_LOADER_SERVICE_H
#define STATGATE_LOADER_SERVICE_H

#include "loader/load.h"

/** Everything: the top level of a catalog. */
bool loader_service(struct load *load, json_t *root, const struct jsondoc_place *place);

#endif
