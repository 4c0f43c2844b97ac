/* Labels and their values: named sets, lists, patterns, constants. */
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "loader/read.h"

/* What ends a value on the wire; there are no escapes. A trailing carriage return is dropped with
 * the line's end. */
static const char wire_breaks[] = ",|\n\r";

enum { SETS_MAX = 1000 };

/* ---- one value ---- */

/* A value: "text", or {"value": "text", "wire": "spelling"}. Its texts are the document's: labels
 * copy what they keep. */
static bool read_word(const struct load *load, json_t *value, const struct jsondoc_place *place,
                      struct catalog_word *ret_word) {
    if (!json_is_object(value)) {
        const char *text = "";
        if (!json_is_string(value))
            return jsondoc_fail(load->error, place,
                                "expected a string or {\"value\", \"wire\"}, found %s",
                                json_kind(value));
        if (!read_borrowed(load, value, place, CATALOG_VALUE_MAX, &text))
            return false;
        if (strpbrk(text, wire_breaks))
            return jsondoc_fail(load->error, place,
                                "a value with a comma, a bar or a line break declares how the wire "
                                "spells it: {\"value\": ..., \"wire\": ...}");
        *ret_word = (struct catalog_word){.text = text, .wire = text};
        return true;
    }
    static const char *const keys[] = {"value", "wire", NULL};
    if (!jsondoc_keys_known(value, place, keys, load->error))
        return false;
    const char *texts[2] = {"", ""};
    for (size_t i = 0; i < 2; i++) {
        const struct jsondoc_place at = {.parent = place, .key = keys[i]};
        json_t *text = json_object_get(value, keys[i]);
        if (!text)
            return jsondoc_fail(load->error, place, "the key \"%s\" is missing", keys[i]);
        if (!read_borrowed(load, text, &at, CATALOG_VALUE_MAX, &texts[i]))
            return false;
    }
    if (strpbrk(texts[1], wire_breaks)) {
        const struct jsondoc_place at = {.parent = place, .key = "wire"};
        return jsondoc_fail(load->error, &at,
                            "a spelling for the wire holds no comma, bar or line break");
    }
    *ret_word = (struct catalog_word){.text = texts[0], .wire = texts[1]};
    return true;
}

/* ---- lists of values ---- */

static int by_wire(const void *a, const void *b) {
    const struct catalog_word *left = a;
    const struct catalog_word *right = b;
    return strcmp(left->wire, right->wire);
}

static size_t later(const struct catalog_word *a, const struct catalog_word *b) {
    return a->index > b->index ? a->index : b->index;
}

/* Refuses a value or a spelling that stands twice. Leaves them in order of their text. */
static bool words_unique(const struct load *load, struct catalog_word *words, size_t count,
                         const struct jsondoc_place *place) {
    catalog_words_sort(words, count);
    for (size_t i = 1; i < count; i++) {
        const struct jsondoc_place at = {.parent = place, .index = later(&words[i - 1], &words[i])};
        if (strcmp(words[i - 1].text, words[i].text) == 0)
            return jsondoc_fail(load->error, &at, "the value \"%s\" stands twice", words[i].text);
    }
    qsort(words, count, sizeof *words, by_wire);
    for (size_t i = 1; i < count; i++) {
        const struct jsondoc_place at = {.parent = place, .index = later(&words[i - 1], &words[i])};
        if (strcmp(words[i - 1].wire, words[i].wire) == 0)
            return jsondoc_fail(load->error, &at,
                                "on the wire, \"%s\" is the spelling of two values", words[i].wire);
    }
    catalog_words_sort(words, count);
    return true;
}

