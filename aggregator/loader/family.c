/* Reads one metric family: its type, its labels, and how many series it can have. */
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "loader/families.h"
#include "loader/field.h"
#include "loader/label.h"
#include "loader/names.h"
#include "loader/sections.h"
#include "loader/value.h"

/* ---- keys ---- */

/* The keys of a family. A key that only some types allow has a bit in the rows of kinds. */
static const struct {
    const char *key;
    enum kind_keys bit; /* 0: all types allow it */
    const char *only;
} family_keys[] = {
    {.key = "type"},
    {.key = "help"},
    {"unit", KEY_UNIT, "an info and a stateset have no unit"},
    {.key = "group"},
    {.key = "aliases"},
    {.key = "labels"},
    {.key = "zeros"},
    {.key = "max_series"},
    {"buckets", KEY_BUCKETS, "only a histogram has buckets"},
    {"floor", KEY_FLOOR, "only an updowncounter has a floor"},
    {"owner", KEY_OWNER, "only an updowncounter has an owner"},
    {"merge", KEY_MERGE, "only a gauge has merge"},
    {"ttl_s", KEY_TTL, "only a gauge and a stateset have a time to live"},
    {"absent", KEY_ABSENT, "only a gauge has a value that means absence"},
    {"reading", KEY_READING, "only a counter and a summary take readings"},
    {"ended", KEY_ENDED, "only a counter of readings keeps readings of ended processes"},
    {"quantiles", KEY_QUANTILES, "only a summary has quantiles"},
    {"window_s", KEY_WINDOW, "only a summary has a window"},
};

enum { FAMILY_KEYS = sizeof family_keys / sizeof family_keys[0] };

static bool check_keys(const struct load *load, json_t *object, const struct jsondoc_place *place) {
    const char *keys[FAMILY_KEYS + 1];
    for (size_t i = 0; i < FAMILY_KEYS; i++)
        keys[i] = family_keys[i].key;
    keys[FAMILY_KEYS] = NULL;
    return jsondoc_keys_known(object, place, keys, load->error);
}

static bool check_typed_keys(const struct load *load, json_t *object,
                             const struct jsondoc_place *place, const struct kind_row *kind) {
    for (size_t i = 0; i < FAMILY_KEYS; i++) {
        const struct jsondoc_place at = {.parent = place, .key = family_keys[i].key};
        if (json_object_get(object, family_keys[i].key) != NULL &&
            (family_keys[i].bit & ~kind->keys) != 0)
            return jsondoc_fail(load->error, &at, "%s; the type here is %s", family_keys[i].only,
                                kind->type);
    }
    return true;
}

/* List the types that a family can have, each once; ended by NULL. */
static void list_types(const char **ret_types) {
    size_t count = 0;
    for (size_t i = 0; i < KIND_COUNT; i++)
        if (!catalog_kind_rows[i].is_machine &&
            (count == 0 || strcmp(ret_types[count - 1], catalog_kind_rows[i].type) != 0))
            ret_types[count++] = catalog_kind_rows[i].type;
    ret_types[count] = NULL;
}

static bool fail_type(const struct load *load, const struct jsondoc_place *place, const char *text,
                      const char *const *types) {
    const char *nearest = nearest_word(text, types);
    if (nearest != NULL)
        return jsondoc_fail(load->error, place, "unknown type \"%s\"; did you mean \"%s\"?", text,
                            nearest);
    char known[256] = "";
    size_t len = 0;
    for (size_t i = 0; types[i] != NULL && len < sizeof known; i++)
        len += (size_t)snprintf(known + len, sizeof known - len, "%s%s",
                                i == 0                 ? ""
                                : types[i + 1] == NULL ? " and "
                                                       : ", ",
                                types[i]);
    return jsondoc_fail(load->error, place, "unknown type \"%s\"; known are %s", text, known);
}

/* Read the type. The kind is the first with this type. */
static bool read_type(const struct load *load, json_t *object, const struct jsondoc_place *place,
                      const struct kind_row **ret_kind) {
    const struct jsondoc_place at = {.parent = place, .key = "type"};
    json_t *value = json_object_get(object, "type");
    if (value == NULL)
        return jsondoc_fail(load->error, place, "the key \"type\" is missing");
    if (!json_is_string(value))
        return jsondoc_fail(load->error, &at, "expected a string, found %s", field_kind(value));
    const char *text = json_string_value(value);
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (catalog_kind_rows[i].is_machine || strcmp(catalog_kind_rows[i].type, text) != 0)
            continue;
        *ret_kind = &catalog_kind_rows[i];
        return true;
    }
    const char *types[KIND_COUNT + 1];
    list_types(types);
    return fail_type(load, &at, text, types);
}

/* ---- labels ---- */

