#include "json/jsonread.h"

#include <math.h>
#include <string.h>

json_t *jsonread_parse(const char *text, size_t len, struct error *ret_error) {
    json_error_t error;
    json_t *root = json_loadb(len > 0 ? text : "", len, JSON_ALLOW_NUL | JSON_DECODE_ANY, &error);
    if (root == NULL)
        (void)error_set(ret_error, "no JSON: line %d: %s", error.line, error.text);
    return root;
}

json_t *jsonread_member(const json_t *object, const char *key) {
    json_t *value = json_object_get(object, key);
    return json_is_null(value) ? NULL : value;
}

json_t *jsonread_list(const json_t *object, const char *key) {
    json_t *value = json_object_get(object, key);
    return json_is_array(value) ? value : NULL;
}

const char *jsonread_text(const json_t *object, const char *key, size_t *ret_len) {
    const json_t *value = json_object_get(object, key);
    const char *text = json_string_value(value);
    if (ret_len != NULL)
        *ret_len = json_string_length(value);
    return text != NULL ? text : "";
}

int64_t jsonread_i64(const json_t *object, const char *key, int64_t unknown) {
    const json_t *value = json_object_get(object, key);
    return json_is_integer(value) ? json_integer_value(value) : unknown;
}

double jsonread_number(const json_t *object, const char *key, double unknown) {
    const json_t *value = json_object_get(object, key);
    const char *text = json_string_value(value);
    if (json_is_number(value))
        return json_number_value(value);
    if (text == NULL)
        return unknown;
    if (strcmp(text, "NaN") == 0)
        return (double)NAN;
    if (strcmp(text, "+Inf") == 0)
        return (double)INFINITY;
    return strcmp(text, "-Inf") == 0 ? -(double)INFINITY : unknown;
}

bool jsonread_bool(const json_t *object, const char *key, bool unknown) {
    const json_t *value = json_object_get(object, key);
    return json_is_boolean(value) ? json_is_true(value) : unknown;
}
