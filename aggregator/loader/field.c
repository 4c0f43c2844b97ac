#include "loader/field.h"

#include <math.h>
#include <string.h>

bool loader_no_memory(const struct load *load) {
    const struct jsondoc_place root = {.key = load->catalog->file != NULL ? load->catalog->file
                                                                          : "catalog"};
    return jsondoc_fail(load->error, &root, "out of memory");
}

const char *field_kind(const json_t *value) {
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
    case JSON_REAL:
        return "a number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "true or false";
    case JSON_NULL:
        break;
    }
    return "null";
}

static bool fail_kind(const struct load *load, const json_t *value,
                      const struct jsondoc_place *place, const char *wanted) {
    return jsondoc_fail(load->error, place, "expected %s, found %s", wanted, field_kind(value));
}

bool field_object(const struct load *load, json_t *value, const struct jsondoc_place *place) {
    return json_is_object(value) || fail_kind(load, value, place, "an object");
}

bool field_each(struct load *load, json_t *value, const struct jsondoc_place *place,
                field_member_fn fn) {
    if (!field_object(load, value, place))
        return false;
    const char *key;
    json_t *item;
    json_object_foreach(value, key, item) {
        const struct jsondoc_place at = {.parent = place, .key = key};
        if (!fn(load, key, item, &at))
            return false;
    }
    return true;
}

bool field_array(const struct load *load, json_t *value, const struct jsondoc_place *place,
                 size_t items_max) {
    if (!json_is_array(value))
        return fail_kind(load, value, place, "an array");
    if (json_array_size(value) > items_max)
        return jsondoc_fail(load->error, place, "%zu items, at most %zu are allowed",
                            json_array_size(value), items_max);
    return true;
}

bool field_borrowed(const struct load *load, json_t *value, const struct jsondoc_place *place,
                    size_t len_max, const char **ret_text) {
    if (!json_is_string(value))
        return fail_kind(load, value, place, "a string");
    const size_t len = json_string_length(value);
    if (len == 0)
        return jsondoc_fail(load->error, place, "the text is empty");
    if (len > len_max)
        return jsondoc_fail(load->error, place, "%zu bytes, at most %zu are allowed", len, len_max);
    *ret_text = json_string_value(value);
    return true;
}

bool field_text(const struct load *load, json_t *value, const struct jsondoc_place *place,
                size_t len_max, const char **ret_text) {
    const char *text = NULL;
    if (!field_borrowed(load, value, place, len_max, &text))
        return false;
    char *copy = arena_strndup(&load->catalog->arena, text, json_string_length(value));
    if (copy == NULL)
        return loader_no_memory(load);
    *ret_text = copy;
    return true;
}

bool field_bool(const struct load *load, json_t *value, const struct jsondoc_place *place,
                bool *ret_value) {
    if (!json_is_boolean(value))
        return fail_kind(load, value, place, "true or false");
    *ret_value = json_is_true(value);
    return true;
}

bool field_number(const struct load *load, json_t *value, const struct jsondoc_place *place,
                  double *ret_value) {
    if (!json_is_number(value))
        return fail_kind(load, value, place, "a number");
    *ret_value = json_number_value(value) + 0.0; /* -0 becomes 0 */
    return true;
}

bool field_count(const struct load *load, json_t *value, const struct jsondoc_place *place,
                 uint64_t min, uint64_t max, uint64_t *ret_value) {
    if (json_is_real(value))
        return jsondoc_fail(load->error, place,
                            "expected a whole number, without point and exponent");
    if (!json_is_integer(value))
        return fail_kind(load, value, place, "a whole number");
    const json_int_t number = json_integer_value(value);
    if (number < 0 || (uint64_t)number < min || (uint64_t)number > max)
        return jsondoc_fail(load->error, place, "%lld is not from %llu to %llu", (long long)number,
                            (unsigned long long)min, (unsigned long long)max);
    *ret_value = (uint64_t)number;
    return true;
}

bool field_texts(const struct load *load, json_t *value, const struct jsondoc_place *place,
                 size_t items_max, const char *forbidden, struct load_texts *ret_texts) {
    if (!field_array(load, value, place, items_max))
        return false;
    const size_t count = json_array_size(value);
    const char **items = arena_array(&load->catalog->arena, count, sizeof *items);
    if (items == NULL)
        return loader_no_memory(load);
    for (size_t i = 0; i < count; i++) {
        const struct jsondoc_place at = {.parent = place, .index = i};
        if (!field_text(load, json_array_get(value, i), &at, CATALOG_NAME_MAX, &items[i]))
            return false;
        if (strpbrk(items[i], forbidden) != NULL)
            return jsondoc_fail(load->error, &at,
                                "\"%s\" has a byte that the wire does not allow there", items[i]);
        for (size_t j = 0; j < i; j++)
            if (strcmp(items[j], items[i]) == 0)
                return jsondoc_fail(load->error, &at, "\"%s\" is listed twice", items[i]);
    }
    *ret_texts = (struct load_texts){.items = items, .count = count};
    return true;
}

bool field_refuse_patterns(const struct load *load, const struct load_texts *texts,
                           const struct jsondoc_place *place) {
    for (size_t i = 0; i < texts->count; i++) {
        const struct jsondoc_place at = {.parent = place, .index = i};
        if (strpbrk(texts->items[i], "*?$^()[]{}\\") != NULL)
            return jsondoc_fail(load->error, &at,
                                "\"%s\" looks like a pattern, but a name is compared whole: list "
                                "each name that is sent",
                                texts->items[i]);
    }
    return true;
}

bool field_is_name(const char *text) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    return text[0] != '\0' && !(text[0] >= '0' && text[0] <= '9') &&
           text[strspn(text, letters)] == '\0';
}

bool field_ends_with(const char *text, const char *end) {
    const size_t text_len = strlen(text);
    const size_t end_len = strlen(end);
    return text_len > end_len && strcmp(text + text_len - end_len, end) == 0;
}
