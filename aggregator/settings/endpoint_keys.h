/*
 * endpoint_keys.h - keys of an endpoint that are settings, too: what an endpoint does not say comes
 * from there. Private.
 */
#ifndef STATGATE_SETTINGS_ENDPOINT_KEYS_H
#define STATGATE_SETTINGS_ENDPOINT_KEYS_H

#include "settings/settings.h"

struct endpoint_key {
    const char *name; /**< "path" */
    enum setting_id id;
};

/** In the order of settings.def, ended by one without a name. */
extern const struct endpoint_key endpoint_keys[];

/** The name of the key that is this setting. */
const char *endpoint_keys_name(enum setting_id id);
/** Take the values of these settings (SETTING_BIT()s, others than an endpoint's do not count). */
void endpoint_keys_take(struct settings_endpoint *endpoint, const struct settings *from,
                        uint32_t ids);

#endif
