/* Reads how samples change a family's values: buckets, quantiles, limits, and who owns the
 * values. */
#include <math.h>
#include <string.h>

#include "loader/field.h"
#include "loader/value.h"

/* Ten thousand days: longer than any gauge needs, and far from overflow in milliseconds. */
static const double ttl_max_s = 864000000.0;

static const double window_max_s = 86400;
enum { WINDOW_DEFAULT_MS = 600000 };

bool loader_seconds(const struct load *load, json_t *value, const struct jsondoc_place *place,
                    double seconds_max, int64_t *ret_ms) {
    double seconds = 0;
    if (!field_number(load, value, place, &seconds))
        return false;
    if (!(seconds > 0 && seconds <= seconds_max))
        return jsondoc_fail(load->error, place, "seconds above 0 and at most %.0f are expected",
                            seconds_max);
    *ret_ms = (int64_t)ceil(seconds * 1000);
    return true;
}

/* ---- lists of numbers ---- */

/* Read increasing numbers into the arena. `what` names one of them in messages. */
static bool read_increasing(const struct load *load, json_t *value,
                            const struct jsondoc_place *place, size_t items_max, const char *what,
                            const double **ret_items, uint32_t *ret_count) {
    if (!field_array(load, value, place, items_max))
        return false;
    const size_t count = json_array_size(value);
    if (count == 0)
        return jsondoc_fail(load->error, place, "at least one %s is needed", what);
    double *items = arena_array(&load->catalog->arena, count, sizeof *items);
    if (items == NULL)
        return loader_no_memory(load);
    for (size_t i = 0; i < count; i++) {
        const struct jsondoc_place here = {.parent = place, .index = i};
        if (!field_number(load, json_array_get(value, i), &here, &items[i]))
            return false;
        if (i > 0 && items[i] <= items[i - 1])
            return jsondoc_fail(load->error, &here, "%ss must increase: %.15g after %.15g", what,
                                items[i], items[i - 1]);
    }
    *ret_items = items;
    *ret_count = (uint32_t)count;
    return true;
}

bool loader_buckets(const struct load *load, json_t *value, const struct jsondoc_place *place,
                    struct catalog_family *family) {
    size_t index;
    json_t *item;
    json_array_foreach(value, index, item) {
        const struct jsondoc_place at = {.parent = place, .index = index};
        if (json_is_string(item) && strcasestr(json_string_value(item), "inf") != NULL)
            return jsondoc_fail(load->error, &at, "the bound +Inf is implied; leave it out");
    }
    if (!read_increasing(load, value, place, CATALOG_BUCKETS_MAX, "bound", &family->buckets,
                         &family->bucket_count))
        return false;
    family->allow_negative = family->buckets[0] < 0;
    return true;
}

static bool read_buckets(const struct load *load, json_t *object, const struct jsondoc_place *place,
                         struct catalog_family *family) {
    const struct jsondoc_place at = {.parent = place, .key = "buckets"};
    json_t *value = json_object_get(object, "buckets");
    if (value == NULL)
        return jsondoc_fail(load->error, place, "a histogram needs \"buckets\"");
    return loader_buckets(load, value, &at, family);
}

/* ---- choices ---- */

/* A word to choose from. The first is the default. */
struct choice {
    const char *word;
    enum family_merge merge;
};

static bool read_choice(const struct load *load, json_t *object, const struct jsondoc_place *place,
                        const char *key, const struct choice *choices, const char *known,
                        enum family_merge *ret_merge) {
    const struct jsondoc_place at = {.parent = place, .key = key};
    json_t *value = json_object_get(object, key);
    if (value == NULL) {
        *ret_merge = choices[0].merge;
        return true;
    }
    const char *text = json_is_string(value) ? json_string_value(value) : "";
    for (size_t i = 0; choices[i].word != NULL; i++) {
        if (strcmp(text, choices[i].word) == 0) {
            *ret_merge = choices[i].merge;
            return true;
        }
    }
    return jsondoc_fail(load->error, &at, "expected %s", known);
}

/* ---- by key ---- */

/* Read `reading`: "absolute" is the only word. It changes the kind to the one whose values belong
 * to processes. */
static bool read_reading(const struct load *load, json_t *object, const struct jsondoc_place *place,
                         struct catalog_family *family) {
    static const struct choice readings[] = {{"absolute", MERGE_READING}, {NULL, MERGE_NONE}};
    enum family_merge merge;
    if (!read_choice(load, object, place, "reading", readings, "absolute", &merge))
        return false;
    if (json_object_get(object, "reading") == NULL)
        return true;
    family->kind = catalog_kind_find(family->kind->type, true);
    family->merge = family->kind->merge;
    return true;
}

static bool read_ended(const struct load *load, json_t *object, const struct jsondoc_place *place,
                       struct catalog_family *family) {
    static const struct choice ends[] = {
        {"keep", MERGE_READING}, {"drop", MERGE_READING_DROP}, {NULL, MERGE_NONE}};
    const struct jsondoc_place at = {.parent = place, .key = "ended"};
    if (family_is_owned(family))
        return read_choice(load, object, place, "ended", ends, "keep or drop", &family->merge);
    if (json_object_get(object, "ended") != NULL)
        return jsondoc_fail(load->error, &at,
                            "increments stay when a process ends; this key belongs to \"reading\": "
                            "\"absolute\"");
    return true;
}