/* An array of different values, for as long as the catalog is read. */
static bool read_words(const struct load *load, json_t *value, const struct jsondoc_place *place,
                       struct load_set *ret_set) {
    if (!read_array(load, value, place, CATALOG_VALUES_MAX))
        return false;
    const size_t count = json_array_size(value);
    if (count == 0)
        return jsondoc_fail(load->error, place, "at least one value is needed");
    struct catalog_word *words = arena_array(load->scratch, count, sizeof *words);
    if (!words)
        return load_no_memory(load);
    for (size_t i = 0; i < count; i++) {
        const struct jsondoc_place at = {.parent = place, .index = i};
        if (!read_word(load, json_array_get(value, i), &at, &words[i]))
            return false;
        words[i].index = i;
    }
    if (!words_unique(load, words, count, place))
        return false;
    ret_set->words = words;
    ret_set->count = count;
    return true;
}

bool load_sets(struct load *load, json_t *value, const struct jsondoc_place *place) {
    if (!read_object(load, value, place))
        return false;
    if (json_object_size(value) > SETS_MAX)
        return jsondoc_fail(load->error, place, "%zu sets, at most %d are allowed",
                            json_object_size(value), SETS_MAX);
    struct load_set *sets = arena_array(load->scratch, json_object_size(value), sizeof *sets);
    if (!sets)
        return load_no_memory(load);
    size_t count = 0;
    const char *key;
    json_t *item;
    json_object_foreach(value, key, item) {
        const struct jsondoc_place at = {.parent = place, .key = key};
        if (!is_name(key) || strlen(key) > CATALOG_NAME_MAX)
            return jsondoc_fail(load->error, &at,
                                "the name of a set is [a-zA-Z_][a-zA-Z0-9_]*, at most %d bytes",
                                CATALOG_NAME_MAX);
        sets[count].name = key;
        if (!read_words(load, item, &at, &sets[count]))
            return false;
        count++;
    }
    load->sets = sets;
    load->set_count = count;
    return true;
}

static bool fail_unknown_set(const struct load *load, const char *name,
                             const struct jsondoc_place *place) {
    const char *names[SETS_MAX + 1];
    for (size_t i = 0; i < load->set_count; i++)
        names[i] = load->sets[i].name;
    names[load->set_count] = NULL;
    const char *nearest = nearest_word(name, names);
    if (nearest)
        return jsondoc_fail(load->error, place, "no set is named \"%s\"; did you mean \"%s\"?",
                            name, nearest);
    return jsondoc_fail(load->error, place,
                        "no set is named \"%s\"; for a single value write [\"%s\"]", name, name);
}

/* Values by the name of a set, or listed in place. */
static bool read_values(const struct load *load, json_t *value, const struct jsondoc_place *place,
                        struct load_set *ret_set) {
    if (!json_is_string(value))
        return read_words(load, value, place, ret_set);
    const char *name = json_string_value(value);
    for (size_t i = 0; i < load->set_count; i++) {
        if (strcmp(load->sets[i].name, name) == 0) {
            *ret_set = load->sets[i];
            return true;
        }
    }
    return fail_unknown_set(load, name, place);
}

/* ---- one label ---- */

static const struct catalog_word *find_word(const struct load_set *set, const char *text) {
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->words[i].text, text) == 0)
            return &set->words[i];
    return NULL;
}

/*
 * `otherwise` or `default`: one of the label's values, or one more. `set` is the label's own copy
 * with room for it.
 */
static bool add_word(const struct load *load, json_t *value, const struct jsondoc_place *place,
                     struct load_set *set, const char **ret_text) {
    /* The text of a listed value is enough, whatever its spelling. */
    const struct catalog_word *same =
        json_is_string(value) ? find_word(set, json_string_value(value)) : NULL;
    if (same) {
        *ret_text = same->text;
        return true;
    }
    struct catalog_word word = {.text = "", .wire = ""};
    if (!read_word(load, value, place, &word))
        return false;
    same = find_word(set, word.text);
    if (same && strcmp(same->wire, word.wire) != 0)
        return jsondoc_fail(load->error, place, "the value \"%s\" is spelled \"%s\" on the wire",
                            same->text, same->wire);
    for (size_t i = 0; !same && i < set->count; i++)
        if (strcmp(set->words[i].wire, word.wire) == 0)
            return jsondoc_fail(load->error, place, "on the wire, \"%s\" already spells \"%s\"",
                                word.wire, set->words[i].text);
    if (!same)
        set->words[set->count++] = word;
    *ret_text = word.text;
    return true;
}

