/* SPDX-License-Identifier: MIT */
/* label_keys.c - labels of families, and the words and names they may have. */
#include "loader/loader_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/text.h"

/* ---- names: Reads a family's name, unit, help, group and aliases. ---- */

enum { HELP_MAX = 4096, UNIT_MAX = 64, GROUP_MAX = 64, ALIASES_MAX = 32 };

bool loader_name(const struct load *load, const char *name, const struct kind_row *kind,
                 const struct jsondoc_place *place) {
    if (!loader_field_is_name(name) || strlen(name) > CATALOG_NAME_MAX)
        return json_jsondoc_fail(load->error, place,
                                 "the name of a family is [a-zA-Z_][a-zA-Z0-9_]*, at most %d bytes",
                                 CATALOG_NAME_MAX);
    if (!loader_field_ends_with(name, kind->suffix))
        return json_jsondoc_fail(load->error, place,
                                 "the name of %s %s must end in \"%s\"; write \"%s%s\"",
                                 kind->article, kind->noun, kind->suffix, name, kind->suffix);
    return true;
}

bool loader_name_has_unit(const char *name, const struct kind_row *kind, const char *unit) {
    const size_t len = strlen(name) - strlen(kind->suffix);
    const size_t unit_len = strlen(unit);
    return len > unit_len + 1 && name[len - unit_len - 1] == '_' &&
           memcmp(name + len - unit_len, unit, unit_len) == 0;
}

bool loader_unit(const struct load *load, json_t *object, const struct jsondoc_place *place,
                 struct catalog_family *family) {
    static const char milliseconds[] = "milliseconds";
    json_t *value = json_object_get(object, "unit");
    family->ms_scale = loader_name_has_unit(family->name, family->kind, "seconds") ? 0.001 : 1.0;
    if (value == NULL)
        return true;
    const struct jsondoc_place at = {.parent = place, .key = "unit"};
    const char *unit = NULL;
    if (!loader_field_text(load, value, &at, UNIT_MAX, &unit))
        return false;
    if (!loader_field_is_name(unit))
        return json_jsondoc_fail(load->error, &at, "a unit is [a-zA-Z_][a-zA-Z0-9_]*");
    family->ms_scale = strcmp(unit, "seconds") == 0 ? 0.001 : 1.0;
    if (loader_name_has_unit(family->name, family->kind, unit)) {
        family->unit = unit;
        return true;
    }
    /* OpenMetrics requires the whole word in the name, so a name with `_ms` has no UNIT line. */
    if (strcmp(unit, milliseconds) == 0 && loader_name_has_unit(family->name, family->kind, "ms"))
        return true;
    return json_jsondoc_fail(load->error, &at, "the name must end in \"_%s%s\"%s", unit,
                             family->kind->suffix,
                             strcmp(unit, milliseconds) == 0 ? " (or _ms)" : "");
}

/* ---- help, group, aliases ---- */

bool loader_help(const struct load *load, json_t *value, const struct jsondoc_place *place,
                 const char **ret_help) {
    if (json_is_string(value) && json_string_length(value) == 0) {
        *ret_help = "";
        return true;
    }
    return loader_field_text(load, value, place, HELP_MAX, ret_help);
}

bool loader_group_name(const struct load *load, const char *name,
                       const struct jsondoc_place *place) {
    if (strlen(name) > GROUP_MAX)
        return json_jsondoc_fail(load->error, place, "%zu bytes, at most %d are allowed",
                                 strlen(name), GROUP_MAX);
    if (!loader_field_is_name(name) || strcmp(name, "all") == 0 || strcmp(name, "none") == 0)
        return json_jsondoc_fail(load->error, place,
                                 "a group is [a-zA-Z_][a-zA-Z0-9_]*, but not \"all\" or \"none\"");
    return true;
}

