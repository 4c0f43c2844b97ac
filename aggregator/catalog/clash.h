/*
 * clash.h - names on the wire that may not meet in a service. (Those of samples, which may not meet
 * on an endpoint, are catalog_samples_differ.)
 */
#ifndef STATGATE_CATALOG_CLASH_H
#define STATGATE_CATALOG_CLASH_H

#include "catalog/catalog.h"

/**
 * Check a sorted set: in one service no two families may answer to the same name on the wire;
 * attempts and jobs have a name there only. Returns false with `file: /families/x: text` in
 * ret_error.
 */
bool clash_check(const struct catalog_set *set, struct error *ret_error);

#endif
