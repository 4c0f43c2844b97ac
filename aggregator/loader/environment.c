/* Reads {"env": "NAME"}: a variable of the daemon's environment, instead of a value in the file. */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "loader/environment.h"
#include "loader/field.h"

static bool is_utf8(const char *text) {
    for (size_t rest = strlen(text); rest > 0;) {
        const size_t len = utf8_len(text, rest);
        if (len == 0)
            return false;
        text += len;
        rest -= len;
    }
    return true;
}

bool environment_read(const struct load *load, json_t *value, const struct jsondoc_place *place,
                      size_t len_max, const char **ret_name, const char **ret_text) {
    static const char *const keys[] = {"env", NULL};
    const struct jsondoc_place at = {.parent = place, .key = "env"};
    json_t *item = json_object_get(value, "env");
    if (!jsondoc_keys_known(value, place, keys, load->error))
        return false;
    if (item == NULL)
        return jsondoc_fail(load->error, place,
                            "the key \"env\" is missing; it names a variable of the daemon's "
                            "environment");
    const char *name = NULL;
    if (!field_text(load, item, &at, CATALOG_NAME_MAX, &name))
        return false;
    if (strchr(name, '=') != NULL)
        return jsondoc_fail(load->error, &at, "the name of a variable has no = in it");
    const char *text = getenv(name);
    const size_t len = text != NULL ? strlen(text) : 0;
    const char *copy = NULL;
    if (len > len_max)
        return jsondoc_fail(load->error, &at,
                            "the environment variable %s has %zu bytes, at most %zu are allowed",
                            name, len, len_max);
    if (len > 0 && !is_utf8(text))
        return jsondoc_fail(load->error, &at, "the environment variable %s is not UTF-8", name);
    if (len > 0) {
        copy = arena_strndup(&load->catalog->arena, text, len);
        if (copy == NULL)
            return loader_no_memory(load);
    }
    *ret_name = name;
    *ret_text = copy;
    return true;
}