/* If the catalog lists its groups, a group that is not in the list is a mistake. */
static bool check_declared(const struct load *load, const char *group,
                           const struct jsondoc_place *place) {
    const struct catalog *catalog = load->catalog;
    const char *known[CATALOG_GROUPS_MAX + 1] = {NULL};
    for (size_t i = 0; i < catalog->group_count; i++) {
        known[i] = catalog->groups[i];
        if (strcmp(known[i], group) == 0)
            return true;
    }
    if (catalog->group_count == 0)
        return true;
    const char *nearest = nearest_word(group, known);
    if (nearest != NULL)
        return json_jsondoc_fail(load->error, place,
                                 "\"%s\" is none of the catalog's \"groups\"; did you mean \"%s\"?",
                                 group, nearest);
    return json_jsondoc_fail(load->error, place,
                             "\"%s\" is none of the catalog's \"groups\"; add it there", group);
}

bool loader_group(const struct load *load, json_t *object, const struct jsondoc_place *place,
                  struct catalog_family *family) {
    json_t *value = json_object_get(object, "group");
    if (value == NULL)
        return true;
    const struct jsondoc_place at = {.parent = place, .key = "group"};
    return loader_field_text(load, value, &at, GROUP_MAX, &family->group) &&
           loader_group_name(load, family->group, &at) && check_declared(load, family->group, &at);
}

bool loader_aliases(const struct load *load, json_t *object, const struct jsondoc_place *place,
                    struct catalog_family *family) {
    json_t *value = json_object_get(object, "aliases");
    if (value == NULL)
        return true;
    const struct jsondoc_place at = {.parent = place, .key = "aliases"};
    struct load_texts texts = {0};
    if (!loader_field_texts(load, value, &at, ALIASES_MAX, ":|\n\r", &texts))
        return false;
    if (!loader_field_refuse_patterns(load, &texts, &at))
        return false;
    family->aliases = texts.items;
    family->alias_count = texts.count;
    return true;
}

/* ---- words ----
 * Reads values of labels: single values, lists, named sets, and lists from the environment.
 */

/* The bytes that end a value on the wire; there are no escapes. A trailing carriage return is
 * dropped with the end of the line. */
static const char wire_breaks[] = ",|\n\r";

enum { SETS_MAX = 1000 };

/* ---- one value ---- */

/* Read a value: "text", or {"value": "text", "wire": "spelling"}. Its texts are borrowed from the
 * document: labels copy what they keep. */
