/*
 * file.c - the configuration file: one JSON object, a key for each setting.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config/table.h"
#include "json/jsondoc.h"

enum { PLACE_BYTES = 1024 };

/* The file being read. */
struct reader {
    struct settings *settings;
    struct jsondoc_place root;
    struct settings_error *error;
};

static bool fail_at(const struct reader *reader, const struct jsondoc_place *place,
                    const char *why) {
    struct jsondoc_error error;
    jsondoc_fail(&error, place, "%s", why);
    return settings_fail(reader->error, "%s", error.text);
}

static const char *expected(enum setting_kind kind) {
    switch (kind) {
    case KIND_LIST:
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

/* The text that a flag would have, or NULL for a value of another type. Numbers go to `digits`. */
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

static bool read_item(struct reader *reader, const struct setting_input *array,
                      const struct jsondoc_place *place, const json_t *item, struct strbuf *words) {
    const char *text = json_string_value(item);
    if (text == NULL)
        return fail_at(reader, place, "expected a string");
    if (array->setting->kind == KIND_LIST) {
        char where[PLACE_BYTES];
        (void)snprintf(where, sizeof where, "%s/%zu", array->place, place->index);
        const struct setting_input input = {array->setting, SETTINGS_FILE, where};
        return setting_set(reader->settings, &input, text, reader->error);
    }
    if (*text == '\0' || strchr(text, ',') != NULL)
        return fail_at(reader, place, "expected one name, not empty and without commas");
    strbuf_printf(words, "%s%s", words->len > 0 ? "," : "", text);
    return true;
}

static bool read_array(struct reader *reader, const struct setting_input *input,
                       const struct jsondoc_place *place, json_t *array) {
    struct strbuf words;
    strbuf_init(&words);
    bool ok =
        input->setting->kind != KIND_LIST || setting_clear(reader->settings, input, reader->error);
    for (size_t i = 0; ok && i < json_array_size(array); i++) {
        const struct jsondoc_place at = {.parent = place, .index = i};
        ok = read_item(reader, input, &at, json_array_get(array, i), &words);
    }
    if (ok && input->setting->kind == KIND_WORDS)
        ok = words.failed
                 ? settings_no_memory(reader->error)
                 : setting_set(reader->settings, input, strbuf_cstr(&words), reader->error);
    strbuf_done(&words);
    return ok;
}

static bool read_value(struct reader *reader, const struct setting *setting, json_t *value) {
    const struct jsondoc_place place = {.parent = &reader->root, .key = setting->name};
    char where[PLACE_BYTES];
    (void)snprintf(where, sizeof where, "%.900s: /%s", reader->root.key, setting->name);
    const struct setting_input input = {setting, SETTINGS_FILE, where};
    if (json_is_array(value) && (setting->kind == KIND_LIST || setting->kind == KIND_WORDS))
        return read_array(reader, &input, &place, value);
    char digits[32];
    const char *text = text_of(value, setting->kind, digits);
    if (text == NULL)
        return fail_at(reader, &place, expected(setting->kind));
    if (setting->kind == KIND_LIST && *text == '\0')
        return setting_clear(reader->settings, &input, reader->error);
    return setting_set(reader->settings, &input, text, reader->error);
}

/* Keys of later versions, and one that would go in circles, get an answer of their own. */
static bool refuse_special(const struct reader *reader, json_t *root) {
    static const struct {
        const char *key;
        const char *why;
    } special[] = {
        {"endpoints", "this version serves one endpoint; use metrics_listen and metrics_path"},
        {"config", "a configuration file cannot name another one"},
    };
    for (size_t i = 0; i < sizeof special / sizeof special[0]; i++) {
        const struct jsondoc_place at = {.parent = &reader->root, .key = special[i].key};
        if (json_object_get(root, special[i].key) != NULL)
            return fail_at(reader, &at, special[i].why);
    }
    return true;
}

static bool read_root(struct reader *reader, json_t *root) {
    const char *keys[SETTING_COUNT + 1];
    size_t count = 0;
    for (size_t i = 0; i < SETTING_COUNT; i++)
        if (i != SETTING_config)
            keys[count++] = setting_table[i].name;
    keys[count] = NULL;
    struct jsondoc_error unknown;
    if (!refuse_special(reader, root))
        return false;
    if (!jsondoc_keys_known(root, &reader->root, keys, &unknown))
        return settings_fail(reader->error, "%s", unknown.text);
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        json_t *value = json_object_get(root, setting_table[i].name);
        if (value != NULL && !read_value(reader, &setting_table[i], value))
            return false;
    }
    return true;
}

bool settings_from_file(struct settings *settings, const char *path,
                        struct settings_error *ret_error) {
    if (access(path, R_OK) != 0)
        return settings_fail(ret_error, "%s: %.500s cannot be read: %s",
                             settings_place(settings, SETTING_config), path, strerror(errno));
    struct jsondoc_error error;
    json_t *root = jsondoc_load(path, &error);
    if (root == NULL)
        return settings_fail(ret_error, "%s", error.text);
    struct reader reader = {settings, {.key = path}, ret_error};
    const bool ok = read_root(&reader, root);
    json_decref(root);
    return ok;
}
