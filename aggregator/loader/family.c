/* One metric family: its type and what goes with it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "loader/read.h"

enum { HELP_MAX = 4096, UNIT_MAX = 64, GROUP_MAX = 64, ALIASES_MAX = 32 };

/* Ten thousand days: longer than any gauge is worth keeping, and far from overflow in milliseconds.
 */
static const double ttl_max_s = 864000000.0;

static const char owner_later[] = "needs process ownership, which this version does not have yet";

/* ---- keys ---- */

enum {
    ON_COUNTER = 1 << FAMILY_COUNTER,
    ON_GAUGE = 1 << FAMILY_GAUGE,
    ON_UPDOWNCOUNTER = 1 << FAMILY_UPDOWNCOUNTER,
    ON_HISTOGRAM = 1 << FAMILY_HISTOGRAM
};

/* Keys that belong to some types only. */
static const struct {
    const char *key;
    unsigned types;
    const char *only;
} typed_keys[] = {
    {"buckets", ON_HISTOGRAM, "only a histogram has buckets"},
    {"floor", ON_UPDOWNCOUNTER, "only an updowncounter has a floor"},
    {"owner", ON_UPDOWNCOUNTER, "only an updowncounter has an owner"},
    {"merge", ON_GAUGE, "only a gauge has merge"},
    {"ttl_s", ON_GAUGE, "only a gauge has a time to live"},
    {"absent", ON_GAUGE, "only a gauge has a value that stands for absence"},
};

/* Keys of the format that wait for what this version lacks. */
static const struct {
    const char *key;
    const char *why;
} later_keys[] = {
    {"reading", owner_later},
    {"ended", owner_later},
    {"quantiles", "belongs to summaries, which this version does not have yet"},
    {"window_s", "belongs to summaries, which this version does not have yet"},
};

static bool check_keys(const struct load *load, json_t *object, const struct jsondoc_place *place) {
    static const char *const keys[] = {"type",   "help",    "unit",  "group",      "aliases",
                                       "labels", "buckets", "zeros", "max_series", "floor",
                                       "ttl_s",  "absent",  "merge", "owner",      NULL};
    for (size_t i = 0; i < sizeof later_keys / sizeof later_keys[0]; i++) {
        const struct jsondoc_place at = {.parent = place, .key = later_keys[i].key};
        if (json_object_get(object, later_keys[i].key))
            return jsondoc_fail(load->error, &at, "%s", later_keys[i].why);
    }
    return jsondoc_keys_known(object, place, keys, load->error);
}

static bool check_typed_keys(const struct load *load, json_t *object,
                             const struct jsondoc_place *place, enum family_type type) {
    for (size_t i = 0; i < sizeof typed_keys / sizeof typed_keys[0]; i++) {
        const struct jsondoc_place at = {.parent = place, .key = typed_keys[i].key};
        if (json_object_get(object, typed_keys[i].key) && !(typed_keys[i].types & (1u << type)))
            return jsondoc_fail(load->error, &at, "%s; the type here is %s", typed_keys[i].only,
                                family_type_text(type));
    }
    return true;
}

/* ---- type, name, unit ---- */

static bool read_type(const struct load *load, json_t *object, const struct jsondoc_place *place,
                      enum family_type *ret_type) {
    static const char *const known[] = {"counter", "gauge", "updowncounter", "histogram",
                                        "summary", "info",  "stateset",      NULL};
    const struct jsondoc_place at = {.parent = place, .key = "type"};
    json_t *value = json_object_get(object, "type");
    if (!value)
        return jsondoc_fail(load->error, place, "the key \"type\" is missing");
    if (!json_is_string(value))
        return jsondoc_fail(load->error, &at, "expected a string, found %s", json_kind(value));
    const char *text = json_string_value(value);
    for (int type = 0; known[type]; type++) {
        if (strcmp(known[type], text) != 0)
            continue;
        if (type >= FAMILY_TYPE_COUNT)
            return jsondoc_fail(load->error, &at, "\"%s\" %s", text, owner_later);
        *ret_type = (enum family_type)type;
        return true;
    }
    const char *nearest = jsondoc_nearest(text, known);
    if (nearest)
        return jsondoc_fail(load->error, &at, "unknown type \"%s\"; did you mean \"%s\"?", text,
                            nearest);
    return jsondoc_fail(
        load->error, &at,
        "unknown type \"%s\"; known are counter, gauge, updowncounter and histogram", text);
}

static bool check_name(const struct load *load, const char *name, enum family_type type,
                       const struct jsondoc_place *place) {
    if (!is_name(name) || strlen(name) > CATALOG_NAME_MAX)
        return jsondoc_fail(load->error, place,
                            "the name of a family is [a-zA-Z_][a-zA-Z0-9_]*, at most %d bytes",
                            CATALOG_NAME_MAX);
    if (type == FAMILY_COUNTER && !ends_with(name, "_total"))
        return jsondoc_fail(load->error, place, "the name of a counter must end in \"_total\"");
    return true;
}