static int32_t id_of(const struct catalog_label *label, const char *text) {
    return text ? catalog_label_find_text(label, text, strlen(text)) : -1;
}

/* Values of the label, `otherwise` and `default` with them; these two are NULL where the file has
 * none. */
static bool set_values(const struct load *load, const struct load_set *values, json_t *object,
                       const struct jsondoc_place *place, struct catalog_label *label) {
    struct load_set all = {.count = values->count};
    all.words = calloc(values->count + 2, sizeof *all.words);
    if (!all.words)
        return load_no_memory(load);
    if (values->count > 0)
        memcpy(all.words, values->words, values->count * sizeof *all.words);
    static const char *const keys[] = {"otherwise", "default"};
    const char *texts[2] = {NULL, NULL};
    bool ok = true;
    for (size_t i = 0; ok && i < 2; i++) {
        const struct jsondoc_place at = {.parent = place, .key = keys[i]};
        json_t *value = json_object_get(object, keys[i]);
        ok = !value || add_word(load, value, &at, &all, &texts[i]);
    }
    if (ok) {
        if (all.count > values->count)
            catalog_words_sort(all.words, all.count);
        ok = catalog_label_set_values(load->catalog, label, all.words, all.count) ||
             load_no_memory(load);
    }
    free(all.words);
    if (!ok)
        return false;
    label->otherwise = id_of(label, texts[0]);
    label->default_value = id_of(label, texts[1]);
    return true;
}

static bool read_pattern(const struct load *load, json_t *object, const struct jsondoc_place *place,
                         struct catalog_label *label) {
    const struct jsondoc_place at = {.parent = place, .key = "pattern"};
    const struct jsondoc_place at_max = {.parent = place, .key = "max"};
    const char *source = NULL;
    if (!read_text(load, json_object_get(object, "pattern"), &at, CATALOG_PATTERN_MAX, &source))
        return false;
    json_t *most = json_object_get(object, "max");
    if (!most)
        return jsondoc_fail(load->error, place,
                            "a pattern needs \"max\": how many values the label has at most");
    uint64_t max = 0;
    if (!read_count(load, most, &at_max, 1, LOAD_SERIES_MAX, &max))
        return false;
    char why[256];
    label->kind = LABEL_PATTERN;
    label->max = (uint32_t)max;
    label->pattern = catalog_pattern(load->catalog, source, why, sizeof why);
    if (!label->pattern)
        return jsondoc_fail(load->error, &at, "%s", why);
    const struct load_set none = {0};
    return set_values(load, &none, object, place, label);
}

static bool read_const(const struct load *load, json_t *object, const struct jsondoc_place *place,
                       struct catalog_label *label) {
    const struct jsondoc_place at = {.parent = place, .key = "const"};
    struct catalog_word word = {0};
    if (json_object_size(object) > 1)
        return jsondoc_fail(load->error, place,
                            "a label with \"const\" has that one value and no other key");
    if (!read_word(load, json_object_get(object, "const"), &at, &word))
        return false;
    if (!catalog_label_set_values(load->catalog, label, &word, 1))
        return load_no_memory(load);
    label->kind = LABEL_CONST;
    label->default_value = 0;
    return true;
}

