/* SPDX-License-Identifier: MIT */
/* label_rules.c - labels of families: their names, and the values that they may have. */
#include "loader/loader_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* The bytes that end a value on the wire; there are no escapes. A trailing carriage return is
 * dropped with the end of the line. */
static const char wire_breaks[] = ",|\n\r";

/* The most bytes that a variable may list: an argument or variable of a process has at most 128
 * KiB. */
enum { SETS_MAX = 1000, LISTED_BYTES_MAX = 131072 };

/* ---- one value: "text", or {"value": "text", "wire": "spelling"} ---- */

/* Its texts are borrowed from the document: labels copy what they keep. */
static bool read_word(const struct node *at, struct catalog_word *ret_word) {
    static const char *const keys[] = {"value", "wire", NULL};
    const struct node spelling = loader_member(at, "wire");
    const char *texts[2] = {"", ""};
    if (json_is_string(at->value)) {
        if (!loader_borrow_text(at, CATALOG_VALUE_MAX, &texts[0]))
            return false;
        if (strpbrk(texts[0], wire_breaks) != NULL)
            return loader_fail(at, "a value with a comma, a bar or a line break declares how the "
                                   "wire spells it: {\"value\": ..., \"wire\": ...}");
        *ret_word = (struct catalog_word){.text = texts[0], .wire = texts[0]};
        return true;
    }
    if (!json_is_object(at->value))
        return loader_fail_type(at, "a string or {\"value\", \"wire\"}");
    if (!loader_check_keys(at, keys))
        return false;
    for (size_t i = 0; i < 2; i++) {
        const struct node here = loader_member(at, keys[i]);
        if (here.value == NULL)
            return loader_fail(at, "the key \"%s\" is missing", keys[i]);
        if (!loader_borrow_text(&here, CATALOG_VALUE_MAX, &texts[i]))
            return false;
    }
    *ret_word = (struct catalog_word){.text = texts[0], .wire = texts[1]};
    return strpbrk(texts[1], wire_breaks) == NULL ||
           loader_fail(&spelling, "a spelling for the wire holds no comma, bar or line break");
}

/* ---- lists of values ---- */

static int by_wire(const void *a, const void *b) {
    const struct catalog_word *left = a;
    const struct catalog_word *right = b;
    return strcmp(left->wire, right->wire);
}

static struct node later(const struct node *at, const struct catalog_word *a,
                         const struct catalog_word *b) {
    return loader_item(at, a->index > b->index ? a->index : b->index);
}

/* Refuse a value or a spelling that appears twice. Sorts the words by their text. */
static bool check_unique(const struct node *at, struct catalog_word *words, size_t count) {
    catalog_words_sort(words, count);
    for (size_t i = 1; i < count; i++) {
        const struct node here = later(at, &words[i - 1], &words[i]);
        if (strcmp(words[i - 1].text, words[i].text) == 0)
            return loader_fail(&here, "the value \"%s\" is listed twice", words[i].text);
    }
    qsort(words, count, sizeof *words, by_wire);
    for (size_t i = 1; i < count; i++) {
        const struct node here = later(at, &words[i - 1], &words[i]);
        if (strcmp(words[i - 1].wire, words[i].wire) == 0)
            return loader_fail(&here, "on the wire, \"%s\" is the spelling of two values",
                               words[i].wire);
    }
    catalog_words_sort(words, count);
    return true;
}

/* An array of distinct values, kept while the catalog is read. */
static bool read_words(const struct node *at, struct load_set *ret_set) {
    if (!loader_is_array(at, CATALOG_VALUES_MAX))
        return false;
    const size_t count = json_array_size(at->value);
    if (count == 0)
        return loader_fail(at, "at least one value is needed");
    struct catalog_word *words = arena_array(&at->load->scratch, count, sizeof *words);
    for (size_t i = 0; i < count; i++) {
        const struct node here = loader_item(at, i);
        if (!read_word(&here, &words[i]))
            return false;
        words[i].index = i;
    }
    ret_set->words = words;
    ret_set->count = check_unique(at, words, count) ? count : 0;
    return ret_set->count > 0;
}

