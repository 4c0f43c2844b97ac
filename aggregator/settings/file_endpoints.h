/*
 * file_endpoints.h - "endpoints" in the configuration file: the keys that each has, and those that
 * it takes from the settings. Private.
 */
#ifndef STATGATE_SETTINGS_FILE_ENDPOINTS_H
#define STATGATE_SETTINGS_FILE_ENDPOINTS_H

#include "settings/json.h"

/** Read the array. */
bool file_endpoints_read(const struct settings_json *from, const struct jsondoc_place *root,
                         json_t *array);

/** Fill in the missing keys of endpoints from the settings; refuse two endpoints with the same
 * address and path. Call it when all sources are read. */
bool file_endpoints_finish(struct settings *settings, struct error *ret_error);

#endif
