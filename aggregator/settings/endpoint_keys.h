/*
 * endpoint_keys.h - the keys of an endpoint that are also settings, from which they take their
 * defaults. Private.
 */
#ifndef STATGATE_SETTINGS_ENDPOINT_KEYS_H
#define STATGATE_SETTINGS_ENDPOINT_KEYS_H

#include "settings/settings.h"

struct endpoint_key {
    const char *name; /**< "path" */
    enum setting_id id;
};

/** In the order of settings.def; ends with an item without a name. */
extern const struct endpoint_key endpoint_keys[];

/** The name of the key for this setting. */
const char *endpoint_keys_name(enum setting_id id);
/** Copy the values of these settings (SETTING_BIT()s; settings that are not keys of an endpoint are
 * ignored). */
void endpoint_keys_take(struct settings_endpoint *endpoint, const struct settings *from,
                        uint32_t ids);

#endif
