/* SPDX-License-Identifier: MIT */
/* value.c - values of keys: numbers, lists, files. */
#include "loader/loader_private.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* ---- field ---- */

const char *loader_field_kind(const json_t *value) {
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
    return json_jsondoc_fail(load->error, place, "expected %s, found %s", wanted,
                             loader_field_kind(value));
}

bool loader_field_object(const struct load *load, json_t *value,
                         const struct jsondoc_place *place) {
    return json_is_object(value) || fail_kind(load, value, place, "an object");
}

bool loader_field_each(struct load *load, json_t *value, const struct jsondoc_place *place,
                       field_member_fn fn) {
    if (!loader_field_object(load, value, place))
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

bool loader_field_array(const struct load *load, json_t *value, const struct jsondoc_place *place,
                        size_t items_max) {
    if (!json_is_array(value))
        return fail_kind(load, value, place, "an array");
    if (json_array_size(value) > items_max)
        return json_jsondoc_fail(load->error, place, "%zu items, at most %zu are allowed",
                                 json_array_size(value), items_max);
    return true;
}

bool loader_field_borrowed(const struct load *load, json_t *value,
                           const struct jsondoc_place *place, size_t len_max,
                           const char **ret_text) {
    if (!json_is_string(value))
        return fail_kind(load, value, place, "a string");
    const size_t len = json_string_length(value);
    if (len == 0)
        return json_jsondoc_fail(load->error, place, "the text is empty");
    if (len > len_max)
        return json_jsondoc_fail(load->error, place, "%zu bytes, at most %zu are allowed", len,
                                 len_max);
    *ret_text = json_string_value(value);
    return true;
}

bool loader_field_text(const struct load *load, json_t *value, const struct jsondoc_place *place,
                       size_t len_max, const char **ret_text) {
    const char *text = NULL;
    if (!loader_field_borrowed(load, value, place, len_max, &text))
        return false;
    char *copy = arena_strndup(&load->catalog->arena, text, json_string_length(value));
    *ret_text = copy;
    return true;
}

bool loader_field_bool(const struct load *load, json_t *value, const struct jsondoc_place *place,
                       bool *ret_value) {
    if (!json_is_boolean(value))
        return fail_kind(load, value, place, "true or false");
    *ret_value = json_is_true(value);
    return true;
}

bool loader_field_number(const struct load *load, json_t *value, const struct jsondoc_place *place,
                         double *ret_value) {
    if (!json_is_number(value))
        return fail_kind(load, value, place, "a number");
    *ret_value = json_number_value(value) + 0.0; /* -0 becomes 0 */
    return true;
}

bool loader_field_count(const struct load *load, json_t *value, const struct jsondoc_place *place,
                        uint64_t min, uint64_t max, uint64_t *ret_value) {
    if (json_is_real(value))
        return json_jsondoc_fail(load->error, place,
                                 "expected a whole number, without point and exponent");
    if (!json_is_integer(value))
        return fail_kind(load, value, place, "a whole number");
    const json_int_t number = json_integer_value(value);
    if (number < 0 || (uint64_t)number < min || (uint64_t)number > max)
        return json_jsondoc_fail(load->error, place, "%lld is not from %llu to %llu",
                                 (long long)number, (unsigned long long)min,
                                 (unsigned long long)max);
    *ret_value = (uint64_t)number;
    return true;
}

bool loader_field_texts(const struct load *load, json_t *value, const struct jsondoc_place *place,
                        size_t items_max, const char *forbidden, struct load_texts *ret_texts) {
    if (!loader_field_array(load, value, place, items_max))
        return false;
    const size_t count = json_array_size(value);
    const char **items = arena_array(&load->catalog->arena, count, sizeof *items);
    for (size_t i = 0; i < count; i++) {
        const struct jsondoc_place at = {.parent = place, .index = i};
        if (!loader_field_text(load, json_array_get(value, i), &at, CATALOG_NAME_MAX, &items[i]))
            return false;
        if (strpbrk(items[i], forbidden) != NULL)
            return json_jsondoc_fail(
                load->error, &at, "\"%s\" has a byte that the wire does not allow there", items[i]);
        for (size_t j = 0; j < i; j++)
            if (strcmp(items[j], items[i]) == 0)
                return json_jsondoc_fail(load->error, &at, "\"%s\" is listed twice", items[i]);
    }
    *ret_texts = (struct load_texts){.items = items, .count = count};
    return true;
}

bool loader_field_refuse_patterns(const struct load *load, const struct load_texts *texts,
                                  const struct jsondoc_place *place) {
    for (size_t i = 0; i < texts->count; i++) {
        const struct jsondoc_place at = {.parent = place, .index = i};
        if (strpbrk(texts->items[i], "*?$^()[]{}\\") != NULL)
            return json_jsondoc_fail(
                load->error, &at,
                "\"%s\" looks like a pattern, but a name is compared whole: list "
                "each name that is sent",
                texts->items[i]);
    }
    return true;
}

bool loader_field_is_name(const char *text) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    return text[0] != '\0' && !(text[0] >= '0' && text[0] <= '9') &&
           text[strspn(text, letters)] == '\0';
}