static bool read_absent(const struct load *load, json_t *object, const struct jsondoc_place *place,
                        struct catalog_family *family) {
    const struct jsondoc_place at = {.parent = place, .key = "absent"};
    json_t *absent = json_object_get(object, "absent");
    family->has_absent = absent != NULL;
    return absent == NULL || field_number(load, absent, &at, &family->absent);
}

static bool read_merge(const struct load *load, json_t *object, const struct jsondoc_place *place,
                       struct catalog_family *family) {
    static const struct choice merges[] = {{"last", MERGE_NONE},
                                           {"sum", MERGE_SUM},
                                           {"min", MERGE_MIN},
                                           {"max", MERGE_MAX},
                                           {NULL, MERGE_NONE}};
    return read_choice(load, object, place, "merge", merges, "last, sum, min or max",
                       &family->merge);
}

static bool read_ttl(const struct load *load, json_t *object, const struct jsondoc_place *place,
                     struct catalog_family *family) {
    const struct jsondoc_place at = {.parent = place, .key = "ttl_s"};
    json_t *value = json_object_get(object, "ttl_s");
    if (value == NULL)
        return true;
    if (family_is_owned(family))
        return jsondoc_fail(load->error, &at,
                            "values of live processes are merged: they go when their process "
                            "ends. A time to live belongs to \"merge\": \"last\"");
    return loader_seconds(load, value, &at, ttl_max_s, &family->ttl_ms);
}

static bool read_floor(const struct load *load, json_t *object, const struct jsondoc_place *place,
                       struct catalog_family *family) {
    const struct jsondoc_place at = {.parent = place, .key = "floor"};
    json_t *value = json_object_get(object, "floor");
    if (value != NULL && !field_number(load, value, &at, &family->floor))
        return false;
    if (family->floor > 0)
        return jsondoc_fail(load->error, &at,
                            "an up-down counter starts at 0, so its floor is 0 or below");
    family->has_floor = value != NULL;
    return true;
}

static bool read_owner(const struct load *load, json_t *object, const struct jsondoc_place *place,
                       struct catalog_family *family) {
    static const struct choice owners[] = {
        {"host", MERGE_NONE}, {"process", MERGE_SUM}, {NULL, MERGE_NONE}};
    return read_choice(load, object, place, "owner", owners, "host or process", &family->merge);
}

static bool has_quantiles(const struct load *load, json_t *object,
                          const struct jsondoc_place *place, struct catalog_family *family) {
    (void)family;
    return json_object_get(object, "quantiles") != NULL ||
           jsondoc_fail(load->error, place, "a summary needs \"quantiles\"");
}

static bool read_quantiles(const struct load *load, json_t *object,
                           const struct jsondoc_place *place, struct catalog_family *family) {
    const struct jsondoc_place at = {.parent = place, .key = "quantiles"};
    if (!read_increasing(load, json_object_get(object, "quantiles"), &at, CATALOG_QUANTILES_MAX,
                         "quantile", &family->quantiles, &family->quantile_count))
        return false;
    for (uint32_t i = 0; i < family->quantile_count; i++) {
        const struct jsondoc_place here = {.parent = &at, .index = i};
        if (family->quantiles[i] < 0 || family->quantiles[i] > 1)
            return jsondoc_fail(load->error, &here, "a quantile is from 0 to 1");
    }
    return true;
}

static bool read_window(const struct load *load, json_t *object, const struct jsondoc_place *place,
                        struct catalog_family *family) {
    const struct jsondoc_place at = {.parent = place, .key = "window_s"};
    json_t *window = json_object_get(object, "window_s");
    if (window != NULL && !family->kind->has_window)
        return jsondoc_fail(load->error, &at,
                            "a relayed summary has the window of the process that sends it");
    family->window_ms = family->kind->has_window ? WINDOW_DEFAULT_MS : 0;
    return window == NULL || loader_seconds(load, window, &at, window_max_s, &family->window_ms);
}

/* Read in this order: `reading` decides the kind, on which later keys depend. */
static const struct {
    enum kind_keys key;
    bool (*read)(const struct load *load, json_t *object, const struct jsondoc_place *place,
                 struct catalog_family *family);
} readers[] = {
    {KEY_QUANTILES, has_quantiles},
    {KEY_READING, read_reading},
    {KEY_ENDED, read_ended},
    {KEY_BUCKETS, read_buckets},
    {KEY_ABSENT, read_absent},
    {KEY_MERGE, read_merge},
    {KEY_TTL, read_ttl},
    {KEY_FLOOR, read_floor},
    {KEY_OWNER, read_owner},
    {KEY_QUANTILES, read_quantiles},
    {KEY_WINDOW, read_window},
};

bool loader_value(const struct load *load, json_t *object, const struct jsondoc_place *place,
                  struct catalog_family *family) {
    const unsigned keys = family->kind->keys; /* keys of the type: `reading` may change the kind */
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++)
        if ((keys & readers[i].key) != 0 && !readers[i].read(load, object, place, family))
            return false;
    return true;
}
