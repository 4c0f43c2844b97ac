#include "settings/file_endpoints.h"

#include <stdio.h>
#include <string.h>

#include "base/listen_address.h"
#include "base/text.h"
#include "settings/value.h"

/* Keys of an endpoint that are settings of the default one. */
static const struct {
    const char *key;
    enum setting_id id;
} endpoint_keys[] = {
    {"listen", SETTING_metrics_listen},
    {"path", SETTING_metrics_path},
    {"bearer_token_file", SETTING_bearer_token_file},
    {"include", SETTING_include},
    {"exclude", SETTING_exclude},
    {"resource", SETTING_resource},
    {"scope_labels", SETTING_scope_labels},
    {"handler_metrics", SETTING_handler_metrics},
    {"openmetrics", SETTING_openmetrics},
    {"created", SETTING_created},
};
enum { KEY_COUNT = sizeof endpoint_keys / sizeof endpoint_keys[0] };

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
    const char *keys[KEY_COUNT + 2];
    struct error unknown;
    size_t count = 0;
    for (; count < KEY_COUNT; count++)
        keys[count] = endpoint_keys[count].key;
    keys[count++] = SERVICES;
    keys[count] = NULL;
    if (!json_is_object(object))
        return settings_json_fail(from, place, "expected an object");
    if (!jsondoc_keys_known(object, place, keys, &unknown))
        return error_set(from->error, "%s", unknown.text);
    return true;
}

/* Take what was read of the endpoint, or what all settings came to. */
static void take(struct settings_endpoint *endpoint, const struct settings *from, uint32_t ids) {
    if ((ids & SETTING_BIT(metrics_path)) != 0)
        endpoint->path = from->metrics_path;
    if ((ids & SETTING_BIT(bearer_token_file)) != 0)
        endpoint->bearer_token_file = from->bearer_token_file;
    if ((ids & SETTING_BIT(include)) != 0)
        endpoint->include = from->include;
    if ((ids & SETTING_BIT(exclude)) != 0)
        endpoint->exclude = from->exclude;
    if ((ids & SETTING_BIT(resource)) != 0)
        endpoint->resource = from->resource;
    if ((ids & SETTING_BIT(scope_labels)) != 0)
        endpoint->scope_labels = from->scope_labels;
    if ((ids & SETTING_BIT(handler_metrics)) != 0)
        endpoint->handler_metrics = from->handler_metrics;
    if ((ids & SETTING_BIT(openmetrics)) != 0)
        endpoint->openmetrics = from->openmetrics;
    if ((ids & SETTING_BIT(created)) != 0)
        endpoint->created = from->created;
}

static bool read_endpoint(const struct settings_json *from, const struct jsondoc_place *place,
                          json_t *object, struct settings_endpoint *endpoint) {
    if (!check_keys(from, place, object))
        return false;
    for (size_t i = 0; i < KEY_COUNT; i++) {
        json_t *value = json_object_get(object, endpoint_keys[i].key);
        if (value == NULL)
            continue;
        if (!settings_json_read(from, place, endpoint_keys[i].key, endpoint_keys[i].id, value))
            return false;
        endpoint->own |= UINT32_C(1) << endpoint_keys[i].id;
    }
    const struct jsondoc_place listen = {.parent = place, .key = "listen"};
    endpoint->listen = from->settings->metrics_listen;
    if (endpoint->listen == NULL)
        return settings_json_fail(from, place, "listen is missing; name the endpoint's address");
    if (*endpoint->listen == '\0')
        return settings_json_fail(from, &listen, "an endpoint needs an address");
    take(endpoint, from->settings, endpoint->own);
    return read_services(from, place, json_object_get(object, SERVICES), &endpoint->services);
}

/* The settings of one endpoint are read by themselves, with the memory of all. */
static bool read_item(const struct settings_json *all, const struct jsondoc_place *array,
                      size_t index, json_t *object, struct settings_endpoint *endpoint) {
    const struct jsondoc_place place = {.parent = array, .index = index};
    char base[SETTINGS_PLACE_BYTES];
    (void)snprintf(base, sizeof base, "%.900s: /endpoints/%zu", all->file, index);
    struct settings own = {.arena = all->settings->arena};
    struct settings_json from = *all;
    from.settings = &own;
    from.base = base;
    endpoint->place = arena_strndup(&own.arena, base, strlen(base));
    const bool ok = endpoint->place != NULL ? read_endpoint(&from, &place, object, endpoint)
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
    /* Both were read before. */
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
                         one->place, one->listen, one->path);
    for (size_t i = 0; i < index; i++) {
        const struct settings_endpoint *other = &settings->endpoints[i];
        if (is_same_place(one->listen, one->path, other->listen, other->path))
            return error_set(error, "%s: %s%s is the page of /endpoints/%zu already", one->place,
                             one->listen, one->path, i);
    }
    return true;
}

bool file_endpoints_finish(struct settings *settings, struct error *ret_error) {
    for (size_t i = 0; i < settings->endpoint_count; i++) {
        struct settings_endpoint *endpoint = &settings->endpoints[i];
        take(endpoint, settings, ~endpoint->own);
        if (!check_places(settings, i, ret_error))
            return false;
    }
    return true;
}