static bool read_label_object(const struct load *load, json_t *object,
                              const struct jsondoc_place *place, struct catalog_label *label) {
    static const char *const keys[] = {"values",  "pattern", "max", "otherwise",
                                       "default", "const",   NULL};
    if (!jsondoc_keys_known(object, place, keys, load->error))
        return false;
    if (json_object_get(object, "const"))
        return read_const(load, object, place, label);
    json_t *values = json_object_get(object, "values");
    if (values && json_object_get(object, "pattern"))
        return jsondoc_fail(load->error, place,
                            "a label has \"values\" or a \"pattern\", not both; fixed texts beside "
                            "a pattern are its \"otherwise\" and \"default\"");
    if (json_object_get(object, "pattern"))
        return read_pattern(load, object, place, label);
    if (!values)
        return jsondoc_fail(load->error, place, "\"values\", \"pattern\" or \"const\" is needed");
    if (json_object_get(object, "max"))
        return jsondoc_fail(load->error, place,
                            "\"max\" belongs to a pattern; listed values count themselves");
    const struct jsondoc_place at = {.parent = place, .key = "values"};
    struct load_set set = {0};
    return read_values(load, values, &at, &set) && set_values(load, &set, object, place, label);
}

bool load_label_name(const struct load *load, const char *name, const struct jsondoc_place *place) {
    if (!is_name(name) || strlen(name) > CATALOG_NAME_MAX)
        return jsondoc_fail(load->error, place,
                            "the name of a label is [a-zA-Z_][a-zA-Z0-9_]*, at most %d bytes",
                            CATALOG_NAME_MAX);
    if (strncmp(name, "__", 2) == 0)
        return jsondoc_fail(load->error, place, "names that start with __ belong to Prometheus");
    if (strcmp(name, "le") == 0 || strcmp(name, "quantile") == 0)
        return jsondoc_fail(load->error, place,
                            "\"%s\" belongs to histograms and summaries and can't be declared",
                            name);
    if (load->catalog->scope_count > 0 && strncmp(name, "otel_scope_", 11) == 0)
        return jsondoc_fail(load->error, place,
                            "names that start with otel_scope_ come from /scope");
    return true;
}

static bool load_label(const struct load *load, const char *name, json_t *value,
                       const struct jsondoc_place *place, struct catalog_label *label) {
    if (!load_label_name(load, name, place))
        return false;
    if (catalog_ignores(load->catalog, name, strlen(name)))
        return jsondoc_fail(load->error, place,
                            "/ignore_labels strips this label from every line; declare it or "
                            "ignore it");
    label->name = arena_strndup(&load->catalog->arena, name, strlen(name));
    if (!label->name)
        return load_no_memory(load);
    label->kind = LABEL_VALUES;
    label->otherwise = -1;
    label->default_value = -1;
    if (json_is_object(value))
        return read_label_object(load, value, place, label);
    if (!json_is_string(value) && !json_is_array(value))
        return jsondoc_fail(load->error, place,
                            "expected a set's name, an array of values or an object, found %s",
                            json_kind(value));
    struct load_set set = {0};
    return read_values(load, value, place, &set) && set_values(load, &set, NULL, place, label);
}

static int by_label_name(const void *a, const void *b) {
    const struct catalog_label *left = a;
    const struct catalog_label *right = b;
    return strcmp(left->name, right->name);
}

bool load_labels(const struct load *load, json_t *value, const struct jsondoc_place *place,
                 struct catalog_family *family) {
    if (!read_object(load, value, place))
        return false;
    const size_t count = json_object_size(value);
    if (count > CATALOG_LABELS_MAX)
        return jsondoc_fail(load->error, place, "%zu labels, at most %d are allowed", count,
                            CATALOG_LABELS_MAX);
    struct catalog_label *labels = arena_array(&load->catalog->arena, count, sizeof *labels);
    if (!labels)
        return load_no_memory(load);
    size_t at = 0;
    const char *key;
    json_t *item;
    json_object_foreach(value, key, item) {
        const struct jsondoc_place here = {.parent = place, .key = key};
        if (!load_label(load, key, item, &here, &labels[at++]))
            return false;
    }
    if (count > 1)
        qsort(labels, count, sizeof *labels, by_label_name);
    family->labels = labels;
    family->label_count = (uint32_t)count;
    return true;
}