/* True when `name`, without the counter's `_total`, ends in `_unit`. */
static bool has_unit(const char *name, enum family_type type, const char *unit) {
    size_t len = strlen(name);
    const size_t unit_len = strlen(unit);
    if (type == FAMILY_COUNTER)
        len -= strlen("_total");
    return len > unit_len + 1 && name[len - unit_len - 1] == '_' &&
           memcmp(name + len - unit_len, unit, unit_len) == 0;
}

static bool read_unit(const struct load *load, json_t *object, const struct jsondoc_place *place,
                      struct catalog_family *family) {
    static const char milliseconds[] = "milliseconds";
    json_t *value = json_object_get(object, "unit");
    family->ms_scale = has_unit(family->name, family->type, "seconds") ? 0.001 : 1.0;
    if (!value)
        return true;
    const struct jsondoc_place at = {.parent = place, .key = "unit"};
    const char *unit = NULL;
    if (!read_text(load, value, &at, UNIT_MAX, &unit))
        return false;
    if (!is_name(unit))
        return jsondoc_fail(load->error, &at, "a unit is [a-zA-Z_][a-zA-Z0-9_]*");
    family->ms_scale = strcmp(unit, "seconds") == 0 ? 0.001 : 1.0;
    if (has_unit(family->name, family->type, unit)) {
        family->unit = unit;
        return true;
    }
    /* OpenMetrics demands the whole word in the name, so `_ms` goes without a UNIT line. */
    if (strcmp(unit, milliseconds) == 0 && has_unit(family->name, family->type, "ms"))
        return true;
    return jsondoc_fail(load->error, &at, "the name must end in \"_%s%s\"%s", unit,
                        family->type == FAMILY_COUNTER ? "_total" : "",
                        strcmp(unit, milliseconds) == 0 ? " (or _ms)" : "");
}

/* ---- the rest ---- */

static bool read_texts_of_family(const struct load *load, json_t *object,
                                 const struct jsondoc_place *place, struct catalog_family *family) {
    json_t *help = json_object_get(object, "help");
    json_t *group = json_object_get(object, "group");
    json_t *aliases = json_object_get(object, "aliases");
    family->help = "";
    if (help && !(json_is_string(help) && json_string_length(help) == 0)) {
        const struct jsondoc_place at = {.parent = place, .key = "help"};
        if (!read_text(load, help, &at, HELP_MAX, &family->help))
            return false;
    }
    if (group) {
        const struct jsondoc_place at = {.parent = place, .key = "group"};
        if (!read_text(load, group, &at, GROUP_MAX, &family->group))
            return false;
        if (!is_name(family->group) || strcmp(family->group, "all") == 0 ||
            strcmp(family->group, "none") == 0)
            return jsondoc_fail(load->error, &at,
                                "a group is [a-zA-Z_][a-zA-Z0-9_]*, but not \"all\" or \"none\"");
    }
    if (aliases) {
        const struct jsondoc_place at = {.parent = place, .key = "aliases"};
        struct load_texts texts = {0};
        if (!read_texts(load, aliases, &at, ALIASES_MAX, ":|\n\r", &texts))
            return false;
        family->aliases = texts.items;
        family->alias_count = texts.count;
    }
    return true;
}

static bool read_buckets(const struct load *load, json_t *object, const struct jsondoc_place *place,
                         struct catalog_family *family) {
    if (family->type != FAMILY_HISTOGRAM)
        return true;
    const struct jsondoc_place at = {.parent = place, .key = "buckets"};
    json_t *value = json_object_get(object, "buckets");
    if (!value)
        return jsondoc_fail(load->error, place, "a histogram needs \"buckets\"");
    if (!read_array(load, value, &at, CATALOG_BUCKETS_MAX))
        return false;
    const size_t count = json_array_size(value);
    if (count == 0)
        return jsondoc_fail(load->error, &at, "at least one bound is needed");
    double *bounds = arena_array(&load->catalog->arena, count, sizeof *bounds);
    if (!bounds)
        return load_no_memory(load);
    for (size_t i = 0; i < count; i++) {
        const struct jsondoc_place here = {.parent = &at, .index = i};
        json_t *bound = json_array_get(value, i);
        if (json_is_string(bound) && strcasestr(json_string_value(bound), "inf"))
            return jsondoc_fail(load->error, &here, "the bound +Inf is implied; leave it out");
        if (!read_number(load, bound, &here, &bounds[i]))
            return false;
        if (i > 0 && bounds[i] <= bounds[i - 1])
            return jsondoc_fail(load->error, &here, "bounds must increase: %.15g after %.15g",
                                bounds[i], bounds[i - 1]);
    }
    family->buckets = bounds;
    family->bucket_count = (uint32_t)count;
    family->allow_negative = bounds[0] < 0;
    return true;
}

