/*
 * source.h - the databases and queries of all catalogs.
 */
#ifndef STATGATE_CATALOG_SOURCE_H
#define STATGATE_CATALOG_SOURCE_H

#include "catalog/catalog.h"

/**
 * Number the databases and queries of a sorted set, and list them. Refused are more than
 * CATALOG_DATABASES_MAX and CATALOG_QUERIES_MAX, and two queries of one name, which tells them apart
 * in the daemon's own metrics. Returns false with `file: /queries/0: text` in ret_error.
 */
bool source_number(struct catalog_set *set, struct error *ret_error);

#endif
