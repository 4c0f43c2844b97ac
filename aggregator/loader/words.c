/* Reads values of labels: single values, lists, named sets, and lists from the environment. */
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "loader/field.h"
#include "loader/words.h"

/* The bytes that end a value on the wire; there are no escapes. A trailing carriage return is
 * dropped with the end of the line. */
static const char wire_breaks[] = ",|\n\r";

enum { SETS_MAX = 1000 };

/* ---- one value ---- */

bool loader_word(const struct load *load, json_t *value, const struct jsondoc_place *place,
                 struct catalog_word *ret_word) {
    if (!json_is_object(value)) {
        const char *text = "";
        if (!json_is_string(value))
            return jsondoc_fail(load->error, place,
                                "expected a string or {\"value\", \"wire\"}, found %s",
                                field_kind(value));
        if (!field_borrowed(load, value, place, CATALOG_VALUE_MAX, &text))
            return false;
        if (strpbrk(text, wire_breaks) != NULL)
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
        if (text == NULL)
            return jsondoc_fail(load->error, place, "the key \"%s\" is missing", keys[i]);
        if (!field_borrowed(load, text, &at, CATALOG_VALUE_MAX, &texts[i]))
            return false;
    }
    if (strpbrk(texts[1], wire_breaks) != NULL) {
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

/* Refuse a value or a spelling that appears twice. Sorts the words by their text. */
static bool words_unique(const struct load *load, struct catalog_word *words, size_t count,
                         const struct jsondoc_place *place) {
    catalog_words_sort(words, count);
    for (size_t i = 1; i < count; i++) {
        const struct jsondoc_place at = {.parent = place, .index = later(&words[i - 1], &words[i])};
        if (strcmp(words[i - 1].text, words[i].text) == 0)
            return jsondoc_fail(load->error, &at, "the value \"%s\" is listed twice",
                                words[i].text);
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

/* Read an array of distinct values, kept while the catalog is read. */
static bool read_words(const struct load *load, json_t *value, const struct jsondoc_place *place,
                       struct load_set *ret_set) {
    if (!field_array(load, value, place, CATALOG_VALUES_MAX))
        return false;
    const size_t count = json_array_size(value);
    if (count == 0)
        return jsondoc_fail(load->error, place, "at least one value is needed");
    struct catalog_word *words = arena_array(load->scratch, count, sizeof *words);
    if (words == NULL)
        return loader_no_memory(load);
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
    if (!field_object(load, value, place))
        return false;
    if (json_object_size(value) > SETS_MAX)
        return jsondoc_fail(load->error, place, "%zu sets, at most %d are allowed",
                            json_object_size(value), SETS_MAX);
    struct load_set *sets = arena_array(load->scratch, json_object_size(value), sizeof *sets);
    if (sets == NULL)
        return loader_no_memory(load);
    size_t count = 0;
    const char *key;
    json_t *item;
    json_object_foreach(value, key, item) {
        const struct jsondoc_place at = {.parent = place, .key = key};
        if (!field_is_name(key) || strlen(key) > CATALOG_NAME_MAX)
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
    if (nearest != NULL)
        return jsondoc_fail(load->error, place, "no set is named \"%s\"; did you mean \"%s\"?",
                            name, nearest);
    return jsondoc_fail(load->error, place,
                        "no set is named \"%s\"; for a single value write [\"%s\"]", name, name);
}

bool loader_values(const struct load *load, json_t *value, const struct jsondoc_place *place,
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

/* The next value of the list, without surrounding spaces. NULL: out of memory. */
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
        return jsondoc_fail(load->error, place,
                            "the environment variable %s lists a value of %zu bytes, 1 to %d are "
                            "allowed",
                            variable, len, CATALOG_VALUE_MAX);
    if (strpbrk(text, wire_breaks) != NULL)
        return jsondoc_fail(load->error, place,
                            "the environment variable %s lists a value with a bar or a line break",
                            variable);
    return true;
}

bool loader_listed(const struct load *load, const char *list, const char *variable,
                   const struct jsondoc_place *place, struct load_set *ret_set) {
    const size_t count = count_items(list);
    if (count > CATALOG_VALUES_MAX)
        return jsondoc_fail(load->error, place,
                            "the environment variable %s lists %zu values, at most %d are allowed",
                            variable, count, CATALOG_VALUES_MAX);
    struct catalog_word *words = arena_array(load->scratch, count, sizeof *words);
    if (words == NULL)
        return loader_no_memory(load);
    for (size_t i = 0; i < count; i++) {
        const char *text = next_item(load, &list);
        if (text == NULL)
            return loader_no_memory(load);
        if (!check_item(load, text, variable, place))
            return false;
        words[i] = (struct catalog_word){.text = text, .wire = text};
    }
    catalog_words_sort(words, count);
    for (size_t i = 1; i < count; i++)
        if (strcmp(words[i - 1].text, words[i].text) == 0)
            return jsondoc_fail(load->error, place,
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
        return jsondoc_fail(load->error, place,
                            "\"%s\" is no template of a route: a path, perhaps behind a method, "
                            "with {name}, {name...}, {*name} or {$} for what varies",
                            word->text);
    word->wire = arena_strndup(load->scratch, key, len);
    return word->wire != NULL || loader_no_memory(load);
}

bool loader_templates(const struct load *load, json_t *value, const struct jsondoc_place *place,
                      struct load_set *ret_set) {
    struct load_set set = {0};
    if (!loader_values(load, value, place, &set))
        return false;
    struct catalog_word *words = arena_array(load->scratch, set.count, sizeof *words);
    if (words == NULL)
        return loader_no_memory(load);
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
