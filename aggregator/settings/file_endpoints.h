/*
 * file_endpoints.h - "endpoints" in the configuration file: what each says itself, and what it
 * takes from the settings. Private.
 */
#ifndef STATGATE_SETTINGS_FILE_ENDPOINTS_H
#define STATGATE_SETTINGS_FILE_ENDPOINTS_H

#include "settings/json.h"

/** Read the array. */
bool file_endpoints_read(const struct settings_json *from, const struct jsondoc_place *root,
                         json_t *array);

/** What endpoints do not say comes from the settings; two of one address and path are refused. Call
 * it when all sources are read. */
bool file_endpoints_finish(struct settings *settings, struct error *ret_error);

#endif
