/*
 * environment.h - values that come from the host's environment instead of the file. Private to
 * loader/.
 */
#ifndef STATGATE_LOADER_ENVIRONMENT_H
#define STATGATE_LOADER_ENVIRONMENT_H

#include "loader/load.h"

/** Read {"env": "NAME"}: the name, and the variable's text in the daemon's environment, of at most
 * `len_max` bytes of UTF-8; NULL if it is not set or empty. */
bool environment_read(const struct load *load, json_t *value, const struct jsondoc_place *place,
                      size_t len_max, const char **ret_name, const char **ret_text);

/** List the variables that were read in the catalog, and add them to its fingerprint: in byte order
 * of their names, each once, NUL NAME=TEXT, or NUL NAME for one that is not set or empty. False:
 * out of memory. */
bool environment_add(const struct load *load, struct fingerprint_reading *reading);

#endif
