/*
 * file.h - the configuration file's reader and its endpoints, among themselves. Private.
 */
#ifndef STATGATE_SETTINGS_FILE_H
#define STATGATE_SETTINGS_FILE_H

#include "settings/table.h"
#include "json/jsondoc.h"

enum { SETTINGS_PLACE_BYTES = 1024 };

/** Where values come from and go to. All borrowed. */
struct settings_json {
    struct settings *settings; /**< what is read goes there */
    const char *file;
    size_t folder_len; /**< of `file`, up to its last slash: relative paths begin there */
    const char *base;  /**< of places: "FILE: ", "FILE: /endpoints/0" */
    struct settings_error *error;
};

/** `FILE: /place: why`. Returns false, for `return`. */
bool settings_json_fail(const struct settings_json *from, const struct jsondoc_place *place,
                        const char *why);
/** Read a setting's value, which stands under `key` in the object at `parent`. */
bool settings_json_read(const struct settings_json *from, const struct jsondoc_place *parent,
                        const char *key, enum setting_id id, json_t *value);
/** The array of endpoints (endpoints.c). */
bool settings_read_endpoints(const struct settings_json *from, const struct jsondoc_place *root,
                             json_t *array);

#endif
