/* SPDX-License-Identifier: MIT */
/* sources.c - settings from arguments, the environment and files. */
#include "settings/settings_private.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/listen_address.h"
#include "base/nearest.h"
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
        ok = words.failed ? error_no_memory(from->error)
                          : setting_set(from->settings, input, strbuf_cstr(&words), from->error);
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

/* ---- args ----
 * flags and words, scanned before all other sources, so that --help works and the
 * configuration file is known, but applied after them.
 *
 * Flags: --name=value, --name value, --switch, --no-switch; -- ends them.
 */

/** A flag as given. */
struct setting_arg {
    const struct setting *setting;
    const char *text; /**< borrowed from argv, or static */
};
struct setting_args {
    struct setting_arg *items;
    size_t count;
};

/* The position of the scan in argv. */
struct scan {
    struct settings *settings;
    const struct settings_program *program;
    int argc;
    char *const *argv;
    int next;
    struct setting_args *args;
    struct error *error;
};

/* The index of the program's own flag with this name, or -1. */
static int find_own(const struct settings_program *program, const char *name, size_t len) {
    for (int i = 0; program->own != NULL && program->own[i].name != NULL; i++)
        if (text_is(name, len, program->own[i].name))
            return i;
    return -1;
}

/* The program's own flag of which this could be a misspelling, or NULL. */
static const char *nearest_own(const struct settings_program *program, const char *name,
                               size_t len) {
    enum { OWN_MAX = 16 };
    const char *names[OWN_MAX + 1];
    char written[SETTING_NAME_BYTES] = "";
    size_t count = 0;
    if (len >= sizeof written)
        return NULL;
    memcpy(written, name, len);
    while (program->own != NULL && count < OWN_MAX && program->own[count].name != NULL) {
        names[count] = program->own[count].name;
        count++;
    }
    names[count] = NULL;
    return nearest_word(written, names);
}

static enum settings_outcome refuse_unknown(const struct scan *scan, const char *flag,
                                            const char *name, size_t len) {
    char written[SETTING_NAME_BYTES] = "";
    if (len < sizeof written) {
        memcpy(written, name, len);
        for (size_t i = 0; i < len; i++)
            if (written[i] == '-')
                written[i] = '_';
    }
    const struct setting *near = setting_nearest(written, scan->program->allowed);
    const struct setting *exact = setting_find(name, len);
    const char *own = nearest_own(scan->program, name, len);
    char other[SETTING_NAME_BYTES];
    const int shown = (int)strcspn(flag, "=");
    if (exact != NULL && (scan->program->allowed >> setting_id(exact) & 1) == 0)
        error_set(scan->error, "%.*s: %s does not take this flag; see %s --help", shown, flag,
                  scan->program->name, scan->program->name);
    else if (own != NULL)
        error_set(scan->error, "%.*s: unknown flag; did you mean --%s?", shown, flag, own);
    else if (near != NULL)
        error_set(scan->error, "%.*s: unknown flag; did you mean --%s?", shown, flag,
                  setting_flag(near, other));
    else
        error_set(scan->error, "%.*s: unknown flag; see %s --help", shown, flag,
                  scan->program->name);
    return SETTINGS_ERROR;
}

/* The value of a flag, after its `=` or in the next argument; NULL with the error if there is
 * none. */
static const char *scan_value(struct scan *scan, const char *flag, const char *given,
                              const char *argument) {
    if (given != NULL)
        return given;
    const char *next = scan->next < scan->argc ? scan->argv[scan->next] : NULL;
    if (next == NULL || strncmp(next, "--", 2) == 0) {
        error_set(scan->error, "%s: needs a value: %s=%s", flag, flag, argument);
        return NULL;
    }
    scan->next++;
    return next;
}

