/*
 * source.h - lists the databases and queries of all catalogs.
 */
#ifndef STATGATE_CATALOG_SOURCE_H
#define STATGATE_CATALOG_SOURCE_H

#include "catalog/catalog.h"

/**
 * Number and list the databases and queries of a sorted set. Refused are more than
 * CATALOG_DATABASES_MAX databases or CATALOG_QUERIES_MAX queries, and two queries with the same
 * name, because the daemon's own metrics identify queries by name. Returns false with
 * `file: /queries/0: text` in ret_error.
 */
bool source_number(struct catalog_set *set, struct error *ret_error);

#endif