bool loader_read_sets(const struct node *at, void *of) {
    struct load *load = at->load;
    struct walk walk = {0};
    struct node here;
    bool good = true;
    (void)of;
    if (!loader_is_object(at) ||
        !loader_is_within(at, json_object_size(at->value), SETS_MAX, "sets"))
        return false;
    load->sets = arena_array(&load->scratch, json_object_size(at->value), sizeof *load->sets);
    while (loader_next(at, &walk, &here)) {
        struct load_set *set = &load->sets[load->set_count++];
        set->name = here.place.key;
        if (!loader_is_name(set->name) || strlen(set->name) > CATALOG_NAME_MAX)
            good =
                loader_fail(&here, "the name of a set is [a-zA-Z_][a-zA-Z0-9_]*, at most %d bytes",
                            CATALOG_NAME_MAX);
        good = read_words(&here, set) && good;
    }
    return good;
}

static bool fail_unknown_set(const struct node *at, const char *name) {
    const char *names[SETS_MAX + 1];
    struct error what;
    struct error otherwise;
    if (loader_is_unread(at->load, "sets", at->load->set_count))
        return false;
    for (size_t i = 0; i < at->load->set_count; i++)
        names[i] = at->load->sets[i].name;
    names[at->load->set_count] = NULL;
    (void)error_set(&what, "no set is named \"%s\"", name);
    (void)error_set(&otherwise, "for a single value write [\"%s\"]", name);
    return loader_fail_unknown(at, what.text, name, names, otherwise.text);
}

/* The name of a set, or a list, which is read into `own`. NULL: it is wrong. */
static struct load_set *find_values(const struct node *at, struct load_set *own) {
    if (!json_is_string(at->value))
        return read_words(at, own) ? own : NULL;
    const char *name = json_string_value(at->value);
    for (size_t i = 0; i < at->load->set_count; i++)
        if (strcmp(at->load->sets[i].name, name) == 0)
            return at->load->sets[i].count > 0 ? &at->load->sets[i] : NULL;
    (void)fail_unknown_set(at, name);
    return NULL;
}

static bool read_values(const struct node *at, struct load_set *ret_set) {
    const struct load_set *set = find_values(at, ret_set);
    if (set != NULL)
        *ret_set = *set;
    return set != NULL;
}

/* ---- lists that the environment has ---- */

/* The next value of the list, without surrounding spaces. */
static const char *next_item(struct load *load, const char **at) {
    const char *start = *at + strspn(*at, " ");
    size_t len = strcspn(start, ",");
    *at = start + len + (start[len] == ',');
    while (len > 0 && start[len - 1] == ' ')
        len--;
    return arena_strndup(&load->scratch, start, len);
}

/* Values from the comma-separated `list` of the environment `variable`. */
static bool read_listed(const struct node *at, const char *list, const char *variable,
                        struct load_set *ret_set) {
    size_t count = 1;
    for (const char *byte = list; *byte; byte++)
        count += *byte == ',';
    if (count > CATALOG_VALUES_MAX)
        return loader_fail(at,
                           "the environment variable %s lists %zu values, at most %d are allowed",
                           variable, count, CATALOG_VALUES_MAX);
    struct catalog_word *words = arena_array(&at->load->scratch, count, sizeof *words);
    for (size_t i = 0; i < count; i++) {
        const char *text = next_item(at->load, &list);
        if (*text == '\0' || strlen(text) > CATALOG_VALUE_MAX)
            return loader_fail(at,
                               "the environment variable %s lists a value of %zu bytes, 1 to %d "
                               "are allowed",
                               variable, strlen(text), CATALOG_VALUE_MAX);
        if (strpbrk(text, wire_breaks) != NULL)
            return loader_fail(
                at, "the environment variable %s lists a value with a bar or a line break",
                variable);
        words[i] = (struct catalog_word){.text = text, .wire = text};
    }
    catalog_words_sort(words, count);
    for (size_t i = 1; i < count; i++)
        if (strcmp(words[i - 1].text, words[i].text) == 0)
            return loader_fail(at, "the environment variable %s lists \"%s\" twice", variable,
                               words[i].text);
    *ret_set = (struct load_set){.words = words, .count = count};
    return true;
}

/* ---- templates of routes: each is found by its key ---- */

