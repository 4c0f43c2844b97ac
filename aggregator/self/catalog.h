/*
 * catalog.h - the daemon's own catalogs: the built-in service `statgate`, and one for each endpoint
 * with handler metrics.
 */
#ifndef STATGATE_SELF_CATALOG_H
#define STATGATE_SELF_CATALOG_H

#include "catalog/catalog.h"

/**
 * Add the daemon's own catalogs to a set that has all other catalogs; the set need not be finished.
 * The built-in catalog has a label value for each catalog and query of the set. For each of
 * `endpoints`, an internal service with the endpoint's name ("127.0.0.1:8080/metrics") has the
 * metrics of a handler under the names of Go's promhttp:
 * promhttp_metric_handler_requests_total{code="200|500|503"}, with all codes from the start, and
 * promhttp_metric_handler_requests_in_flight. False with a message in ret_error; the set may then
 * have some of the catalogs.
 */
bool self_add_catalogs(struct catalog_set *set, const char *const *endpoints, size_t count,
                       struct error *ret_error);

#endif
