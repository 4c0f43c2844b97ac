/*
 * endpoint_keys.h - the keys of an endpoint that are also settings, which give their defaults. Private.
 */
#ifndef STATGATE_SETTINGS_ENDPOINT_KEYS_H
#define STATGATE_SETTINGS_ENDPOINT_KEYS_H

#include "settings/settings.h"

struct endpoint_key {
    const char *name; /**< "path" */
    enum setting_id id;
};

/** In the order of settings.def; the last has no name. */
extern const struct endpoint_key endpoint_keys[];

/** The name of the key that is this setting. */
const char *endpoint_keys_name(enum setting_id id);
/** Copy the values of these settings (SETTING_BIT()s; those that are no keys of an endpoint are
 * ignored). */
void endpoint_keys_take(struct settings_endpoint *endpoint, const struct settings *from,
                        uint32_t ids);

#endif