static bool make_templates(const struct node *at, struct load_set *set) {
    struct catalog_word *words = arena_array(&at->load->scratch, set->count, sizeof *words);
    for (size_t i = 0; i < set->count; i++) {
        char key[CATALOG_VALUE_MAX + 1];
        struct catalog_word *word = &words[i];
        *word = set->words[i];
        const struct node here = json_is_array(at->value) ? loader_item(at, word->index) : *at;
        const size_t len = strcmp(word->text, word->wire) == 0
                               ? catalog_template_key(word->text, strlen(word->text), key)
                               : 0;
        if (len == 0 || strchr(key, '/') == NULL)
            return loader_fail(&here,
                               "\"%s\" is no template of a route: a path, perhaps behind a method, "
                               "with {name}, {name...}, {*name} or {$} for what varies",
                               word->text);
        word->wire = arena_strndup(&at->load->scratch, key, len);
    }
    if (!check_unique(at, words, set->count))
        return false;
    set->templates = words;
    return true;
}

/* Those of a set are made once. */
static bool read_templates(const struct node *at, struct load_set *ret_set) {
    struct load_set *set = find_values(at, ret_set);
    if (set == NULL || (set->templates == NULL && !make_templates(at, set)))
        return false;
    *ret_set = (struct load_set){.words = set->templates, .count = set->count};
    return true;
}

/* ---- a label ---- */

static const char OTHERWISE[] =
    "What any other value becomes, also one beyond max. Without it, such a sample is rejected.";
static const char DEFAULT[] =
    "The value when a line lacks the label. Without it, such a sample is rejected.";

/* The numbers and texts of a label that is an object. */
struct label_load {
    const char *pattern;
    uint32_t max;
    bool optional;
};

static const struct load_key label_keys[] = {
    {"values", .schema = "label_values",
     .sentence = "All values that the label may have: an array, the name of a set, "
                 "{\"env\": \"NAME\"} or {\"file\": \"NAME\"}."},
    {"templates", .sentence =
                      "Routes as the program registers them, GET /images/{name}; a line may "
                      "call the variables otherwise."},
    {"pattern", LOAD_TEXT, .most = CATALOG_PATTERN_MAX, .at = offsetof(struct label_load, pattern),
     .sentence = "uuid, integer, slug, semver, status_code, or a regular expression for the whole "
                 "value."},
    {"max", LOAD_COUNT, .least = 1, .most = LOAD_SERIES_MAX, .at = offsetof(struct label_load, max),
     .sentence = "How many values that match the pattern the label may have at a time."},
    {"otherwise", .sentence = OTHERWISE, .schema = "fallback"},
    {"default", .sentence = DEFAULT, .schema = "fallback"},
    {"const", .sentence = "The one value; put on every series, whether a line sends it or not.",
     .schema = "value"},
    {"optional", LOAD_FLAG, .at = offsetof(struct label_load, optional),
     .sentence = "A line without the label, or with an empty value, is a series without it. Not "
                 "beside default."},
};
const struct load_object loader_label_keys =
    LOAD_OBJECT("Of a label that is an object", "label_object", label_keys);

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
static bool add_word(const struct node *at, const struct catalog_label *label, struct load_set *set,
                     const char **ret_text) {
    /* The text of a listed value is enough; its spelling need not be repeated. */
    const struct catalog_word *same =
        json_is_string(at->value) ? find_word(set, json_string_value(at->value)) : NULL;
    struct catalog_word word = {.text = "", .wire = ""};
    if (same != NULL) {
        *ret_text = same->text;
        return true;
    }
    if (!read_word(at, &word))
        return false;
    if (label->templates && strpbrk(word.wire, "{}") != NULL)
        return loader_fail(at, "a template that others become is one of the label's templates");
    same = find_word(set, word.text);
    if (same != NULL && strcmp(same->wire, word.wire) != 0)
        return loader_fail(at, "the value \"%s\" is spelled \"%s\" on the wire", same->text,
                           same->wire);
    for (size_t i = 0; same == NULL && i < set->count; i++)
        if (strcmp(set->words[i].wire, word.wire) == 0)
            return loader_fail(at, "on the wire, \"%s\" already spells \"%s\"", word.wire,
                               set->words[i].text);
    if (same == NULL)
        set->words[set->count++] = word;
    *ret_text = word.text;
    return true;
}

static int32_t id_of(const struct catalog_label *label, const char *text) {
    return text != NULL ? catalog_label_find_text(label, text, strlen(text)) : -1;
}

