/* Reads labels: values, templates, a pattern or a constant. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "loader/environment.h"
#include "loader/field.h"
#include "loader/label.h"
#include "loader/remark.h"
#include "loader/value_file.h"
#include "loader/words.h"

/* The most bytes that a variable may list: an argument or variable of a process has at most 128
 * KiB. */
enum { LISTED_BYTES_MAX = 131072 };

/* ---- one label ---- */

static const struct catalog_word *find_word(const struct load_set *set, const char *text) {
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->words[i].text, text) == 0)
            return &set->words[i];
    return NULL;
}

/*
 * Read `otherwise` or `default`: one of the label's values, or an additional one. `set` is the
 * label's own copy with room for it.
 */
static bool add_word(const struct load *load, json_t *value, const struct jsondoc_place *place,
                     const struct catalog_label *label, struct load_set *set,
                     const char **ret_text) {
    /* The text of a listed value is enough; its spelling need not be repeated. */
    const struct catalog_word *same =
        json_is_string(value) ? find_word(set, json_string_value(value)) : NULL;
    if (same != NULL) {
        *ret_text = same->text;
        return true;
    }
    struct catalog_word word = {.text = "", .wire = ""};
    if (!loader_word(load, value, place, &word))
        return false;
    if (label->templates && strpbrk(word.wire, "{}") != NULL)
        return jsondoc_fail(load->error, place,
                            "a template that others become is one of the label's templates");
    same = find_word(set, word.text);
    if (same != NULL && strcmp(same->wire, word.wire) != 0)
        return jsondoc_fail(load->error, place, "the value \"%s\" is spelled \"%s\" on the wire",
                            same->text, same->wire);
    for (size_t i = 0; same == NULL && i < set->count; i++)
        if (strcmp(set->words[i].wire, word.wire) == 0)
            return jsondoc_fail(load->error, place, "on the wire, \"%s\" already spells \"%s\"",
                                word.wire, set->words[i].text);
    if (same == NULL)
        set->words[set->count++] = word;
    *ret_text = word.text;
    return true;
}

static int32_t id_of(const struct catalog_label *label, const char *text) {
    return text != NULL ? catalog_label_find_text(label, text, strlen(text)) : -1;
}