static enum settings_outcome scan_own(struct scan *scan, const char *flag, int index,
                                      const char *value) {
    const struct settings_own_flag *own = &scan->program->own[index];
    if (own->argument == NULL && value != NULL) {
        error_set(scan->error, "--%s: takes no value", own->name);
        return SETTINGS_ERROR;
    }
    value = own->argument == NULL ? "on" : scan_value(scan, flag, value, own->argument);
    if (value == NULL)
        return SETTINGS_ERROR;
    scan->settings->own[index] = arena_strndup(&scan->settings->arena, value, strlen(value));
    return SETTINGS_OK;
}

static void keep(struct scan *scan, const struct setting *setting, const char *text) {
    scan->args->items[scan->args->count++] = (struct setting_arg){setting, text};
}

/* Scan a flag, which has its dashes. */
static enum settings_outcome scan_flag(struct scan *scan, const char *flag) {
    if (strcmp(flag, "--help") == 0 || strcmp(flag, "-h") == 0)
        return SETTINGS_HELP;
    if (strcmp(flag, "--version") == 0 || strcmp(flag, "-V") == 0)
        return SETTINGS_VERSION;
    const char *name = flag + strspn(flag, "-");
    const size_t len = strcspn(name, "=");
    const char *value = name[len] == '=' ? name + len + 1 : NULL;
    if (name - flag != 2 || memchr(name, '_', len) != NULL)
        return refuse_unknown(scan, flag, name, len);

    const int own = find_own(scan->program, name, len);
    if (own >= 0)
        return scan_own(scan, flag, own, value);
    const struct setting *setting = setting_find(name, len);
    if (setting == NULL && len > 3 && strncmp(name, "no-", 3) == 0 && value == NULL) {
        setting = setting_find(name + 3, len - 3);
        if (setting != NULL && setting->kind != KIND_SWITCH)
            setting = NULL;
        value = "off";
    }
    if (setting == NULL || (scan->program->allowed >> setting_id(setting) & 1) == 0)
        return refuse_unknown(scan, flag, name, len);
    if (setting->kind == KIND_SWITCH) {
        keep(scan, setting, value == NULL ? "on" : value);
        return SETTINGS_OK;
    }
    value = scan_value(scan, flag, value, setting->argument);
    if (value == NULL)
        return SETTINGS_ERROR;
    keep(scan, setting, value);
    return SETTINGS_OK;
}

/* People name the family without the flag. */
static bool takes_family(const struct settings_program *program) {
    for (size_t i = 0; program->own != NULL && program->own[i].name != NULL; i++)
        if (strcmp(program->own[i].name, "family") == 0)
            return true;
    return false;
}

static enum settings_outcome scan_word(struct scan *scan, const char *word) {
    if (!scan->program->takes_words) {
        const char *takes = takes_family(scan->program) ? "; did you mean --family=" : "";
        error_set(scan->error, "%.200s: not a flag%s%.200s; see %s --help", word, takes,
                  *takes != '\0' ? word : "", scan->program->name);
        return SETTINGS_ERROR;
    }
    settings_list_add(&scan->settings->arena, &scan->settings->words, word);
    return SETTINGS_OK;
}

/* Collect flags in *ret_args; store words and the program's own flags in the settings. */
static enum settings_outcome settings_scan_args(struct settings *settings,
                                                const struct settings_program *program, int argc,
                                                char *const *argv, struct setting_args *ret_args,
                                                struct error *ret_error) {
    struct setting_args args = {
        .items = arena_array(&settings->arena, (size_t)argc + 1, sizeof *args.items)};
    struct scan scan = {settings, program, argc, argv, 1, &args, ret_error};
    size_t own = 0;
    while (program->own != NULL && program->own[own].name != NULL)
        own++;
    settings->own = arena_array(&settings->arena, own + 1, sizeof *settings->own);
    bool flags = true;
    while (scan.next < argc) {
        const char *text = argv[scan.next++];
        enum settings_outcome outcome = SETTINGS_OK;
        if (flags && strcmp(text, "--") == 0)
            flags = false;
        else if (flags && text[0] == '-' && text[1] != '\0')
            outcome = scan_flag(&scan, text);
        else
            outcome = scan_word(&scan, text);
        flags = flags && !(scan.program->word_ends_flags && settings->words.count > 0);
        if (outcome != SETTINGS_OK)
            return outcome;
    }
    *ret_args = args;
    return SETTINGS_OK;
}