/* Set the label's values, with `otherwise`, `default` and `optional`, if `at` is an object. An
 * optional label has one value more, the empty one, which a line without it means. */
static bool set_values(const struct node *at, const struct load_set *values, bool optional,
                       struct catalog_label *label) {
    struct load_set all = {.count = values->count};
    static const char *const keys[] = {"otherwise", "default"};
    const char *texts[2] = {NULL, NULL};
    bool good = true;
    all.words = memory_array(values->count + 3, sizeof *all.words);
    if (values->words != NULL)
        memcpy(all.words, values->words, values->count * sizeof *all.words);
    for (size_t i = 0; i < 2; i++) {
        const struct node here = loader_member(at, keys[i]);
        if (here.value != NULL)
            good = add_word(&here, label, &all, &texts[i]) && good;
    }
    if (optional && texts[1] != NULL) {
        const struct node here = loader_member(at, "optional");
        good = loader_fail(&here, "a line without an optional label is a series without it, so "
                                  "there is no \"default\"");
    } else if (optional) {
        texts[1] = "";
        all.words[all.count++] = (struct catalog_word){.text = "", .wire = ""};
    }
    if (good) {
        if (all.count > values->count)
            catalog_words_sort(all.words, all.count);
        catalog_label_set_values(at->load->catalog, label, all.words, all.count);
        label->otherwise = id_of(label, texts[0]);
        label->default_value = id_of(label, texts[1]);
    }
    free(all.words);
    return good;
}

static bool set_pattern(const struct node *at, const struct label_load *read,
                        struct catalog_label *label) {
    static const struct load_set none;
    const struct node here = loader_member(at, "pattern");
    struct error why;
    if (read->max == 0)
        return loader_fail(at, "a pattern needs \"max\": how many values the label has at most");
    label->kind = LABEL_PATTERN;
    label->max = read->max;
    label->pattern = catalog_pattern(at->load->catalog, read->pattern, &why);
    if (label->pattern == NULL)
        return loader_fail(&here, "%s", why.text);
    return set_values(at, &none, read->optional, label);
}

/*
 * {"values": {"env": "NAME"}}: the label has the values that the variable lists. If it is not set,
 * it has those that a pattern beside it matches, or only `otherwise` and `default`.
 */
static bool set_variable(const struct node *at, const struct label_load *read,
                         struct catalog_label *label) {
    const struct node values = loader_member(at, "values");
    const struct node variable = loader_member(&values, "env");
    const bool has_default = json_object_get(at->value, "default") != NULL;
    const char *list = NULL;
    struct load_set set = {0};
    if (!loader_read_variable(&values, LISTED_BYTES_MAX, &label->variable, &list))
        return false;
    if (read->pattern == NULL && json_object_get(at->value, "otherwise") == NULL)
        return loader_fail(at,
                           "while %s is not set, no value is allowed: an \"otherwise\" is needed, "
                           "or a \"pattern\" that holds until then",
                           label->variable);
    if (read->pattern != NULL && !set_pattern(at, read, label))
        return false;
    if (list == NULL && read->pattern != NULL)
        return true;
    if (list == NULL) {
        if (!set_values(at, &set, read->optional, label))
            return false;
        loader_remark_unset(&variable, label->variable, label->values[label->otherwise].text,
                            has_default);
        return true;
    }
    label->kind = LABEL_VALUES;
    label->pattern = NULL;
    label->max = 0;
    if (!read_listed(&variable, list, label->variable, &set))
        return false;
    loader_remark_list(&variable, label->variable, &set);
    return set_values(at, &set, read->optional, label);
}

/* One of "values", "templates" and "pattern"; a pattern may accompany values from the
 * environment. */
static bool check_label_keys(const struct node *at, const json_t *values, bool templates,
                             bool pattern) {
    if (templates && (values != NULL || pattern))
        return loader_fail(at,
                           "a label has \"values\", \"templates\" or a \"pattern\": one of them");
    if (values != NULL && pattern && !json_is_object(values))
        return loader_fail(at, "a label has \"values\" or a \"pattern\", not both; fixed texts "
                               "beside a pattern are its \"otherwise\" and \"default\"");
    if (values == NULL && !templates && !pattern)
        return loader_fail(at, "\"values\", \"templates\", \"pattern\" or \"const\" is needed");
    if (!pattern && json_object_get(at->value, "max") != NULL)
        return loader_fail(at, "\"max\" belongs to a pattern; listed values count themselves");
    if (pattern && json_object_get(values, "file") != NULL)
        return loader_fail(at, "values of a file need no \"pattern\" beside them: while the file "
                               "is missing, the catalog is refused");
    return true;
}

