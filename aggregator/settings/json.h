/*
 * json.h - the value of a setting as JSON, as in the configuration file. Private.
 */
#ifndef STATGATE_SETTINGS_JSON_H
#define STATGATE_SETTINGS_JSON_H

#include "settings/settings.h"
#include "json/jsondoc.h"

enum { SETTINGS_PLACE_BYTES = 1024 };

/** Where values come from and go to. All borrowed. */
struct settings_json {
    struct settings *settings; /**< where values are stored */
    const char *file;
    size_t folder_len; /**< of `file`, up to its last slash: relative paths start there */
    const char *base;  /**< start of places: "FILE: ", "FILE: /endpoints/0" */
    struct error *error;
};

/** Write `FILE: /place: why` into the error. Returns false, for `return`. */
bool settings_json_fail(const struct settings_json *from, const struct jsondoc_place *place,
                        const char *why);
/** Read a setting's value: the member `key` of the object at `parent`. */
bool settings_json_read(const struct settings_json *from, const struct jsondoc_place *parent,
                        const char *key, enum setting_id id, json_t *value);

#endif
