/*
 * remark.h - what a catalog may do, but which is probably not intended. Private to loader/.
 */
#ifndef STATGATE_LOADER_REMARK_H
#define STATGATE_LOADER_REMARK_H

#include "loader/load.h"

/** Remark that a list of the environment is not set, so that all values become `otherwise`. A label
 * with a default is meant to work without: then only a variable of a similar name is remarked. */
bool remark_unset(const struct load *load, const struct jsondoc_place *place, const char *variable,
                  const char *otherwise, bool has_default);
/** Remark a value that looks like several, separated by something else than commas. */
bool remark_list(const struct load *load, const struct jsondoc_place *place, const char *variable,
                 const struct load_set *set);

#endif