bool loader_field_ends_with(const char *text, const char *end) {
    const size_t text_len = strlen(text);
    const size_t end_len = strlen(end);
    return text_len > end_len && strcmp(text + text_len - end_len, end) == 0;
}

/* ---- value file ----
 * Reads {"file": "NAME"}: a list of values in a file of its own, one a line.
 */

enum { NAME_BYTES_MAX = 1024 };

/* ---- the file ---- */

char *loader_value_file(const char *path, size_t *ret_len, const char **ret_why) {
    return json_jsondoc_bytes(path, LOADER_VALUES_BYTES_MAX, "larger than 2 MiB", ret_len, ret_why);
}

/* Where the file of this name is: a relative one beside the catalog. */
static const char *path_of(const struct load *load, const char *name) {
    assert(name != NULL);
    const char *catalog = load->source->beside != NULL ? load->source->beside : load->source->name;
    const char *slash = strrchr(catalog, '/');
    const size_t folder = *name != '/' && slash != NULL ? (size_t)(slash + 1 - catalog) : 0;
    const size_t len = strlen(name);
    char *path = arena_alloc(&load->catalog->arena, folder + len + 1);
    memcpy(path, catalog, folder);
    memcpy(path + folder, name, len + 1);
    return path;
}

/* ---- those of a catalog ---- */

static const struct load_value_file *find(const struct load *load, const char *name) {
    assert(name != NULL);
    const struct load_value_file *file = *load->files;
    while (file != NULL && strcmp(file->file->name, name) != 0)
        file = file->before;
    return file;
}

/* Add it to the list of the catalog, which is in byte order. */
static void join(struct catalog_value_file **at, struct catalog_value_file *file) {
    while (*at != NULL && strcmp((*at)->name, file->name) < 0)
        at = &(*at)->next;
    file->next = *at;
    *at = file;
}

static bool is_one_too_many(const struct load *load) {
    size_t count = 0;
    for (const struct load_value_file *file = *load->files; file != NULL; file = file->before)
        count++;
    return count == CATALOG_VALUE_FILES_MAX;
}

/* Read a text that is a list, and note what it was. */
static bool take(const struct load *load, const char *text, size_t len,
                 struct catalog_value_file *file, const struct jsondoc_place *place,
                 struct load_set *ret_set) {
    struct catalog *catalog = load->catalog;
    catalog->text_bytes += len;
    if (len > catalog->reading_bytes)
        catalog->reading_bytes = len;
    if (load->source->files_bytes != NULL)
        *load->source->files_bytes += len;
    file->text = fingerprint_of(text, len);
    return loader_lines(load, text, len, file->path, place, ret_set);
}

static bool read_file(const struct load *load, struct catalog_value_file *file,
                      const struct jsondoc_place *place, struct load_set *ret_set) {
    const struct loader_source *source = load->source;
    const char *why = NULL;
    size_t len = 0;
    char *own = source->file == NULL ? loader_value_file(file->path, &len, &why) : NULL;
    const char *text =
        source->file != NULL ? source->file(source->arg, file->path, &len, &why) : own;
    const bool good = text != NULL && take(load, text, len, file, place, ret_set);
    if (text == NULL)
        (void)json_jsondoc_fail(load->error, place, "%s cannot be read: %s", file->path, why);
    free(own);
    return good;
}

/* Read one that was not read before. */
static const struct load_value_file *add(const struct load *load, const char *name,
                                         const struct jsondoc_place *place) {
    struct load_value_file *noted = arena_array(load->scratch, 1, sizeof *noted);
    struct catalog_value_file *file = arena_array(&load->catalog->arena, 1, sizeof *file);
    const char *path = path_of(load, name);
    if (is_one_too_many(load)) {
        (void)json_jsondoc_fail(load->error, place, "at most %d files of values are allowed",
                                CATALOG_VALUE_FILES_MAX);
        return NULL;
    }
    *file = (struct catalog_value_file){.name = name, .path = path};
    *noted = (struct load_value_file){.file = file, .before = *load->files};
    if (!read_file(load, file, place, &noted->set))
        return NULL;
    *load->files = noted;
    join(&load->catalog->value_files, file);
    return noted;
}