/* Apply the flags to the settings. */
static bool settings_from_args(struct settings *settings, const struct setting_args *args,
                               struct error *ret_error) {
    for (size_t i = 0; i < args->count; i++) {
        const struct setting_arg *arg = &args->items[i];
        char place[SETTING_NAME_BYTES + 2] = "--";
        setting_flag(arg->setting, place + 2);
        const struct setting_input input = {arg->setting, SETTINGS_FLAG, place};
        /* --catalog= sets an empty list; a later --catalog=PATH adds to it. */
        if (arg->setting->kind == KIND_PATHS && *arg->text == '\0')
            setting_clear(settings, &input);
        else if (!setting_set(settings, &input, arg->text, ret_error))
            return false;
    }
    return true;
}

/* ---- environment ----
 * settings from variables STATGATE_*.
 *
 * Other programs may use the prefix, too (Kubernetes sets STATGATE_PORT for a service of that
 * name), so an unknown variable is an error only if it looks like a misspelling.
 */

static const char prefix[] = "STATGATE_";

/* The value of a variable, or NULL. */
static const char *settings_getenv(char *const *environment, const char *name) {
    const size_t len = strlen(name);
    for (char *const *entry = environment; *entry != NULL; entry++)
        if (strncmp(*entry, name, len) == 0 && (*entry)[len] == '=')
            return *entry + len + 1;
    return NULL;
}

/* The setting that this name of a variable (without prefix, `len` bytes) is meant to be, or
 * NULL. */
static const struct setting *meant(const char *name, size_t len, uint32_t allowed) {
    char lower[SETTING_NAME_BYTES];
    if (len >= sizeof lower)
        return NULL;
    for (size_t i = 0; i < len; i++)
        lower[i] = (char)tolower((unsigned char)name[i]);
    lower[len] = '\0';
    return setting_nearest(lower, allowed);
}

static bool is_variable(const char *name, size_t len) {
    char variable[SETTING_NAME_BYTES];
    for (size_t i = 0; i < SETTING_COUNT; i++)
        if (text_is(name, len, setting_variable(&setting_table[i], variable)))
            return true;
    return false;
}

static bool refuse_misspellings(const struct settings_program *program, char *const *environment,
                                struct error *error) {
    const size_t prefix_len = sizeof prefix - 1;
    for (char *const *entry = environment; *entry != NULL; entry++) {
        const size_t len = strcspn(*entry, "=");
        if (len <= prefix_len || strncmp(*entry, prefix, prefix_len) != 0 ||
            is_variable(*entry, len))
            continue;
        const struct setting *setting =
            meant(*entry + prefix_len, len - prefix_len, program->allowed);
        char variable[SETTING_NAME_BYTES];
        if (setting != NULL)
            return error_set(error, "%.*s: unknown setting; did you mean %s?", (int)len, *entry,
                             setting_variable(setting, variable));
    }
    return true;
}

/* Set items that are separated by colons; "" is an empty list. */
static bool set_items(struct settings *settings, const struct setting_input *input,
                      const char *text, struct error *error) {
    if (*text == '\0') {
        setting_clear(settings, input);
        return true;
    }
    char *item = arena_alloc(&settings->arena, strlen(text) + 1);
    for (const char *at = text;; at++) {
        const size_t len = strcspn(at, ":");
        memcpy(item, at, len);
        item[len] = '\0';
        if (!setting_set(settings, input, item, error))
            return false;
        at += len;
        if (*at == '\0')
            return true;
    }
}

/* Set the settings that the program allows from variables; a variable that looks like a misspelled
 * setting is refused. False with the variable and the reason; the settings may be half changed
 * then. */
