#include "settings/file_endpoints.h"

#include <stdio.h>
#include <string.h>

#include "base/listen_address.h"
#include "base/text.h"
#include "settings/endpoint_keys.h"
#include "settings/value.h"

static const char SERVICES[] = "services";

/* ---- reading ---- */

static bool is_listed(const struct settings_list *list, const char *text) {
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], text) == 0)
            return true;
    return false;
}

static bool add_service(const struct settings_json *from, const struct jsondoc_place *place,
                        const json_t *value, struct settings_list *services) {
    const char *name = json_string_value(value);
    if (name == NULL || *name == '\0')
        return settings_json_fail(from, place, "expected the name of a service");
    if (!text_is_service_name(name))
        return settings_json_fail(from, place,
                                  "the name of a service is made of letters, digits, _ . and -, "
                                  "and starts with a letter, a digit or _");
    if (is_listed(services, name))
        return settings_json_fail(from, place, "this service is named twice");
    return settings_list_add(&from->settings->arena, services, name) ||
           error_no_memory(from->error);
}

static bool read_services(const struct settings_json *from, const struct jsondoc_place *endpoint,
                          json_t *value, struct settings_list *services) {
    const struct jsondoc_place place = {.parent = endpoint, .key = SERVICES};
    if (value == NULL)
        return settings_json_fail(from, endpoint,
                                  "services is missing; name those that the endpoint serves");
    if (json_is_string(value))
        return add_service(from, &place, value, services);
    if (!json_is_array(value))
        return settings_json_fail(from, &place, "expected a string or an array of strings");
    const size_t count = json_array_size(value);
    if (count == 0)
        return settings_json_fail(from, &place, "an endpoint serves at least one service");
    if (count > SETTINGS_ENDPOINT_SERVICES_MAX)
        return settings_json_fail(from, &place, "an endpoint names at most 1000 services");
    for (size_t i = 0; i < count; i++) {
        const struct jsondoc_place at = {.parent = &place, .index = i};
        if (!add_service(from, &at, json_array_get(value, i), services))
            return false;
    }
    return true;
}

static bool check_keys(const struct settings_json *from, const struct jsondoc_place *place,
                       json_t *object) {
    const char *keys[SETTING_COUNT + 2];
    struct error unknown;
    size_t count = 0;
    for (; endpoint_keys[count].name != NULL; count++)
        keys[count] = endpoint_keys[count].name;
    keys[count++] = SERVICES;
    keys[count] = NULL;
    if (!json_is_object(object))
        return settings_json_fail(from, place, "expected an object");
    if (!jsondoc_keys_known(object, place, keys, &unknown))
        return error_set(from->error, "%s", unknown.text);
    return true;
}

static bool read_endpoint(const struct settings_json *from, const struct jsondoc_place *place,
                          json_t *object, struct settings_endpoint *endpoint) {
    if (!check_keys(from, place, object))
        return false;
    for (const struct endpoint_key *key = endpoint_keys; key->name != NULL; key++) {
        json_t *value = json_object_get(object, key->name);
        if (value == NULL)
            continue;
        if (!settings_json_read(from, place, key->name, key->id, value))
            return false;
        endpoint->own |= UINT32_C(1) << key->id;
    }
    endpoint_keys_take(endpoint, from->settings, endpoint->own);
    const struct jsondoc_place listen = {.parent = place, .key = "listen"};
    if (endpoint->listen == NULL)
        return settings_json_fail(from, place, "listen is missing; name the endpoint's address");
    if (*endpoint->listen == '\0')
        return settings_json_fail(from, &listen, "an endpoint needs an address");
    struct settings_list services = {.count = 0};
    if (!read_services(from, place, json_object_get(object, SERVICES), &services))
        return false;
    endpoint->options.services = services.items;
    endpoint->options.service_count = services.count;
    return true;
}

/* Read one endpoint into settings of its own, with the arena of the common ones. */
static bool read_item(const struct settings_json *all, const struct jsondoc_place *array,
                      size_t index, json_t *object, struct settings_endpoint *endpoint) {
    const struct jsondoc_place place = {.parent = array, .index = index};
    char base[SETTINGS_PLACE_BYTES];
    (void)snprintf(base, sizeof base, "%.900s: /endpoints/%zu", all->file, index);
    struct settings own = {.arena = all->settings->arena};
    struct settings_json from = *all;
    from.settings = &own;
    from.base = base;
    endpoint->options.place = arena_strndup(&own.arena, base, strlen(base));
    const bool ok = endpoint->options.place != NULL ? read_endpoint(&from, &place, object, endpoint)
                                                    : error_no_memory(all->error);
    all->settings->arena = own.arena;
    return ok;
}

bool file_endpoints_read(const struct settings_json *from, const struct jsondoc_place *root,
                         json_t *array) {
    const struct jsondoc_place place = {.parent = root, .key = "endpoints"};
    const size_t count = json_array_size(array);
    if (!json_is_array(array))
        return settings_json_fail(from, &place, "expected an array of objects");
    if (count > SETTINGS_ENDPOINTS_MAX)
        return settings_json_fail(from, &place, "there are at most 63 endpoints");
    struct settings *settings = from->settings;
    settings->endpoints = arena_array(&settings->arena, count + 1, sizeof *settings->endpoints);
    if (settings->endpoints == NULL)
        return error_no_memory(from->error);
    for (size_t i = 0; i < count; i++)
        if (!read_item(from, &place, i, json_array_get(array, i), &settings->endpoints[i]))
            return false;
    settings->endpoint_count = count;
    return true;
}

/* ---- when all is read ---- */

static bool is_same_place(const char *listen, const char *path, const char *other_listen,
                          const char *other_path) {
    struct listen_address address;
    struct listen_address other;
    const char *why;
    /* Both addresses were parsed before. */
    return strcmp(path, other_path) == 0 && listen_address_parse(listen, &address, &why) &&
           listen_address_parse(other_listen, &other, &why) &&
           listen_address_same(&address, &other);
}

static bool check_places(const struct settings *settings, size_t index, struct error *error) {
    const struct settings_endpoint *one = &settings->endpoints[index];
    if (is_same_place(one->listen, one->path, settings->metrics_listen, settings->metrics_path))
        return error_set(error,
                         "%s: %s%s is the default endpoint's page already; another path, or "
                         "metrics_listen elsewhere (\"\": nowhere) keeps them apart",
                         one->options.place, one->listen, one->path);
    for (size_t i = 0; i < index; i++) {
        const struct settings_endpoint *other = &settings->endpoints[i];
        if (is_same_place(one->listen, one->path, other->listen, other->path))
            return error_set(error, "%s: %s%s is the page of /endpoints/%zu already",
                             one->options.place, one->listen, one->path, i);
    }
    return true;
}

bool file_endpoints_finish(struct settings *settings, struct error *ret_error) {
    for (size_t i = 0; i < settings->endpoint_count; i++) {
        struct settings_endpoint *endpoint = &settings->endpoints[i];
        endpoint_keys_take(endpoint, settings, ~endpoint->own);
        if (!check_places(settings, i, ret_error))
            return false;
    }
    return true;
}