/* Set the label's values, with `otherwise` and `default`, which are NULL if the file has none. */
static bool set_values(const struct load *load, const struct load_set *values, json_t *object,
                       const struct jsondoc_place *place, struct catalog_label *label) {
    struct load_set all = {.count = values->count};
    all.words = calloc(values->count + 2, sizeof *all.words);
    if (all.words == NULL)
        return loader_no_memory(load);
    if (values->count > 0)
        memcpy(all.words, values->words, values->count * sizeof *all.words);
    static const char *const keys[] = {"otherwise", "default"};
    const char *texts[2] = {NULL, NULL};
    bool ok = true;
    for (size_t i = 0; ok && i < 2; i++) {
        const struct jsondoc_place at = {.parent = place, .key = keys[i]};
        json_t *value = json_object_get(object, keys[i]);
        ok = value == NULL || add_word(load, value, &at, label, &all, &texts[i]);
    }
    if (ok) {
        if (all.count > values->count)
            catalog_words_sort(all.words, all.count);
        ok = catalog_label_set_values(load->catalog, label, all.words, all.count) ||
             loader_no_memory(load);
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
    if (!field_text(load, json_object_get(object, "pattern"), &at, CATALOG_PATTERN_MAX, &source))
        return false;
    json_t *most = json_object_get(object, "max");
    if (most == NULL)
        return jsondoc_fail(load->error, place,
                            "a pattern needs \"max\": how many values the label has at most");
    uint64_t max = 0;
    if (!field_count(load, most, &at_max, 1, LOAD_SERIES_MAX, &max))
        return false;
    struct error why;
    label->kind = LABEL_PATTERN;
    label->max = (uint32_t)max;
    label->pattern = catalog_pattern(load->catalog, source, &why);
    if (label->pattern == NULL)
        return jsondoc_fail(load->error, &at, "%s", why.text);
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
    if (!loader_word(load, json_object_get(object, "const"), &at, &word))
        return false;
    if (!catalog_label_set_values(load->catalog, label, &word, 1))
        return loader_no_memory(load);
    label->kind = LABEL_CONST;
    label->default_value = 0;
    return true;
}

/*
 * Read {"values": {"env": "NAME"}}: the label has the values that the variable lists. If it is not
 * set, it has those that a pattern beside it matches, or only `otherwise` and `default`.
 */
static bool read_variable(const struct load *load, json_t *object,
                          const struct jsondoc_place *place, struct catalog_label *label) {
    const struct jsondoc_place at = {.parent = place, .key = "values"};
    const struct jsondoc_place at_env = {.parent = &at, .key = "env"};
    const bool pattern = json_object_get(object, "pattern") != NULL;
    const char *list = NULL;
    struct load_set set = {0};
    if (!environment_read(load, json_object_get(object, "values"), &at, LISTED_BYTES_MAX,
                          &label->variable, &list))
        return false;
    if (!pattern && json_object_get(object, "otherwise") == NULL)
        return jsondoc_fail(load->error, place,
                            "while %s is not set, no value is allowed: an \"otherwise\" is needed, "
                            "or a \"pattern\" that holds until then",
                            label->variable);
    if (pattern && !read_pattern(load, object, place, label))
        return false;
    if (list == NULL)
        return pattern ||
               (set_values(load, &set, object, place, label) &&
                remark_unset(load, &at_env, label->variable, label->values[label->otherwise].text,
                             json_object_get(object, "default") != NULL));
    label->kind = LABEL_VALUES;
    label->pattern = NULL;
    label->max = 0;
    return loader_listed(load, list, label->variable, &at_env, &set) &&
           remark_list(load, &at_env, label->variable, &set) &&
           set_values(load, &set, object, place, label);
}

/* Read {"values": {"file": "NAME"}}: the label has the values that the file lists. */
static bool read_values_file(const struct load *load, json_t *object,
                             const struct jsondoc_place *place, struct catalog_label *label) {
    const struct jsondoc_place at = {.parent = place, .key = "values"};
    struct load_set set = {0};
    if (json_object_get(object, "pattern") != NULL)
        return jsondoc_fail(load->error, place,
                            "values of a file need no \"pattern\" beside them: while the file is "
                            "missing, the catalog is refused");
    return value_file_read(load, json_object_get(object, "values"), &at, &label->file, &set) &&
           set_values(load, &set, object, place, label);
}

/* Require one of "values", "templates" and "pattern"; a pattern may accompany values from the
 * environment. */
static bool check_label_keys(const struct load *load, const json_t *object,
                             const struct jsondoc_place *place) {
    const json_t *values = json_object_get(object, "values");
    const json_t *templates = json_object_get(object, "templates");
    const json_t *pattern = json_object_get(object, "pattern");
    if (templates != NULL && (values != NULL || pattern != NULL))
        return jsondoc_fail(load->error, place,
                            "a label has \"values\", \"templates\" or a \"pattern\": one of them");
    if (values != NULL && pattern != NULL && !json_is_object(values))
        return jsondoc_fail(load->error, place,
                            "a label has \"values\" or a \"pattern\", not both; fixed texts beside "
                            "a pattern are its \"otherwise\" and \"default\"");
    if (values == NULL && templates == NULL && pattern == NULL)
        return jsondoc_fail(load->error, place,
                            "\"values\", \"templates\", \"pattern\" or \"const\" is needed");
    if (pattern == NULL && json_object_get(object, "max") != NULL)
        return jsondoc_fail(load->error, place,
                            "\"max\" belongs to a pattern; listed values count themselves");
    return true;
}

static bool read_list(const struct load *load, json_t *object, const struct jsondoc_place *place,
                      struct catalog_label *label) {
    json_t *templates = json_object_get(object, "templates");
    const struct jsondoc_place at = {.parent = place,
                                     .key = templates != NULL ? "templates" : "values"};
    struct load_set set = {0};
    label->templates = templates != NULL;
    return (templates != NULL
                ? loader_templates(load, templates, &at, &set)
                : loader_values(load, json_object_get(object, "values"), &at, &set)) &&
           set_values(load, &set, object, place, label);
}

static bool read_label_object(const struct load *load, json_t *object,
                              const struct jsondoc_place *place, struct catalog_label *label) {
    static const char *const keys[] = {"values",    "templates", "pattern", "max",
                                       "otherwise", "default",   "const",   NULL};
    if (!jsondoc_keys_known(object, place, keys, load->error))
        return false;
    if (json_object_get(object, "const") != NULL)
        return read_const(load, object, place, label);
    if (!check_label_keys(load, object, place))
        return false;
    json_t *values = json_object_get(object, "values");
    if (json_object_get(values, "file") != NULL)
        return read_values_file(load, object, place, label);
    if (json_is_object(values))
        return read_variable(load, object, place, label);
    if (json_object_get(object, "pattern") != NULL)
        return read_pattern(load, object, place, label);
    return read_list(load, object, place, label);
}

bool loader_label_name(const struct load *load, const char *name,
                       const struct jsondoc_place *place) {
    if (!field_is_name(name) || strlen(name) > CATALOG_NAME_MAX)
        return jsondoc_fail(load->error, place,
                            "the name of a label is [a-zA-Z_][a-zA-Z0-9_]*, at most %d bytes",
                            CATALOG_NAME_MAX);
    if (text_begins(name, "__"))
        return jsondoc_fail(load->error, place, "names that start with __ belong to Prometheus");
    if (strcmp(name, "le") == 0 || strcmp(name, "quantile") == 0)
        return jsondoc_fail(load->error, place,
                            "\"%s\" belongs to histograms and summaries and can't be declared",
                            name);
    if (load->catalog->scope_count > 0 && text_begins(name, "otel_scope_"))
        return jsondoc_fail(load->error, place,
                            "names that start with otel_scope_ come from /scope");
    return true;
}

static bool load_label(const struct load *load, const char *name, json_t *value,
                       const struct jsondoc_place *place, struct catalog_label *label) {
    if (!loader_label_name(load, name, place))
        return false;
    if (catalog_ignores(load->catalog, name, strlen(name)))
        return jsondoc_fail(load->error, place,
                            "/ignore_labels strips this label from every line; declare it or "
                            "ignore it");
    label->name = arena_strndup(&load->catalog->arena, name, strlen(name));
    if (label->name == NULL)
        return loader_no_memory(load);
    label->kind = LABEL_VALUES;
    label->otherwise = -1;
    label->default_value = -1;
    if (json_is_object(value))
        return read_label_object(load, value, place, label);
    if (!json_is_string(value) && !json_is_array(value))
        return jsondoc_fail(load->error, place,
                            "expected a set's name, an array of values or an object, found %s",
                            field_kind(value));
    struct load_set set = {0};
    return loader_values(load, value, place, &set) && set_values(load, &set, NULL, place, label);
}

static int by_label_name(const void *a, const void *b) {
    const struct catalog_label *left = a;
    const struct catalog_label *right = b;
    return strcmp(left->name, right->name);
}

bool loader_labels(const struct load *load, json_t *value, const struct jsondoc_place *place,
                   struct catalog_family *family) {
    if (!field_object(load, value, place))
        return false;
    const size_t count = json_object_size(value);
    if (count > CATALOG_LABELS_MAX)
        return jsondoc_fail(load->error, place, "%zu labels, at most %d are allowed", count,
                            CATALOG_LABELS_MAX);
    struct catalog_label *labels = arena_array(&load->catalog->arena, count, sizeof *labels);
    if (labels == NULL)
        return loader_no_memory(load);
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