static bool settings_from_environment(struct settings *settings,
                                      const struct settings_program *program,
                                      char *const *environment, struct error *ret_error) {
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if ((program->allowed >> i & 1) == 0)
            continue;
        const struct setting *setting = &setting_table[i];
        char variable[SETTING_NAME_BYTES];
        const char *text = settings_getenv(environment, setting_variable(setting, variable));
        if (text == NULL)
            continue;
        const struct setting_input input = {setting, SETTINGS_ENVIRONMENT, variable};
        const bool ok = setting->kind == KIND_PATHS
                            ? set_items(settings, &input, text, ret_error)
                            : setting_set(settings, &input, text, ret_error);
        if (!ok)
            return false;
    }
    return refuse_misspellings(program, environment, ret_error);
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
    if (!read_services(from, place, json_object_get(object, SERVICES), &services))
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

/* Fill in the missing keys of endpoints from the settings; refuse two endpoints with the same
 * address and path. Call it when all sources are read. */
static bool file_endpoints_finish(struct settings *settings, struct error *ret_error) {
    for (size_t i = 0; i < settings->endpoint_count; i++) {
        struct settings_endpoint *endpoint = &settings->endpoints[i];
        endpoint_keys_take(endpoint, settings, ~endpoint->own);
        if (!check_places(settings, i, ret_error))
            return false;
    }
    return true;
}

/* ---- file ----
 * the configuration file: one JSON object, a key for each setting, and endpoints.
 */

static bool read_root(const struct settings_json *from, json_t *root) {
    const struct jsondoc_place place = {.key = from->file};
    const struct jsondoc_place config = {.parent = &place, .key = "config"};
    const char *keys[SETTING_COUNT + 2];
    size_t count = 0;
    for (size_t i = 0; i < SETTING_COUNT; i++)
        if (i != SETTING_config)
            keys[count++] = setting_table[i].name;
    keys[count++] = "endpoints";
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
    return endpoints == NULL || file_endpoints_read(from, &place, endpoints);
}

