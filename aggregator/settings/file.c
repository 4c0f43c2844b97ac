/* SPDX-License-Identifier: MIT */
/* file.c - the configuration file: one JSON object, a key for each setting, endpoints, inputs. */
#include "settings/settings_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/listen_address.h"
#include "base/text.h"
#include "json/json.h"

/* ---- json: the value of a setting as JSON, as in the configuration file. ---- */

enum { SETTINGS_PLACE_BYTES = 1024 };

/** Where values come from and go to. All borrowed. */
struct settings_json {
    struct settings *settings; /**< where values are stored */
    const char *file;
    size_t folder_len; /**< of `file`, up to its last slash: relative paths start there */
    const char *base;  /**< start of places: "FILE: ", "FILE: /endpoints/0" */
    char *const *environment;
    struct error *error;
};

/* Write `FILE: /place: why` into the error. Returns false, for `return`. */
static bool settings_json_fail(const struct settings_json *from, const struct jsondoc_place *place,
                               const char *why) {
    struct error error;
    json_jsondoc_fail(&error, place, "%s", why);
    return error_set(from->error, "%s", error.text);
}

static const char *expected(enum setting_kind kind) {
    switch (kind) {
    case KIND_PATHS:
    case KIND_WORDS:
        return "expected a string or an array of strings";
    case KIND_SWITCH:
        return "expected true or false";
    case KIND_NUMBER:
        return "expected a whole number";
    case KIND_MODE:
        return "expected octal permissions as a string, for example \"0660\"";
    default:
        return "expected a string";
    }
}

/* The text that a flag would have, or NULL for a value of another type. Numbers are written to
 * `digits`. */
static const char *text_of(const json_t *value, enum setting_kind kind, char digits[32]) {
    if (kind == KIND_SWITCH)
        return json_is_true(value) ? "on" : json_is_false(value) ? "off" : NULL;
    if (kind != KIND_NUMBER)
        return json_string_value(value);
    if (!json_is_integer(value))
        return NULL;
    (void)snprintf(digits, 32, "%lld", (long long)json_integer_value(value));
    return digits;
}

/* Paths are relative to the file's folder, wherever the program runs. */
static const char *from_folder(const struct settings_json *from, const struct setting *setting,
                               const char *text) {
    const size_t len = from->folder_len;
    const size_t text_len = strlen(text);
    const bool is_path = setting->kind == KIND_FILE || setting->kind == KIND_PATHS;
    if (!is_path || *text == '\0' || *text == '/' || len == 0)
        return text;
    char *path = arena_alloc(&from->settings->arena, len + text_len + 1);
    memcpy(path, from->file, len);
    memcpy(path + len, text, text_len + 1);
    return path;
}

static bool set(const struct settings_json *from, const struct setting_input *input,
                const char *text) {
    return setting_set(from->settings, input, from_folder(from, input->setting, text), from->error);
}

static bool json_read_item(const struct settings_json *from, const struct setting_input *array,
                           const struct jsondoc_place *place, const json_t *item,
                           struct strbuf *words) {
    const char *text = json_string_value(item);
    if (text == NULL)
        return settings_json_fail(from, place, "expected a string");
    if (array->setting->kind == KIND_PATHS) {
        char where[SETTINGS_PLACE_BYTES];
        (void)snprintf(where, sizeof where, "%s/%zu", array->place, place->index);
        const struct setting_input input = {array->setting, SETTINGS_FILE, where};
        return set(from, &input, text);
    }
    if (*text == '\0' || strchr(text, ',') != NULL)
        return settings_json_fail(from, place, "expected one name, not empty and without commas");
    strbuf_printf(words, "%s%s", words->len > 0 ? "," : "", text);
    return true;
}

