/*
 * catalog.h - the daemon's own catalogs: the built-in service `statgate`, and one for each endpoint
 * with handler metrics.
 */
#ifndef STATGATE_SELF_CATALOG_H
#define STATGATE_SELF_CATALOG_H

#include "catalog/catalog.h"

/**
 * Add them to a set that has all other catalogs, and need not be finished: the built-in one, with a
 * label value for each catalog and query of the set; and for each of `endpoints` an internal
 * service of that name ("127.0.0.1:8080/metrics"), with what a handler reports under the names that
 * Go's promhttp gave them: promhttp_metric_handler_requests_total{code="200|500|503"}, all of them
 * from the start, and promhttp_metric_handler_requests_in_flight. False with a message in
 * ret_error; the set may have some of them then.
 */
bool self_add_catalogs(struct catalog_set *set, const char *const *endpoints, size_t count,
                       struct error *ret_error);

#endif
