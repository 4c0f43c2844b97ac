/*
 * environment.h - what the host says, and not the file. Private to loader/.
 */
#ifndef STATGATE_LOADER_ENVIRONMENT_H
#define STATGATE_LOADER_ENVIRONMENT_H

#include "loader/load.h"

/** {"env": "NAME"}: the name, and what the daemon's environment says, of at most `len_max` bytes of
 * UTF-8; NULL when it is not set or empty. */
bool environment_read(const struct load *load, json_t *value, const struct jsondoc_place *place,
                      size_t len_max, const char **ret_name, const char **ret_text);

#endif