static bool read_ownership(const struct load *load, json_t *object,
                           const struct jsondoc_place *place) {
    static const struct {
        const char *key;
        const char *here;     /* what this version does */
        const char *later[4]; /* what waits for ownership */
        const char *known;
    } choices[] = {
        {"merge", "last", {"sum", "min", "max", NULL}, "last, sum, min or max"},
        {"owner", "host", {"process", NULL}, "host or process"},
    };
    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++) {
        const struct jsondoc_place at = {.parent = place, .key = choices[i].key};
        json_t *value = json_object_get(object, choices[i].key);
        if (!value)
            continue;
        const char *text = json_is_string(value) ? json_string_value(value) : "";
        if (strcmp(text, choices[i].here) == 0)
            continue;
        for (size_t j = 0; choices[i].later[j]; j++)
            if (strcmp(text, choices[i].later[j]) == 0)
                return jsondoc_fail(load->error, &at, "\"%s\" %s", text, owner_later);
        return jsondoc_fail(load->error, &at, "expected %s", choices[i].known);
    }
    return true;
}

static bool read_gauge_keys(const struct load *load, json_t *object,
                            const struct jsondoc_place *place, struct catalog_family *family) {
    json_t *absent = json_object_get(object, "absent");
    json_t *ttl = json_object_get(object, "ttl_s");
    if (absent) {
        const struct jsondoc_place at = {.parent = place, .key = "absent"};
        if (!read_number(load, absent, &at, &family->absent))
            return false;
        family->has_absent = true;
    }
    if (ttl) {
        const struct jsondoc_place at = {.parent = place, .key = "ttl_s"};
        double seconds = 0;
        if (!read_number(load, ttl, &at, &seconds))
            return false;
        if (!(seconds > 0 && seconds <= ttl_max_s))
            return jsondoc_fail(load->error, &at, "seconds above 0 and at most %.0f are expected",
                                ttl_max_s);
        family->ttl_ms = (int64_t)ceil(seconds * 1000);
    }
    return true;
}

static bool read_floor(const struct load *load, json_t *object, const struct jsondoc_place *place,
                       struct catalog_family *family) {
    json_t *value = json_object_get(object, "floor");
    if (!value)
        return true;
    const struct jsondoc_place at = {.parent = place, .key = "floor"};
    if (!read_number(load, value, &at, &family->floor))
        return false;
    if (family->floor > 0)
        return jsondoc_fail(load->error, &at,
                            "an up-down counter starts at 0, so its floor is 0 or below");
    family->has_floor = true;
    return true;
}

/* ---- how many series ---- */

static bool check_zeros(const struct load *load, json_t *object, const struct jsondoc_place *place,
                        struct catalog_family *family) {
    json_t *value = json_object_get(object, "zeros");
    if (!value)
        return true;
    const struct jsondoc_place at = {.parent = place, .key = "zeros"};
    if (!read_bool(load, value, &at, &family->zeros))
        return false;
    if (!family->zeros)
        return true;
    if (family->type == FAMILY_GAUGE)
        return jsondoc_fail(load->error, &at, "a gauge is absent before its first value");
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
    if (value && !read_count(load, value, &at, 1, LOAD_SERIES_MAX, &max_series))
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

static bool load_family(const struct load *load, const char *name, json_t *value,
                        const struct jsondoc_place *place, struct catalog_family *family) {
    if (!read_object(load, value, place) || !check_keys(load, value, place) ||
        !read_type(load, value, place, &family->type) ||
        !check_name(load, name, family->type, place) ||
        !check_typed_keys(load, value, place, family->type))
        return false;
    family->catalog = load->catalog;
    family->exposed = true;
    family->name = arena_strndup(&load->catalog->arena, name, strlen(name));
    if (!family->name)
        return load_no_memory(load);
    const struct jsondoc_place at = {.parent = place, .key = "labels"};
    json_t *labels = json_object_get(value, "labels");
    if (labels && !load_labels(load, labels, &at, family))
        return false;
    return read_unit(load, value, place, family) &&
           read_texts_of_family(load, value, place, family) &&
           read_buckets(load, value, place, family) && read_ownership(load, value, place) &&
           read_gauge_keys(load, value, place, family) && read_floor(load, value, place, family) &&
           check_sizes(load, value, place, family) && check_zeros(load, value, place, family);
}

static int by_family_name(const void *a, const void *b) {
    const struct catalog_family *left = a;
    const struct catalog_family *right = b;
    return strcmp(left->name, right->name);
}

bool load_families(const struct load *load, json_t *value, const struct jsondoc_place *place) {
    if (!read_object(load, value, place))
        return false;
    const size_t count = json_object_size(value);
    if (count == 0)
        return jsondoc_fail(load->error, place, "at least one family is needed");
    if (count > CATALOG_FAMILIES_MAX)
        return jsondoc_fail(load->error, place, "%zu families, at most %d are allowed", count,
                            CATALOG_FAMILIES_MAX);
    struct catalog_family *families = arena_array(&load->catalog->arena, count, sizeof *families);
    if (!families)
        return load_no_memory(load);
    size_t at = 0;
    const char *key;
    json_t *item;
    json_object_foreach(value, key, item) {
        const struct jsondoc_place here = {.parent = place, .key = key};
        if (!load_family(load, key, item, &here, &families[at++]))
            return false;
    }
    qsort(families, count, sizeof *families, by_family_name);
    load->catalog->families = families;
    load->catalog->family_count = count;
    return true;
}