static bool read_array(const struct settings_json *from, const struct setting_input *input,
                       const struct jsondoc_place *place, json_t *array) {
    struct strbuf words;
    strbuf_init(&words);
    bool ok = true;
    if (input->setting->kind == KIND_PATHS)
        setting_clear(from->settings, input);
    for (size_t i = 0; ok && i < json_array_size(array); i++) {
        const struct jsondoc_place at = {.parent = place, .index = i};
        ok = json_read_item(from, input, &at, json_array_get(array, i), &words);
    }
    if (ok && input->setting->kind == KIND_WORDS)
        ok = setting_set(from->settings, input, strbuf_cstr(&words), from->error);
    strbuf_done(&words);
    return ok;
}

/* Read a setting's value: the member `key` of the object at `parent`. */
static bool settings_json_read(const struct settings_json *from, const struct jsondoc_place *parent,
                               const char *key, enum setting_id id, json_t *value) {
    const struct setting *setting = &setting_table[id];
    const struct jsondoc_place place = {.parent = parent, .key = key};
    char where[SETTINGS_PLACE_BYTES];
    (void)snprintf(where, sizeof where, "%s/%s", from->base, key);
    const struct setting_input input = {setting, SETTINGS_FILE, where};
    if (json_is_array(value) && (setting->kind == KIND_PATHS || setting->kind == KIND_WORDS))
        return read_array(from, &input, &place, value);
    char digits[32];
    const char *text = text_of(value, setting->kind, digits);
    if (text == NULL)
        return settings_json_fail(from, &place, expected(setting->kind));
    if (setting->kind != KIND_PATHS || *text != '\0')
        return set(from, &input, text);
    setting_clear(from->settings, &input);
    return true;
}

/* ---- endpoint keys ---- */

const struct endpoint_key settings_endpoint_keys[] = {
#define SETTING(...)
#define ENDPOINT_SETTING(key, name, ...) {#key, SETTING_##name},
#define ENDPOINT_OPTION(name, ...)       {#name, SETTING_##name},
#include "settings/settings.def"
#undef SETTING
    {NULL, SETTING_COUNT},
};

const char *settings_endpoint_keys_name(enum setting_id id) {
    const struct endpoint_key *key = settings_endpoint_keys;
    while (key->name != NULL && key->id != id)
        key++;
    return key->name;
}

/* Convert a setting's value to an option's, by its kind. */
#define VALUE_SWITCH(value, words) (value)
#define VALUE_WORDS(value, words)  (value)
#define VALUE_CHOICE(value, words) text_choice_find(words, value)

/* Copy the values of these settings (SETTING_BIT()s; settings that are not keys of an endpoint are
 * ignored). */
static void endpoint_keys_take(struct settings_endpoint *endpoint, const struct settings *from,
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

/* ---- file endpoints ----
 * "endpoints" in the configuration file: the keys that each has, and those that
 * it takes from the settings.
 */

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
    settings_list_add(&from->settings->arena, services, name);
    return true;
}

/* Read the list of services that what is at `owner` (an endpoint, an input) names. */
static bool read_services(const struct settings_json *from, const struct jsondoc_place *owner,
                          const char *empty, json_t *value, struct settings_list *services) {
    const struct jsondoc_place place = {.parent = owner, .key = SERVICES};
    if (json_is_string(value))
        return add_service(from, &place, value, services);
    if (!json_is_array(value))
        return settings_json_fail(from, &place, "expected a string or an array of strings");
    const size_t count = json_array_size(value);
    if (count == 0)
        return settings_json_fail(from, &place, empty);
    if (count > SETTINGS_ENDPOINT_SERVICES_MAX)
        return settings_json_fail(from, &place, "at most 1000 services are named");
    for (size_t i = 0; i < count; i++) {
        const struct jsondoc_place at = {.parent = &place, .index = i};
        if (!add_service(from, &at, json_array_get(value, i), services))
            return false;
    }
    return true;
}

/* A member "//" is a comment: it may be anything, in the file and in each of its endpoints. */
static void drop_comment(json_t *object) {
    (void)json_object_del(object, "//");
}