bool value_file_read(const struct load *load, json_t *value, const struct jsondoc_place *place,
                     const struct catalog_value_file **ret_file, struct load_set *ret_set) {
    static const char *const keys[] = {"file", NULL};
    const struct jsondoc_place at = {.parent = place, .key = "file"};
    const char *name = NULL;
    if (!json_jsondoc_keys_known(value, place, keys, load->error) ||
        !loader_field_text(load, json_object_get(value, "file"), &at, NAME_BYTES_MAX, &name))
        return false;
    const struct load_value_file *file = find(load, name);
    if (file == NULL && (file = add(load, name, &at)) == NULL)
        return false;
    *ret_file = file->file;
    *ret_set = file->set;
    return true;
}

void value_file_add(const struct catalog *catalog, struct fingerprint_reading *reading) {
    char text[FINGERPRINT_TEXT_SIZE];
    for (const struct catalog_value_file *file = catalog->value_files; file != NULL;
         file = file->next) {
        fingerprint_put(text, &file->text);
        fingerprint_add(reading, "", 1);
        fingerprint_add(reading, file->name, strlen(file->name));
        fingerprint_add(reading, "=", 1);
        fingerprint_add(reading, text, sizeof text - 1);
    }
}

/* ---- value ----
 * Reads how samples change a family's values: buckets, quantiles, limits, and who owns the
 * values.
 */

/* Ten thousand days: longer than any gauge needs, and far from overflow in milliseconds. */
static const double ttl_max_s = 864000000.0;

static const double window_max_s = 86400;
enum { WINDOW_DEFAULT_MS = 600000 };

bool loader_seconds(const struct load *load, json_t *value, const struct jsondoc_place *place,
                    double seconds_max, int64_t *ret_ms) {
    double seconds = 0;
    if (!loader_field_number(load, value, place, &seconds))
        return false;
    if (!(seconds > 0 && seconds <= seconds_max))
        return json_jsondoc_fail(load->error, place,
                                 "seconds above 0 and at most %.0f are expected", seconds_max);
    *ret_ms = (int64_t)ceil(seconds * 1000);
    return true;
}

/* ---- lists of numbers ---- */

/* Read increasing numbers into the arena. `what` names one of them in messages. */
static bool read_increasing(const struct load *load, json_t *value,
                            const struct jsondoc_place *place, size_t items_max, const char *what,
                            const double **ret_items, uint32_t *ret_count) {
    if (!loader_field_array(load, value, place, items_max))
        return false;
    const size_t count = json_array_size(value);
    if (count == 0)
        return json_jsondoc_fail(load->error, place, "at least one %s is needed", what);
    double *items = arena_array(&load->catalog->arena, count, sizeof *items);
    for (size_t i = 0; i < count; i++) {
        const struct jsondoc_place here = {.parent = place, .index = i};
        if (!loader_field_number(load, json_array_get(value, i), &here, &items[i]))
            return false;
        if (i > 0 && items[i] <= items[i - 1])
            return json_jsondoc_fail(load->error, &here, "%ss must increase: %.15g after %.15g",
                                     what, items[i], items[i - 1]);
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
            return json_jsondoc_fail(load->error, &at, "the bound +Inf is implied; leave it out");
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
        return json_jsondoc_fail(load->error, place, "a histogram needs \"buckets\"");
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
    return json_jsondoc_fail(load->error, &at, "expected %s", known);
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
        return json_jsondoc_fail(
            load->error, &at,
            "increments stay when a process ends; this key belongs to \"reading\": "
            "\"absolute\"");
    return true;
}

static bool read_absent(const struct load *load, json_t *object, const struct jsondoc_place *place,
                        struct catalog_family *family) {
    const struct jsondoc_place at = {.parent = place, .key = "absent"};
    json_t *absent = json_object_get(object, "absent");
    family->has_absent = absent != NULL;
    return absent == NULL || loader_field_number(load, absent, &at, &family->absent);
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
        return json_jsondoc_fail(load->error, &at,
                                 "values of live processes are merged: they go when their process "
                                 "ends. A time to live belongs to \"merge\": \"last\"");
    return loader_seconds(load, value, &at, ttl_max_s, &family->ttl_ms);
}

static bool read_floor(const struct load *load, json_t *object, const struct jsondoc_place *place,
                       struct catalog_family *family) {
    const struct jsondoc_place at = {.parent = place, .key = "floor"};
    json_t *value = json_object_get(object, "floor");
    if (value != NULL && !loader_field_number(load, value, &at, &family->floor))
        return false;
    if (family->floor > 0)
        return json_jsondoc_fail(load->error, &at,
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
           json_jsondoc_fail(load->error, place, "a summary needs \"quantiles\"");
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
            return json_jsondoc_fail(load->error, &here, "a quantile is from 0 to 1");
    }
    return true;
}

static bool read_window(const struct load *load, json_t *object, const struct jsondoc_place *place,
                        struct catalog_family *family) {
    const struct jsondoc_place at = {.parent = place, .key = "window_s"};
    json_t *window = json_object_get(object, "window_s");
    if (window != NULL && !family->kind->has_window)
        return json_jsondoc_fail(load->error, &at,
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
