#include "settings/json.h"

#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"
#include "settings/value.h"

bool settings_json_fail(const struct settings_json *from, const struct jsondoc_place *place,
                        const char *why) {
    struct error error;
    jsondoc_fail(&error, place, "%s", why);
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

/* Paths are relative to the file's folder, wherever the program runs. NULL: out of memory. */
static const char *from_folder(const struct settings_json *from, const struct setting *setting,
                               const char *text) {
    const size_t len = from->folder_len;
    const size_t text_len = strlen(text);
    const bool is_path = setting->kind == KIND_FILE || setting->kind == KIND_PATHS;
    if (!is_path || *text == '\0' || *text == '/' || len == 0)
        return text;
    char *path = arena_alloc(&from->settings->arena, len + text_len + 1);
    if (path == NULL)
        return NULL;
    memcpy(path, from->file, len);
    memcpy(path + len, text, text_len + 1);
    return path;
}

static bool set(const struct settings_json *from, const struct setting_input *input,
                const char *text) {
    const char *path = from_folder(from, input->setting, text);
    if (path == NULL)
        return error_no_memory(from->error);
    return setting_set(from->settings, input, path, from->error);
}

static bool read_item(const struct settings_json *from, const struct setting_input *array,
                      const struct jsondoc_place *place, const json_t *item, struct strbuf *words) {
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
    bool ok =
        input->setting->kind != KIND_PATHS || setting_clear(from->settings, input, from->error);
    for (size_t i = 0; ok && i < json_array_size(array); i++) {
        const struct jsondoc_place at = {.parent = place, .index = i};
        ok = read_item(from, input, &at, json_array_get(array, i), &words);
    }
    if (ok && input->setting->kind == KIND_WORDS)
        ok = words.failed ? error_no_memory(from->error)
                          : setting_set(from->settings, input, strbuf_cstr(&words), from->error);
    strbuf_done(&words);
    return ok;
}

bool settings_json_read(const struct settings_json *from, const struct jsondoc_place *parent,
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
    if (setting->kind == KIND_PATHS && *text == '\0')
        return setting_clear(from->settings, &input, from->error);
    return set(from, &input, text);
}