static bool check_keys(const struct settings_json *from, const struct jsondoc_place *place,
                       json_t *object) {
    const char *keys[SETTING_COUNT + 2];
    struct error unknown;
    size_t count = 0;
    for (; settings_endpoint_keys[count].name != NULL; count++)
        keys[count] = settings_endpoint_keys[count].name;
    keys[count++] = SERVICES;
    keys[count] = NULL;
    if (!json_is_object(object))
        return settings_json_fail(from, place, "expected an object");
    drop_comment(object);
    if (!json_jsondoc_keys_known(object, place, keys, &unknown))
        return error_set(from->error, "%s", unknown.text);
    return true;
}

/* Read {"env": "NAME"}: the variable lists the groups of `include` or `exclude`. While it is not
 * set, or empty, nothing is excluded, and an endpoint that would include its groups is closed. */
static bool read_variable(const struct settings_json *from, const struct jsondoc_place *endpoint,
                          const struct endpoint_key *key, json_t *object,
                          struct settings_endpoint *ret_endpoint) {
    static const char *const keys[] = {"env", NULL};
    const struct jsondoc_place place = {.parent = endpoint, .key = key->name};
    const char *name = json_string_value(json_object_get(object, "env"));
    struct error unknown;
    char where[SETTINGS_PLACE_BYTES];
    if (!json_jsondoc_keys_known(object, &place, keys, &unknown))
        return error_set(from->error, "%s", unknown.text);
    if (name == NULL || *name == '\0' || strchr(name, '=') != NULL)
        return settings_json_fail(from, &place,
                                  "expected {\"env\": the name of a variable of the daemon's "
                                  "environment}");
    (void)snprintf(where, sizeof where, "%.800s/%s: %.100s", from->base, key->name, name);
    const struct setting_input input = {&setting_table[key->id], SETTINGS_FILE, where};
    const char *copy = arena_strndup(&from->settings->arena, name, strlen(name));
    const char *text = settings_getenv(from->environment, name);
    if (text == NULL)
        text = "";
    if (key->id == SETTING_exclude) {
        ret_endpoint->exclude_variable = copy;
    } else {
        ret_endpoint->include_variable = copy;
        ret_endpoint->closed = *text == '\0';
    }
    return setting_set(from->settings, &input, text, from->error);
}

static bool read_key(const struct settings_json *from, const struct jsondoc_place *place,
                     const struct endpoint_key *key, json_t *value,
                     struct settings_endpoint *endpoint) {
    const bool lists_groups = key->id == SETTING_include || key->id == SETTING_exclude;
    return lists_groups && json_is_object(value)
               ? read_variable(from, place, key, value, endpoint)
               : settings_json_read(from, place, key->name, key->id, value);
}