static bool read_label_object(const struct node *at, struct catalog_label *label) {
    const struct node constant = loader_member(at, "const");
    const struct node values = loader_member(at, "values");
    const struct node templates = loader_member(at, "templates");
    struct label_load read = {0};
    struct catalog_word word = {0};
    struct load_set set = {0};
    if (!loader_read_object(at, &loader_label_keys, &read))
        return false;
    if (constant.value != NULL) {
        if (json_object_size(at->value) > 1)
            return loader_fail(at, "a label with \"const\" has that one value and no other key");
        if (!read_word(&constant, &word))
            return false;
        catalog_label_set_values(at->load->catalog, label, &word, 1);
        label->kind = LABEL_CONST;
        label->default_value = 0;
        return true;
    }
    if (!check_label_keys(at, values.value, templates.value != NULL, read.pattern != NULL))
        return false;
    if (json_object_get(values.value, "file") != NULL)
        return loader_read_file(&values, &label->file, &set) &&
               set_values(at, &set, read.optional, label);
    if (json_is_object(values.value))
        return set_variable(at, &read, label);
    if (read.pattern != NULL)
        return set_pattern(at, &read, label);
    label->templates = templates.value != NULL;
    return (label->templates ? read_templates(&templates, &set) : read_values(&values, &set)) &&
           set_values(at, &set, read.optional, label);
}

bool loader_check_label_name(const struct node *at, const char *name) {
    if (!loader_is_name(name) || strlen(name) > CATALOG_NAME_MAX)
        return loader_fail(at, "the name of a label is [a-zA-Z_][a-zA-Z0-9_]*, at most %d bytes",
                           CATALOG_NAME_MAX);
    if (text_begins(name, "__"))
        return loader_fail(at, "names that start with __ belong to Prometheus");
    if (strcmp(name, "le") == 0 || strcmp(name, "quantile") == 0)
        return loader_fail(at, "\"%s\" belongs to histograms and summaries and can't be declared",
                           name);
    if (at->load->catalog->scope_count > 0 && text_begins(name, "otel_scope_"))
        return loader_fail(at, "names that start with otel_scope_ come from /scope");
    return true;
}

static bool read_label(const struct node *at, struct catalog_label *label) {
    const char *name = at->place.key;
    struct load_set set = {0};
    if (!loader_check_label_name(at, name))
        return false;
    if (!at->load->catalog->ignores_all && catalog_ignores(at->load->catalog, name, strlen(name)))
        return loader_fail(at, "/ignore_labels strips this label from every line; declare it or "
                               "ignore it");
    *label =
        (struct catalog_label){.name = arena_strndup(&at->load->catalog->arena, name, strlen(name)),
                               .kind = LABEL_VALUES,
                               .otherwise = -1,
                               .default_value = -1};
    if (json_is_object(at->value))
        return read_label_object(at, label);
    if (!json_is_string(at->value) && !json_is_array(at->value))
        return loader_fail_type(at, "a set's name, an array of values or an object");
    return read_values(at, &set) && set_values(at, &set, false, label);
}

static int by_label_name(const void *a, const void *b) {
    const struct catalog_label *left = a;
    const struct catalog_label *right = b;
    return strcmp(left->name, right->name);
}

bool loader_read_labels(const struct node *at, struct catalog_family *family) {
    const size_t count = json_object_size(at->value);
    struct walk walk = {0};
    struct node here;
    uint32_t done = 0;
    bool good = true;
    if (!loader_is_object(at) || !loader_is_within(at, count, CATALOG_LABELS_MAX, "labels"))
        return false;
    struct catalog_label *labels = arena_array(&at->load->catalog->arena, count, sizeof *labels);
    while (loader_next(at, &walk, &here))
        good = read_label(&here, &labels[done++]) && good;
    if (!good)
        return false;
    if (done > 1)
        qsort(labels, done, sizeof *labels, by_label_name);
    family->labels = labels;
    family->label_count = done;
    return true;
}
