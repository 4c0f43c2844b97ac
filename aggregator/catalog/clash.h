/*
 * clash.h - checks for names that clash on the wire within a service. (catalog_samples_differ
 * checks for names of samples that clash on an endpoint.)
 */
#ifndef STATGATE_CATALOG_CLASH_H
#define STATGATE_CATALOG_CLASH_H

#include "catalog/catalog.h"

/**
 * Check a sorted set: no two families of one service may have the same name on the wire. Attempts
 * and jobs have names only there. Returns false with `file: /families/x: text` in ret_error.
 */
bool clash_check(const struct catalog_set *set, struct error *ret_error);

#endif
