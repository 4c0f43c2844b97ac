/*
 * clash.h - names that may not meet: sample names on an endpoint, wire names in a service.
 */
#ifndef STATGATE_CATALOG_CLASH_H
#define STATGATE_CATALOG_CLASH_H

#include "catalog/catalog.h"

/**
 * Check a sorted set. Every family lays claim to the names of its samples and to its OpenMetrics
 * family name; two families with the same claim clash, except a gauge X beside a counter X_total,
 * whose counter OpenMetrics then shows as `unknown`. In one service no two families may answer to
 * the same name on the wire; attempts and jobs have a name there only. Returns false with
 * `file: /families/x: text` in ret_error.
 */
bool clash_check(const struct catalog_set *set, char *ret_error, size_t error_size);

#endif