static bool loader_word(const struct load *load, json_t *value, const struct jsondoc_place *place,
                        struct catalog_word *ret_word) {
    if (!json_is_object(value)) {
        const char *text = "";
        if (!json_is_string(value))
            return json_jsondoc_fail(load->error, place,
                                     "expected a string or {\"value\", \"wire\"}, found %s",
                                     loader_field_kind(value));
        if (!loader_field_borrowed(load, value, place, CATALOG_VALUE_MAX, &text))
            return false;
        if (strpbrk(text, wire_breaks) != NULL)
            return json_jsondoc_fail(
                load->error, place,
                "a value with a comma, a bar or a line break declares how the wire "
                "spells it: {\"value\": ..., \"wire\": ...}");
        *ret_word = (struct catalog_word){.text = text, .wire = text};
        return true;
    }
    static const char *const keys[] = {"value", "wire", NULL};
    if (!json_jsondoc_keys_known(value, place, keys, load->error))
        return false;
    const char *texts[2] = {"", ""};
    for (size_t i = 0; i < 2; i++) {
        const struct jsondoc_place at = {.parent = place, .key = keys[i]};
        json_t *text = json_object_get(value, keys[i]);
        if (text == NULL)
            return json_jsondoc_fail(load->error, place, "the key \"%s\" is missing", keys[i]);
        if (!loader_field_borrowed(load, text, &at, CATALOG_VALUE_MAX, &texts[i]))
            return false;
    }
    if (strpbrk(texts[1], wire_breaks) != NULL) {
        const struct jsondoc_place at = {.parent = place, .key = "wire"};
        return json_jsondoc_fail(load->error, &at,
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

/* Refuse a value or a spelling that appears twice. Sorts the words by their text. */
static bool words_unique(const struct load *load, struct catalog_word *words, size_t count,
                         const struct jsondoc_place *place) {
    catalog_words_sort(words, count);
    for (size_t i = 1; i < count; i++) {
        const struct jsondoc_place at = {.parent = place, .index = later(&words[i - 1], &words[i])};
        if (strcmp(words[i - 1].text, words[i].text) == 0)
            return json_jsondoc_fail(load->error, &at, "the value \"%s\" is listed twice",
                                     words[i].text);
    }
    qsort(words, count, sizeof *words, by_wire);
    for (size_t i = 1; i < count; i++) {
        const struct jsondoc_place at = {.parent = place, .index = later(&words[i - 1], &words[i])};
        if (strcmp(words[i - 1].wire, words[i].wire) == 0)
            return json_jsondoc_fail(load->error, &at,
                                     "on the wire, \"%s\" is the spelling of two values",
                                     words[i].wire);
    }
    catalog_words_sort(words, count);
    return true;
}

/* Read an array of distinct values, kept while the catalog is read. */
static bool read_words(const struct load *load, json_t *value, const struct jsondoc_place *place,
                       struct load_set *ret_set) {
    if (!loader_field_array(load, value, place, CATALOG_VALUES_MAX))
        return false;
    const size_t count = json_array_size(value);
    if (count == 0)
        return json_jsondoc_fail(load->error, place, "at least one value is needed");
    struct catalog_word *words = arena_array(load->scratch, count, sizeof *words);
    for (size_t i = 0; i < count; i++) {
        const struct jsondoc_place at = {.parent = place, .index = i};
        if (!loader_word(load, json_array_get(value, i), &at, &words[i]))
            return false;
        words[i].index = i;
    }
    if (!words_unique(load, words, count, place))
        return false;
    ret_set->words = words;
    ret_set->count = count;
    return true;
}

bool loader_sets(struct load *load, json_t *value, const struct jsondoc_place *place) {
    if (!loader_field_object(load, value, place))
        return false;
    if (json_object_size(value) > SETS_MAX)
        return json_jsondoc_fail(load->error, place, "%zu sets, at most %d are allowed",
                                 json_object_size(value), SETS_MAX);
    struct load_set *sets = arena_array(load->scratch, json_object_size(value), sizeof *sets);
    size_t count = 0;
    const char *key;
    json_t *item;
    json_object_foreach(value, key, item) {
        const struct jsondoc_place at = {.parent = place, .key = key};
        if (!loader_field_is_name(key) || strlen(key) > CATALOG_NAME_MAX)
            return json_jsondoc_fail(
                load->error, &at, "the name of a set is [a-zA-Z_][a-zA-Z0-9_]*, at most %d bytes",
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
    if (nearest != NULL)
        return json_jsondoc_fail(load->error, place, "no set is named \"%s\"; did you mean \"%s\"?",
                                 name, nearest);
    return json_jsondoc_fail(load->error, place,
                             "no set is named \"%s\"; for a single value write [\"%s\"]", name,
                             name);
}

/* Read values: the name of a set, or a list. */
static bool loader_values(const struct load *load, json_t *value, const struct jsondoc_place *place,
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

/* ---- lists that the environment has ---- */

/* The next value of the list, without surrounding spaces. */
static const char *next_item(const struct load *load, const char **at) {
    const char *start = *at + strspn(*at, " ");
    size_t len = strcspn(start, ",");
    *at = start + len + (start[len] == ',');
    while (len > 0 && start[len - 1] == ' ')
        len--;
    return arena_strndup(load->scratch, start, len);
}

static size_t count_items(const char *list) {
    size_t count = 1;
    for (; *list; list++)
        count += *list == ',';
    return count;
}

static bool check_item(const struct load *load, const char *text, const char *variable,
                       const struct jsondoc_place *place) {
    const size_t len = strlen(text);
    if (len == 0 || len > CATALOG_VALUE_MAX)
        return json_jsondoc_fail(
            load->error, place,
            "the environment variable %s lists a value of %zu bytes, 1 to %d are "
            "allowed",
            variable, len, CATALOG_VALUE_MAX);
    if (strpbrk(text, wire_breaks) != NULL)
        return json_jsondoc_fail(
            load->error, place,
            "the environment variable %s lists a value with a bar or a line break", variable);
    return true;
}

/* Read values from the comma-separated `list` of the environment `variable`. */
static bool loader_listed(const struct load *load, const char *list, const char *variable,
                          const struct jsondoc_place *place, struct load_set *ret_set) {
    const size_t count = count_items(list);
    if (count > CATALOG_VALUES_MAX)
        return json_jsondoc_fail(
            load->error, place,
            "the environment variable %s lists %zu values, at most %d are allowed", variable, count,
            CATALOG_VALUES_MAX);
    struct catalog_word *words = arena_array(load->scratch, count, sizeof *words);
    for (size_t i = 0; i < count; i++) {
        const char *text = next_item(load, &list);
        if (!check_item(load, text, variable, place))
            return false;
        words[i] = (struct catalog_word){.text = text, .wire = text};
    }
    catalog_words_sort(words, count);
    for (size_t i = 1; i < count; i++)
        if (strcmp(words[i - 1].text, words[i].text) == 0)
            return json_jsondoc_fail(load->error, place,
                                     "the environment variable %s lists \"%s\" twice", variable,
                                     words[i].text);
    *ret_set = (struct load_set){.words = words, .count = count};
    return true;
}

/* ---- templates ---- */

/* Turn the word into a template that is found by its key. */
static bool make_template(const struct load *load, struct catalog_word *word,
                          const struct jsondoc_place *place) {
    char key[CATALOG_VALUE_MAX + 1];
    const size_t len = strcmp(word->text, word->wire) == 0
                           ? catalog_template_key(word->text, strlen(word->text), key)
                           : 0;
    if (len == 0 || strchr(key, '/') == NULL)
        return json_jsondoc_fail(
            load->error, place,
            "\"%s\" is no template of a route: a path, perhaps behind a method, "
            "with {name}, {name...}, {*name} or {$} for what varies",
            word->text);
    word->wire = arena_strndup(load->scratch, key, len);
    return true;
}

/* The same for templates of routes: each is found by its key. */
static bool loader_templates(const struct load *load, json_t *value,
                             const struct jsondoc_place *place, struct load_set *ret_set) {
    struct load_set set = {0};
    if (!loader_values(load, value, place, &set))
        return false;
    struct catalog_word *words = arena_array(load->scratch, set.count, sizeof *words);
    for (size_t i = 0; i < set.count; i++) {
        words[i] = set.words[i];
        const struct jsondoc_place item = {.parent = place, .index = words[i].index};
        if (!make_template(load, &words[i], json_is_array(value) ? &item : place))
            return false;
    }
    if (!words_unique(load, words, set.count, place))
        return false;
    *ret_set = (struct load_set){.words = words, .count = set.count};
    return true;
}

/* ---- label: Reads labels: values, templates, a pattern or a constant. ---- */

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
        return json_jsondoc_fail(load->error, place,
                                 "a template that others become is one of the label's templates");
    same = find_word(set, word.text);
    if (same != NULL && strcmp(same->wire, word.wire) != 0)
        return json_jsondoc_fail(load->error, place,
                                 "the value \"%s\" is spelled \"%s\" on the wire", same->text,
                                 same->wire);
    for (size_t i = 0; same == NULL && i < set->count; i++)
        if (strcmp(set->words[i].wire, word.wire) == 0)
            return json_jsondoc_fail(load->error, place,
                                     "on the wire, \"%s\" already spells \"%s\"", word.wire,
                                     set->words[i].text);
    if (same == NULL)
        set->words[set->count++] = word;
    *ret_text = word.text;
    return true;
}

static int32_t id_of(const struct catalog_label *label, const char *text) {
    return text != NULL ? catalog_label_find_text(label, text, strlen(text)) : -1;
}

/* Read "optional": the label has one value more, the empty one, which a line without it means. */
static bool read_optional(const struct load *load, json_t *object,
                          const struct jsondoc_place *place, struct load_set *set,
                          const char **ret_default) {
    const struct jsondoc_place at = {.parent = place, .key = "optional"};
    json_t *value = json_object_get(object, "optional");
    bool optional = false;
    if (value == NULL)
        return true;
    if (!loader_field_bool(load, value, &at, &optional))
        return false;
    if (!optional)
        return true;
    if (*ret_default != NULL)
        return json_jsondoc_fail(load->error, &at,
                                 "a line without an optional label is a series without it, so "
                                 "there is no \"default\"");
    set->words[set->count++] = (struct catalog_word){.text = "", .wire = ""};
    *ret_default = "";
    return true;
}

/* Set the label's values, with `otherwise`, `default` and `optional`, if the file has them. */
static bool set_values(const struct load *load, const struct load_set *values, json_t *object,
                       const struct jsondoc_place *place, struct catalog_label *label) {
    struct load_set all = {.count = values->count};
    all.words = memory_array(memory_heap(), values->count + 3, sizeof *all.words);
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
    ok = ok && read_optional(load, object, place, &all, &texts[1]);
    if (ok) {
        if (all.count > values->count)
            catalog_words_sort(all.words, all.count);
        catalog_label_set_values(load->catalog, label, all.words, all.count);
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
    if (!loader_field_text(load, json_object_get(object, "pattern"), &at, CATALOG_PATTERN_MAX,
                           &source))
        return false;
    json_t *most = json_object_get(object, "max");
    if (most == NULL)
        return json_jsondoc_fail(load->error, place,
                                 "a pattern needs \"max\": how many values the label has at most");
    uint64_t max = 0;
    if (!loader_field_count(load, most, &at_max, 1, LOAD_SERIES_MAX, &max))
        return false;
    struct error why;
    label->kind = LABEL_PATTERN;
    label->max = (uint32_t)max;
    label->pattern = catalog_pattern(load->catalog, source, &why);
    if (label->pattern == NULL)
        return json_jsondoc_fail(load->error, &at, "%s", why.text);
    const struct load_set none = {0};
    return set_values(load, &none, object, place, label);
}

static bool read_const(const struct load *load, json_t *object, const struct jsondoc_place *place,
                       struct catalog_label *label) {
    const struct jsondoc_place at = {.parent = place, .key = "const"};
    struct catalog_word word = {0};
    if (json_object_size(object) > 1)
        return json_jsondoc_fail(load->error, place,
                                 "a label with \"const\" has that one value and no other key");
    if (!loader_word(load, json_object_get(object, "const"), &at, &word))
        return false;
    catalog_label_set_values(load->catalog, label, &word, 1);
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
    if (!loader_environment_read(load, json_object_get(object, "values"), &at, LISTED_BYTES_MAX,
                                 &label->variable, &list))
        return false;
    if (!pattern && json_object_get(object, "otherwise") == NULL)
        return json_jsondoc_fail(
            load->error, place,
            "while %s is not set, no value is allowed: an \"otherwise\" is needed, "
            "or a \"pattern\" that holds until then",
            label->variable);
    if (pattern && !read_pattern(load, object, place, label))
        return false;
    if (list == NULL && pattern)
        return true;
    if (list == NULL) {
        if (!set_values(load, &set, object, place, label))
            return false;
        loader_remark_unset(load, &at_env, label->variable, label->values[label->otherwise].text,
                            json_object_get(object, "default") != NULL);
        return true;
    }
    label->kind = LABEL_VALUES;
    label->pattern = NULL;
    label->max = 0;
    if (!loader_listed(load, list, label->variable, &at_env, &set))
        return false;
    loader_remark_list(load, &at_env, label->variable, &set);
    return set_values(load, &set, object, place, label);
}

/* Read {"values": {"file": "NAME"}}: the label has the values that the file lists. */
static bool read_values_file(const struct load *load, json_t *object,
                             const struct jsondoc_place *place, struct catalog_label *label) {
    const struct jsondoc_place at = {.parent = place, .key = "values"};
    struct load_set set = {0};
    if (json_object_get(object, "pattern") != NULL)
        return json_jsondoc_fail(
            load->error, place,
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
        return json_jsondoc_fail(
            load->error, place,
            "a label has \"values\", \"templates\" or a \"pattern\": one of them");
    if (values != NULL && pattern != NULL && !json_is_object(values))
        return json_jsondoc_fail(
            load->error, place,
            "a label has \"values\" or a \"pattern\", not both; fixed texts beside "
            "a pattern are its \"otherwise\" and \"default\"");
    if (values == NULL && templates == NULL && pattern == NULL)
        return json_jsondoc_fail(load->error, place,
                                 "\"values\", \"templates\", \"pattern\" or \"const\" is needed");
    if (pattern == NULL && json_object_get(object, "max") != NULL)
        return json_jsondoc_fail(load->error, place,
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
    static const char *const keys[] = {"values",  "templates", "pattern",  "max", "otherwise",
                                       "default", "const",     "optional", NULL};
    if (!json_jsondoc_keys_known(object, place, keys, load->error))
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
    if (!loader_field_is_name(name) || strlen(name) > CATALOG_NAME_MAX)
        return json_jsondoc_fail(load->error, place,
                                 "the name of a label is [a-zA-Z_][a-zA-Z0-9_]*, at most %d bytes",
                                 CATALOG_NAME_MAX);
    if (text_begins(name, "__"))
        return json_jsondoc_fail(load->error, place,
                                 "names that start with __ belong to Prometheus");
    if (strcmp(name, "le") == 0 || strcmp(name, "quantile") == 0)
        return json_jsondoc_fail(load->error, place,
                                 "\"%s\" belongs to histograms and summaries and can't be declared",
                                 name);
    if (load->catalog->scope_count > 0 && text_begins(name, "otel_scope_"))
        return json_jsondoc_fail(load->error, place,
                                 "names that start with otel_scope_ come from /scope");
    return true;
}

static bool load_label(const struct load *load, const char *name, json_t *value,
                       const struct jsondoc_place *place, struct catalog_label *label) {
    if (!loader_label_name(load, name, place))
        return false;
    if (catalog_ignores(load->catalog, name, strlen(name)))
        return json_jsondoc_fail(load->error, place,
                                 "/ignore_labels strips this label from every line; declare it or "
                                 "ignore it");
    label->name = arena_strndup(&load->catalog->arena, name, strlen(name));
    label->kind = LABEL_VALUES;
    label->otherwise = -1;
    label->default_value = -1;
    if (json_is_object(value))
        return read_label_object(load, value, place, label);
    if (!json_is_string(value) && !json_is_array(value))
        return json_jsondoc_fail(load->error, place,
                                 "expected a set's name, an array of values or an object, found %s",
                                 loader_field_kind(value));
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
    if (!loader_field_object(load, value, place))
        return false;
    const size_t count = json_object_size(value);
    if (count > CATALOG_LABELS_MAX)
        return json_jsondoc_fail(load->error, place, "%zu labels, at most %d are allowed", count,
                                 CATALOG_LABELS_MAX);
    struct catalog_label *labels = arena_array(&load->catalog->arena, count, sizeof *labels);
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