/* Remove the label with the stateset's name from the labels: its values are what a series holds. */
static bool take_states(const struct load *load, const struct jsondoc_place *place,
                        struct catalog_family *family) {
    const struct jsondoc_place at = {.parent = place, .key = family->name};
    struct catalog_label *others =
        arena_array(&load->catalog->arena, family->label_count, sizeof *others);
    if (others == NULL)
        return loader_no_memory(load);
    uint32_t count = 0;
    const struct catalog_label *states = NULL;
    for (uint32_t i = 0; i < family->label_count; i++) {
        if (strcmp(family->labels[i].name, family->name) == 0)
            states = &family->labels[i];
        else
            others[count++] = family->labels[i];
    }
    if (states == NULL)
        return jsondoc_fail(load->error, place,
                            "a stateset has its states in a label of its own name, \"%s\"",
                            family->name);
    if (states->kind != LABEL_VALUES || states->otherwise >= 0 || states->default_value >= 0)
        return jsondoc_fail(load->error, &at,
                            "states are listed: without pattern, otherwise, default and const");
    if (states->value_count > CATALOG_STATES_MAX)
        return jsondoc_fail(load->error, &at, "%lu states, at most %d are allowed",
                            (unsigned long)states->value_count, CATALOG_STATES_MAX);
    family->state_label = states;
    family->labels = others;
    family->label_count = count;
    return true;
}

static bool read_labels(const struct load *load, json_t *object, const struct jsondoc_place *place,
                        struct catalog_family *family) {
    const struct jsondoc_place at = {.parent = place, .key = "labels"};
    json_t *labels = json_object_get(object, "labels");
    if (labels != NULL && !loader_labels(load, labels, &at, family))
        return false;
    if (family->kind->is_description && family->label_count == 0)
        return jsondoc_fail(load->error, labels != NULL ? &at : place,
                            "%s %s needs at least one label: they are its content",
                            family->kind->article, family->kind->noun);
    return family->kind->items != ITEMS_STATES ||
           take_states(load, labels != NULL ? &at : place, family);
}

/* ---- how many series ---- */

static bool check_zeros(const struct load *load, json_t *object, const struct jsondoc_place *place,
                        struct catalog_family *family) {
    json_t *value = json_object_get(object, "zeros");
    if (value == NULL)
        return true;
    const struct jsondoc_place at = {.parent = place, .key = "zeros"};
    if (!field_bool(load, value, &at, &family->zeros))
        return false;
    if (!family->zeros)
        return true;
    if (family->kind->starts == STARTS_ABSENT)
        return jsondoc_fail(load->error, &at, "%s %s is absent before its first value",
                            family->kind->article, family->kind->noun);
    for (uint32_t i = 0; i < family->label_count; i++)
        if (family->labels[i].kind == LABEL_PATTERN)
            return jsondoc_fail(load->error, &at,
                                "the values of \"%s\" are a pattern: there is no list to create "
                                "series from",
                                family->labels[i].name);
    const uint64_t zeros = catalog_family_zeros(family);
    const uint64_t room = family->bound - family->reserved;
    if (zeros > room)
        return jsondoc_fail(load->error, &at,
                            "%llu series would be created, max_series leaves room for %llu",
                            (unsigned long long)zeros, (unsigned long long)room);
    return true;
}

static bool check_sizes(const struct load *load, json_t *object, const struct jsondoc_place *place,
                        struct catalog_family *family) {
    const struct jsondoc_place at = {.parent = place, .key = "max_series"};
    json_t *value = json_object_get(object, "max_series");
    uint64_t max_series = UINT64_MAX;
    if (value != NULL && !field_count(load, value, &at, 1, LOAD_SERIES_MAX, &max_series))
        return false;
    catalog_family_count(family, max_series);
    if (family->reserved >= family->bound)
        return jsondoc_fail(
            load->error, &at,
            "%llu series are not enough: %llu places are kept for series whose labels fell back to "
            "otherwise (one for every combination of the labels without otherwise)",
            (unsigned long long)family->bound, (unsigned long long)family->reserved);
    return true;
}

static bool load_family(struct load *load, const char *name, json_t *value,
                        const struct jsondoc_place *place) {
    const struct kind_row *kind = catalog_kind_rows;
    if (!field_object(load, value, place) || !check_keys(load, value, place) ||
        !read_type(load, value, place, &kind) || !loader_name(load, name, kind, place) ||
        !check_typed_keys(load, value, place, kind))
        return false;
    struct catalog_family *family = families_add(load, name, kind, NULL);
    if (family == NULL)
        return loader_no_memory(load);
    const struct jsondoc_place at_help = {.parent = place, .key = "help"};
    json_t *help = json_object_get(value, "help");
    return read_labels(load, value, place, family) && loader_unit(load, value, place, family) &&
           (help == NULL || loader_help(load, help, &at_help, &family->help)) &&
           loader_group(load, value, place, family) && loader_aliases(load, value, place, family) &&
           loader_value(load, value, place, family) && check_sizes(load, value, place, family) &&
           check_zeros(load, value, place, family);
}

bool loader_families(struct load *load, json_t *value, const struct jsondoc_place *place) {
    return field_each(load, value, place, load_family);
}