static bool read_endpoint(const struct settings_json *from, const struct jsondoc_place *place,
                          json_t *object, struct settings_endpoint *endpoint) {
    if (!check_keys(from, place, object))
        return false;
    for (const struct endpoint_key *key = settings_endpoint_keys; key->name != NULL; key++) {
        json_t *value = json_object_get(object, key->name);
        if (value == NULL)
            continue;
        if (!read_key(from, place, key, value, endpoint))
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
    json_t *named = json_object_get(object, SERVICES);
    if (named == NULL)
        return settings_json_fail(from, place,
                                  "services is missing; name those that the endpoint serves");
    if (!read_services(from, place, "an endpoint serves at least one service", named, &services))
        return false;
    endpoint->options.services = services.items;
    endpoint->options.service_count = services.count;
    return true;
}

/* Read one endpoint into settings of its own, with the arena of the common ones. */
static bool file_endpoints_read_item(const struct settings_json *all,
                                     const struct jsondoc_place *array, size_t index,
                                     json_t *object, struct settings_endpoint *endpoint) {
    const struct jsondoc_place place = {.parent = array, .index = index};
    char base[SETTINGS_PLACE_BYTES];
    (void)snprintf(base, sizeof base, "%.900s: /endpoints/%zu", all->file, index);
    struct settings own = {.arena = all->settings->arena};
    struct settings_json from = *all;
    from.settings = &own;
    from.base = base;
    endpoint->options.place = arena_strndup(&own.arena, base, strlen(base));
    const bool ok = read_endpoint(&from, &place, object, endpoint);
    all->settings->arena = own.arena;
    return ok;
}

/* Read the array. */
static bool file_endpoints_read(const struct settings_json *from, const struct jsondoc_place *root,
                                json_t *array) {
    const struct jsondoc_place place = {.parent = root, .key = "endpoints"};
    const size_t count = json_array_size(array);
    if (!json_is_array(array))
        return settings_json_fail(from, &place, "expected an array of objects");
    if (count > SETTINGS_ENDPOINTS_MAX)
        return settings_json_fail(from, &place, "there are at most 63 endpoints");
    struct settings *settings = from->settings;
    settings->endpoints = arena_array(&settings->arena, count + 1, sizeof *settings->endpoints);
    for (size_t i = 0; i < count; i++)
        if (!file_endpoints_read_item(from, &place, i, json_array_get(array, i),
                                      &settings->endpoints[i]))
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

bool settings_endpoints_finish(struct settings *settings, struct error *ret_error) {
    for (size_t i = 0; i < settings->endpoint_count; i++) {
        struct settings_endpoint *endpoint = &settings->endpoints[i];
        endpoint_keys_take(endpoint, settings, ~endpoint->own);
        if (!check_places(settings, i, ret_error))
            return false;
    }
    return true;
}

/* ---- inputs: "inputs" in the configuration file, and the settings that are one each. ---- */

static bool read_gauges(const struct settings_json *from, const struct jsondoc_place *place,
                        const json_t *value, struct settings_input *input) {
    const char *text = json_string_value(value);
    const struct jsondoc_place at = {.parent = place, .key = "gauges"};
    if (value == NULL)
        return true;
    if (text == NULL || (strcmp(text, "set") != 0 && strcmp(text, "statsd") != 0))
        return settings_json_fail(from, &at, "expected \"set\" or \"statsd\"");
    input->statsd_gauges = strcmp(text, "statsd") == 0;
    return true;
}

/* A text of the arena: what begins a listen text, and what follows. */
static const char *joined(struct settings *settings, const char *first, const char *second) {
    const size_t size = strlen(first) + strlen(second) + 1;
    char *text = arena_alloc(&settings->arena, size);
    (void)snprintf(text, size, "%s%s", first, second);
    return text;
}

/* The address in one spelling; it was checked. */
static const char *udp_listen(struct settings *settings, const char *address) {
    struct listen_address parsed;
    char text[LISTEN_TEXT_MAX] = "";
    const char *why;
    if (listen_address_parse(address, &parsed, &why))
        listen_address_text(&parsed, text, sizeof text);
    return joined(settings, SETTINGS_UDP, text);
}

static bool read_listen(const struct settings_json *from, const struct jsondoc_place *place,
                        const json_t *value, struct settings_input *input) {
    const struct jsondoc_place at = {.parent = place, .key = "listen"};
    const char *text = json_string_value(value);
    if (value == NULL)
        return settings_json_fail(from, place, "listen is missing; name the input's address");
    const char *path = text != NULL ? text_after(text, SETTINGS_UNIX_STREAM) : NULL;
    const char *address = text != NULL ? text_after(text, SETTINGS_UDP) : NULL;
    if (path == NULL && address == NULL)
        return settings_json_fail(from, &at, "expected unix-stream:PATH or udp:ADDRESS:PORT");
    const char *why = path != NULL ? settings_check_socket(path) : "an address must follow udp:";
    if (address != NULL && *address != '\0')
        why = settings_check_udp(address);
    if (why != NULL)
        return settings_json_fail(from, &at, why);
    input->udp = address != NULL;
    if (address != NULL)
        input->listen = udp_listen(from->settings, address);
    else
        input->listen = joined(from->settings, SETTINGS_UNIX_STREAM,
                               from_folder(from, &setting_table[SETTING_unix_stream], path));
    return true;
}

static bool read_input(const struct settings_json *from, const struct jsondoc_place *place,
                       json_t *object, struct settings_input *input) {
    static const char *const keys[] = {"listen", SERVICES, "gauges", NULL};
    struct error unknown;
    char base[SETTINGS_PLACE_BYTES];
    if (!json_is_object(object))
        return settings_json_fail(from, place, "expected an object");
    drop_comment(object);
    if (!json_jsondoc_keys_known(object, place, keys, &unknown))
        return error_set(from->error, "%s", unknown.text);
    (void)snprintf(base, sizeof base, "%.900s: /inputs/%zu", from->file, place->index);
    input->place = joined(from->settings, base, "");
    input->services_place = joined(from->settings, base, "/services");
    json_t *services = json_object_get(object, SERVICES);
    return read_listen(from, place, json_object_get(object, "listen"), input) &&
           read_gauges(from, place, json_object_get(object, "gauges"), input) &&
           (services == NULL ||
            read_services(from, place, "leave services out for those of the shared socket",
                          services, &input->services));
}

static bool read_inputs(const struct settings_json *from, const struct jsondoc_place *root,
                        json_t *array) {
    const struct jsondoc_place place = {.parent = root, .key = "inputs"};
    const size_t count = json_array_size(array);
    if (!json_is_array(array))
        return settings_json_fail(from, &place, "expected an array of objects");
    if (count > SETTINGS_INPUTS_MAX)
        return settings_json_fail(from, &place, "there are at most 16 inputs");
    struct settings *settings = from->settings;
    settings->inputs = arena_array(&settings->arena, count + 1, sizeof *settings->inputs);
    for (; settings->input_count < count; settings->input_count++) {
        const struct jsondoc_place at = {.parent = &place, .index = settings->input_count};
        if (!read_input(from, &at, json_array_get(array, at.index), &settings->inputs[at.index]))
            return false;
    }
    return true;
}

/* The names in a list separated by commas. */
static struct settings_list listed(struct settings *settings, const char *words) {
    struct settings_list list = {.count = 0};
    for (const char *at = words; *at != '\0'; at += strspn(at, ",")) {
        const size_t len = strcspn(at, ",");
        settings_list_add(&settings->arena, &list, arena_strndup(&settings->arena, at, len));
        at += len;
    }
    return list;
}

/* Add the inputs that settings describe. */
static void add_inputs(struct settings *settings) {
    const struct settings_input *read = settings->inputs;
    struct settings_input *inputs =
        arena_array(&settings->arena, settings->input_count + 2, sizeof *inputs);
    const bool statsd = strcmp(settings->input_gauges, "statsd") == 0;
    if (settings->input_count > 0)
        memcpy(inputs, read, settings->input_count * sizeof *inputs);
    settings->inputs = inputs;
    if (*settings->unix_stream != '\0')
        inputs[settings->input_count++] = (struct settings_input){
            .place = settings_place(settings, SETTING_unix_stream),
            .listen = joined(settings, SETTINGS_UNIX_STREAM, settings->unix_stream),
            .statsd_gauges = statsd};
    if (*settings->udp != '\0')
        inputs[settings->input_count++] = (struct settings_input){
            .place = settings_place(settings, SETTING_udp),
            .listen = udp_listen(settings, settings->udp),
            .services_place = settings_place(settings, SETTING_udp_services),
            .services = listed(settings, settings->udp_services),
            .udp = true,
            .statsd_gauges = statsd};
}

bool settings_inputs_finish(struct settings *settings, struct error *ret_error) {
    add_inputs(settings);
    for (size_t i = 0; i < settings->input_count; i++) {
        const struct settings_input *one = &settings->inputs[i];
        if (one->udp && one->services.count == 0)
            return error_set(ret_error,
                             "%s: services are missing; name those that take lines by UDP, where "
                             "every program on this host can send (\"services\" of the input, or "
                             "udp_services)",
                             one->place);
        const char *path = text_after(one->listen, SETTINGS_UNIX_STREAM);
        const char *what = path != NULL ? settings_own_file_at(settings, path) : NULL;
        if (what != NULL)
            return error_set(ret_error, "%s: %s would be in the place of %s; name another path",
                             one->place, one->listen, what);
        for (size_t j = 0; j < i; j++)
            if (strcmp(one->listen, settings->inputs[j].listen) == 0)
                return error_set(ret_error, "%s: %s is the address of another input already (%s)",
                                 one->place, one->listen, settings->inputs[j].place);
    }
    return true;
}

/* ---- file ----
 * the configuration file: one JSON object, a key for each setting, endpoints and inputs.
 */

static bool read_root(const struct settings_json *from, json_t *root) {
    const struct jsondoc_place place = {.key = from->file};
    const struct jsondoc_place config = {.parent = &place, .key = "config"};
    const char *keys[SETTING_COUNT + 3];
    size_t count = 0;
    for (size_t i = 0; i < SETTING_COUNT; i++)
        if (i != SETTING_config)
            keys[count++] = setting_table[i].name;
    keys[count++] = "endpoints";
    keys[count++] = "inputs";
    keys[count] = NULL;
    struct error unknown;
    if (json_object_get(root, config.key) != NULL)
        return settings_json_fail(from, &config, "a configuration file cannot name another one");
    drop_comment(root);
    if (!json_jsondoc_keys_known(root, &place, keys, &unknown))
        return error_set(from->error, "%s", unknown.text);
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const char *name = setting_table[i].name;
        json_t *value = json_object_get(root, name);
        if (value != NULL && !settings_json_read(from, &place, name, (enum setting_id)i, value))
            return false;
    }
    json_t *endpoints = json_object_get(root, "endpoints");
    json_t *inputs = json_object_get(root, "inputs");
    return (endpoints == NULL || file_endpoints_read(from, &place, endpoints)) &&
           (inputs == NULL || read_inputs(from, &place, inputs));
}

bool settings_file_is_kept(const struct settings_host *host, const char *path) {
    return host->kept_file != NULL && strcmp(host->kept_file, path) == 0;
}

/* The file's text, which belongs to the settings. NULL with the reason. */
static const char *read_text(struct settings *settings, const struct settings_host *host,
                             size_t *ret_len, struct error *ret_error) {
    const char *path = settings->config;
    char *bytes = NULL;
    *ret_len = host->kept_len;
    if (!settings_file_is_kept(host, path)) {
        if (access(path, R_OK) != 0) {
            (void)error_set(ret_error, "%s: %.500s cannot be read: %s",
                            settings_place(settings, SETTING_config), path, strerror(errno));
            return NULL;
        }
        bytes = json_jsondoc_read(path, ret_len, ret_error);
        if (bytes == NULL)
            return NULL;
    }
    const char *text =
        arena_strndup(&settings->arena, bytes != NULL ? bytes : host->kept_text, *ret_len);
    free(bytes);
    return text;
}

bool settings_from_file(struct settings *settings, const struct settings_host *host,
                        struct error *ret_error) {
    const char *path = settings->config;
    struct error error;
    settings->config_text = read_text(settings, host, &settings->config_len, ret_error);
    if (settings->config_text == NULL)
        return false;
    json_t *root = json_jsondoc_parse(path, settings->config_text, settings->config_len, &error);
    if (root == NULL)
        return error_set(ret_error, "%s", error.text);
    char base[SETTINGS_PLACE_BYTES];
    (void)snprintf(base, sizeof base, "%.900s: ", path);
    const char *slash = strrchr(path, '/');
    const struct settings_json from = {.settings = settings,
                                       .file = path,
                                       .folder_len = slash == NULL ? 0 : (size_t)(slash - path) + 1,
                                       .base = base,
                                       .environment = host->environment,
                                       .error = ret_error};
    const bool ok = read_root(&from, root);
    json_decref(root);
    return ok;
}
