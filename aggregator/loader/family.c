/* One metric family: its type, its labels, and how many series it can have. */
#include <string.h>

#include "base/nearest.h"
#include "loader/families.h"
#include "loader/field.h"
#include "loader/label.h"
#include "loader/names.h"
#include "loader/sections.h"
#include "loader/value.h"

/* ---- keys ---- */

#define ON(type) (1u << (type))

enum { ANY_TYPE = ON(FAMILY_TYPE_COUNT) - 1 };

/* The keys of a family, and the types that have them. */
static const struct {
    const char *key;
    unsigned types;
    const char *only;
} family_keys[] = {
    {"type", ANY_TYPE, ""},
    {"help", ANY_TYPE, ""},
    {"unit", ANY_TYPE & ~(ON(FAMILY_INFO) | ON(FAMILY_STATESET)),
     "an info and a stateset have no unit"},
    {"group", ANY_TYPE, ""},
    {"aliases", ANY_TYPE, ""},
    {"labels", ANY_TYPE, ""},
    {"zeros", ANY_TYPE, ""},
    {"max_series", ANY_TYPE, ""},
    {"buckets", ON(FAMILY_HISTOGRAM), "only a histogram has buckets"},
    {"floor", ON(FAMILY_UPDOWNCOUNTER), "only an updowncounter has a floor"},
    {"owner", ON(FAMILY_UPDOWNCOUNTER), "only an updowncounter has an owner"},
    {"merge", ON(FAMILY_GAUGE), "only a gauge has merge"},
    {"ttl_s", ON(FAMILY_GAUGE) | ON(FAMILY_STATESET),
     "only a gauge and a stateset have a time to live"},
    {"absent", ON(FAMILY_GAUGE), "only a gauge has a value that means absence"},
    {"reading", ON(FAMILY_COUNTER) | ON(FAMILY_SUMMARY),
     "only a counter and a summary take readings"},
    {"ended", ON(FAMILY_COUNTER), "only a counter of readings says what becomes of ended ones"},
    {"quantiles", ON(FAMILY_SUMMARY), "only a summary has quantiles"},
    {"window_s", ON(FAMILY_SUMMARY), "only a summary has a window"},
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
                             const struct jsondoc_place *place, enum family_type type) {
    for (size_t i = 0; i < FAMILY_KEYS; i++) {
        const struct jsondoc_place at = {.parent = place, .key = family_keys[i].key};
        if (json_object_get(object, family_keys[i].key) != NULL &&
            !(family_keys[i].types & ON(type)))
            return jsondoc_fail(load->error, &at, "%s; the type here is %s", family_keys[i].only,
                                catalog_family_type_text(type));
    }
    return true;
}

static bool read_type(const struct load *load, json_t *object, const struct jsondoc_place *place,
                      enum family_type *ret_type) {
    static const char *const known[] = {"counter", "gauge", "updowncounter", "histogram",
                                        "summary", "info",  "stateset",      NULL};
    const struct jsondoc_place at = {.parent = place, .key = "type"};
    json_t *value = json_object_get(object, "type");
    if (value == NULL)
        return jsondoc_fail(load->error, place, "the key \"type\" is missing");
    if (!json_is_string(value))
        return jsondoc_fail(load->error, &at, "expected a string, found %s", field_kind(value));
    const char *text = json_string_value(value);
    for (int type = 0; known[type] != NULL; type++) {
        if (strcmp(known[type], text) != 0)
            continue;
        *ret_type = (enum family_type)type;
        return true;
    }
    const char *nearest = nearest_word(text, known);
    if (nearest != NULL)
        return jsondoc_fail(load->error, &at, "unknown type \"%s\"; did you mean \"%s\"?", text,
                            nearest);
    return jsondoc_fail(load->error, &at,
                        "unknown type \"%s\"; known are counter, gauge, updowncounter, histogram, "
                        "summary, info and "
                        "stateset",
                        text);
}

/* ---- labels ---- */

/* The label that bears a stateset's name leaves the others: its value is what a series holds. */
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
    if (family->type == FAMILY_INFO && family->label_count == 0)
        return jsondoc_fail(load->error, labels != NULL ? &at : place,
                            "an info needs at least one label: they are its content");
    return family->type != FAMILY_STATESET ||
           take_states(load, labels != NULL ? &at : place, family);
}

/* ---- how many series ---- */

/* What does not exist before it is written, for messages; else NULL. */
static const char *absent_at_first(const struct catalog_family *family) {
    if (family->type == FAMILY_GAUGE)
        return "a gauge";
    if (family->type == FAMILY_INFO)
        return "an info";
    if (family->type == FAMILY_STATESET)
        return "a stateset";
    if (family_is_relayed(family))
        return "a relayed summary";
    if (family->type == FAMILY_COUNTER && family_is_owned(family))
        return "a counter of readings";
    return NULL;
}

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
    const char *absent = absent_at_first(family);
    if (absent != NULL)
        return jsondoc_fail(load->error, &at, "%s is absent before its first value", absent);
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
    enum family_type type = FAMILY_COUNTER;
    if (!field_object(load, value, place) || !check_keys(load, value, place) ||
        !read_type(load, value, place, &type) || !loader_name(load, name, type, place) ||
        !check_typed_keys(load, value, place, type))
        return false;
    struct catalog_family *family = families_add(load, name, type, NULL);
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