/* Whether the host says what the file of this path holds. */
static bool settings_file_is_kept(const struct settings_host *host, const char *path) {
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

/* Set the settings from the configuration file that they name, which must exist unless it is kept.
 * False with file, line, key and the reason; the settings may be half changed then. */
static bool settings_from_file(struct settings *settings, const struct settings_host *host,
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

/* ---- parse: Applies the sources in order, and defaults that depend on the user. ---- */

struct settings_host settings_host_here(void) {
    return (struct settings_host){
        .uid = geteuid(), .environment = environ, .config_file = SETTINGS_CONFIG_FILE};
}

/* ---- defaults ---- */

static void default_socket(struct settings *settings, const struct settings_host *host, char *out,
                           size_t size) {
    const char *runtime = settings_getenv(host->environment, "XDG_RUNTIME_DIR");
    if (host->uid == 0) {
        (void)snprintf(out, size, "/run/statgate/statgate.sock");
    } else if (runtime != NULL && *runtime == '/') {
        (void)snprintf(out, size, "%s/statgate.sock", runtime);
    } else {
        (void)snprintf(out, size, "/tmp/statgate-%u/statgate.sock", (unsigned)host->uid);
        settings->socket_in_tmp = true;
    }
}

/* A missing file is fine; one that cannot be accessed becomes an error when it is read. */
static bool exists(const char *path) {
    return access(path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

static bool set_default(struct settings *settings, enum setting_id id, const char *text,
                        struct error *error) {
    char place[SETTING_NAME_BYTES + 16];
    (void)snprintf(place, sizeof place, "%s (default)", setting_table[id].name);
    const struct setting_input input = {&setting_table[id], SETTINGS_DEFAULT, place};
    return setting_set(settings, &input, text, error);
}

/* Set all defaults but those of sockets, which are worked out only when they are needed. */
static bool set_defaults(struct settings *settings, const struct settings_program *program,
                         const struct settings_host *host, struct error *error) {
    const bool file = (program->allowed & SETTING_BIT(config)) != 0 &&
                      (settings_file_is_kept(host, host->config_file) || exists(host->config_file));
    if (!set_default(settings, SETTING_config, file ? host->config_file : "", error))
        return false;
    for (size_t i = 0; i < SETTING_COUNT; i++)
        if (setting_table[i].initial != NULL &&
            !set_default(settings, (enum setting_id)i, setting_table[i].initial, error))
            return false;
    if (!set_default(settings, SETTING_debug_listen, "", error))
        return false;
    settings->debug_listen = NULL;
    return true;
}

static bool set_default_socket(struct settings *settings, const struct settings_host *host,
                               struct error *error) {
    char path[PATH_MAX];
    if (settings->sources[SETTING_socket] != SETTINGS_DEFAULT)
        return true;
    default_socket(settings, host, path, sizeof path);
    return set_default(settings, SETTING_socket, path, error);
}

/* Set the default path of the control socket; "" if it would be too long for a socket. */
static bool set_default_control(struct settings *settings, struct error *error) {
    char path[PATH_MAX];
    const size_t len = strlen(settings->socket);
    const bool named = len > 5 && strcmp(settings->socket + len - 5, ".sock") == 0;
    if (settings->sources[SETTING_control] != SETTINGS_DEFAULT)
        return true;
    (void)snprintf(path, sizeof path, "%.*s.control", (int)(named ? len - 5 : len),
                   settings->socket);
    return set_default(settings, SETTING_control, settings_check_control(path) == NULL ? path : "",
                       error);
}

/* ---- all of it ---- */

/* Choose the configuration file: the last --config, else the variable, else the default. It becomes
 * the setting's value. */
static bool set_config(struct settings *settings, const struct settings_program *program,
                       const struct setting_args *args, const struct settings_host *host,
                       struct error *error) {
    const struct setting *setting = &setting_table[SETTING_config];
    const char *text = settings_getenv(host->environment, "STATGATE_CONFIG");
    if ((program->allowed & SETTING_BIT(config)) == 0)
        return true;
    if (text != NULL) {
        const struct setting_input input = {setting, SETTINGS_ENVIRONMENT, "STATGATE_CONFIG"};
        if (!setting_set(settings, &input, text, error))
            return false;
    }
    for (size_t i = 0; i < args->count; i++) {
        const struct setting_input input = {setting, SETTINGS_FLAG, "--config"};
        if (args->items[i].setting == setting &&
            !setting_set(settings, &input, args->items[i].text, error))
            return false;
    }
    return *settings->config == '\0' || settings_from_file(settings, host, error);
}

enum settings_outcome settings_parse(struct settings *ret_settings,
                                     const struct settings_program *program, int argc,
                                     char *const *argv, const struct settings_host *host,
                                     struct error *ret_error) {
    struct settings settings = {0};
    struct setting_args args;
    arena_init(&settings.arena);
    enum settings_outcome outcome =
        settings_scan_args(&settings, program, argc, argv, &args, ret_error);
    if (outcome == SETTINGS_OK &&
        !(set_defaults(&settings, program, host, ret_error) &&
          set_config(&settings, program, &args, host, ret_error) &&
          settings_from_environment(&settings, program, host->environment, ret_error) &&
          settings_from_args(&settings, &args, ret_error) &&
          ((program->allowed & SETTING_BIT(socket)) == 0 ||
           set_default_socket(&settings, host, ret_error)) &&
          (settings.socket == NULL || (program->allowed & SETTING_BIT(control)) == 0 ||
           set_default_control(&settings, ret_error)) &&
          settings_own_files_check(&settings, ret_error) &&
          file_endpoints_finish(&settings, ret_error)))
        outcome = SETTINGS_ERROR;
    if (outcome != SETTINGS_OK) {
        arena_done(&settings.arena);
        return outcome;
    }
    if (settings.debug_listen != NULL && *settings.debug_listen != '\0' &&
        strcmp(settings.debug_listen, settings.metrics_listen) == 0)
        settings.debug_listen = NULL;
    *ret_settings = settings;
    return SETTINGS_OK;
}
