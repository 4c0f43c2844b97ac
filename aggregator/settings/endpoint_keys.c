#include "settings/endpoint_keys.h"

#include "base/text.h"

const struct endpoint_key endpoint_keys[] = {
#define SETTING(...)
#define ENDPOINT_SETTING(key, name, ...) {#key, SETTING_##name},
#define ENDPOINT_OPTION(name, ...)       {#name, SETTING_##name},
#include "settings/settings.def"
#undef SETTING
    {NULL, SETTING_COUNT},
};

const char *endpoint_keys_name(enum setting_id id) {
    const struct endpoint_key *key = endpoint_keys;
    while (key->name != NULL && key->id != id)
        key++;
    return key->name;
}

/* Convert a setting's value to an option's, by its kind. */
#define VALUE_SWITCH(value, words) (value)
#define VALUE_WORDS(value, words)  (value)
#define VALUE_CHOICE(value, words) text_choice_find(words, value)

void endpoint_keys_take(struct settings_endpoint *endpoint, const struct settings *from,
                        uint32_t ids) {
#define SETTING(...)
#define ENDPOINT_SETTING(key, name, ...)                                                           \
    if ((ids & SETTING_BIT(name)) != 0)                                                            \
        endpoint->key = from->name;
#define ENDPOINT_OPTION(name, kind, initial, argument, ...)                                        \
    if ((ids & SETTING_BIT(name)) != 0)                                                            \
        endpoint->options.name = VALUE_##kind(from->name, argument);
#include "settings/settings.def"
#undef SETTING
}

struct settings_endpoint settings_default_endpoint(const struct settings *settings) {
    struct settings_endpoint endpoint = {.options.place = "the default endpoint"};
    endpoint_keys_take(&endpoint, settings, SETTINGS_ALL);
    return endpoint;
}
