/*
 * json.h - a setting's value in JSON, as the configuration file has it. Private.
 */
#ifndef STATGATE_SETTINGS_JSON_H
#define STATGATE_SETTINGS_JSON_H

#include "settings/settings.h"
#include "json/jsondoc.h"

enum { SETTINGS_PLACE_BYTES = 1024 };

/** Where values come from and go to. All borrowed. */
struct settings_json {
    struct settings *settings; /**< what is read goes there */
    const char *file;
    size_t folder_len; /**< of `file`, up to its last slash: relative paths start there */
    const char *base;  /**< of places: "FILE: ", "FILE: /endpoints/0" */
    struct error *error;
};

/** `FILE: /place: why`. Returns false, for `return`. */
bool settings_json_fail(const struct settings_json *from, const struct jsondoc_place *place,
                        const char *why);
/** Read a setting's value, the member `key` of the object at `parent`. */
bool settings_json_read(const struct settings_json *from, const struct jsondoc_place *parent,
                        const char *key, enum setting_id id, json_t *value);

#endif
