/* Reads {"env": "NAME"}: a variable of the daemon's environment, instead of a value in the file. */
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/utf8.h"
#include "loader/environment.h"
#include "loader/field.h"
#include "loader/loader.h"

static bool note(const struct load *load, const char *name, const char *text) {
    struct load_variable *variable = arena_array(load->scratch, 1, sizeof *variable);
    if (variable == NULL)
        return false;
    *variable = (struct load_variable){.name = name, .text = text, .before = *load->variables};
    *load->variables = variable;
    return true;
}

static const char *find_variable(const struct loader_source *source, const char *name) {
    return source->variable != NULL ? source->variable(source->arg, name) : getenv(name);
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
    const char *text = find_variable(load->source, name);
    const size_t len = text != NULL ? strlen(text) : 0;
    const char *copy = NULL;
    if (len > len_max)
        return jsondoc_fail(load->error, &at,
                            "the environment variable %s has %zu bytes, at most %zu are allowed",
                            name, len, len_max);
    if (len > 0 && !utf8_is(text, len))
        return jsondoc_fail(load->error, &at, "the environment variable %s is not UTF-8", name);
    if (len > 0) {
        copy = arena_strndup(&load->catalog->arena, text, len);
        if (copy == NULL)
            return loader_no_memory(load);
    }
    if (!note(load, name, copy))
        return loader_no_memory(load);
    *ret_name = name;
    *ret_text = copy;
    return true;
}

/* ---- what is part of the fingerprint ---- */

static int by_name(const void *a, const void *b) {
    const struct load_variable *const *left = a;
    const struct load_variable *const *right = b;
    return strcmp((*left)->name, (*right)->name);
}

static void add_one(struct fingerprint_reading *reading, const struct load_variable *variable) {
    fingerprint_add(reading, "", 1);
    fingerprint_add(reading, variable->name, strlen(variable->name));
    if (variable->text == NULL)
        return;
    fingerprint_add(reading, "=", 1);
    fingerprint_add(reading, variable->text, strlen(variable->text));
}

bool environment_add(const struct load *load, struct fingerprint_reading *reading) {
    size_t count = 0;
    for (const struct load_variable *at = *load->variables; at != NULL; at = at->before)
        count++;
    if (count == 0)
        return true;
    const struct load_variable **sorted = arena_array(load->scratch, count, sizeof *sorted);
    if (sorted == NULL)
        return loader_no_memory(load);
    count = 0;
    for (const struct load_variable *at = *load->variables; at != NULL; at = at->before)
        sorted[count++] = at;
    qsort(sorted, count, sizeof *sorted, by_name);
    struct strbuf names = {0};
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && strcmp(sorted[i]->name, sorted[i - 1]->name) == 0)
            continue;
        add_one(reading, sorted[i]);
        strbuf_printf(&names, "%s%s", i > 0 ? ", " : "", sorted[i]->name);
    }
    load->catalog->variables =
        names.failed ? NULL : arena_strndup(&load->catalog->arena, names.data, names.len);
    strbuf_done(&names);
    return load->catalog->variables != NULL || loader_no_memory(load);
}
