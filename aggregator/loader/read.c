/* SPDX-License-Identifier: MIT */
/* read.c - values of a catalog's document: what they are, where they are, what is wrong with them.
 */
#include "loader/loader_private.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"

/* ---- mistakes ---- */

static bool is_full(const struct load *load) {
    return load->faults >= (load->source->fault != NULL ? FAULTS_MAX : 1);
}

static bool report(struct load *load, const struct error *error) {
    if (load->faults == 0)
        *load->error = *error;
    if (load->source->fault != NULL && !is_full(load))
        load->source->fault(load->source->fault_arg, error);
    load->faults++;
    return false;
}

bool loader_fail(const struct node *at, const char *format, ...) {
    struct error error;
    char text[ERROR_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    (void)json_jsondoc_fail(&error, &at->place, "%s", text);
    return report(at->load, &error);
}

bool loader_fail_type(const struct node *at, const char *wanted) {
    static const char *const types[] = {
        [JSON_OBJECT] = "an object",    [JSON_ARRAY] = "an array", [JSON_STRING] = "a string",
        [JSON_INTEGER] = "a number",    [JSON_REAL] = "a number",  [JSON_TRUE] = "true or false",
        [JSON_FALSE] = "true or false", [JSON_NULL] = "null"};
    return loader_fail(at, "expected %s, found %s", wanted, types[json_typeof(at->value)]);
}

bool loader_fail_unknown(const struct node *at, const char *what, const char *name,
                         const char *const *known, const char *otherwise) {
    const char *nearest = nearest_word(name, known);
    if (nearest != NULL)
        return loader_fail(at, "%s; did you mean \"%s\"?", what, nearest);
    return loader_fail(at, "%s; %s", what, otherwise);
}

/* ---- nodes ---- */

struct node loader_member(const struct node *of, const char *key) {
    return (struct node){.place = {.parent = &of->place, .key = key},
                         .value = json_object_get(of->value, key),
                         .load = of->load};
}

struct node loader_item(const struct node *of, size_t index) {
    return (struct node){.place = {.parent = &of->place, .index = index},
                         .value = json_array_get(of->value, index),
                         .load = of->load};
}

bool loader_next(const struct node *of, struct walk *walk, struct node *ret_here) {
    const size_t index = walk->index++;
    if (is_full(of->load))
        return false;
    if (json_is_array(of->value)) {
        *ret_here = loader_item(of, index);
        return ret_here->value != NULL;
    }
    walk->iter =
        index == 0 ? json_object_iter(of->value) : json_object_iter_next(of->value, walk->iter);
    if (walk->iter == NULL)
        return false;
    *ret_here =
        (struct node){.place = {.parent = &of->place, .key = json_object_iter_key(walk->iter)},
                      .value = json_object_iter_value(walk->iter),
                      .load = of->load};
    return true;
}

/* ---- values ---- */

bool loader_is_object(const struct node *at) {
    return json_is_object(at->value) || loader_fail_type(at, "an object");
}

bool loader_read_each(const struct node *at, bool (*read)(const struct node *at)) {
    struct walk walk = {0};
    struct node here;
    bool good = true;
    if (!loader_is_object(at))
        return false;
    while (loader_next(at, &walk, &here))
        good = read(&here) && good;
    return good;
}

bool loader_is_within(const struct node *at, size_t count, size_t items_max, const char *what) {
    return count <= items_max ||
           loader_fail(at, "%zu %s, at most %zu are allowed", count, what, items_max);
}

bool loader_is_array(const struct node *at, size_t items_max) {
    if (!json_is_array(at->value))
        return loader_fail_type(at, "an array");
    return loader_is_within(at, json_array_size(at->value), items_max, "items");
}

bool loader_borrow_text(const struct node *at, size_t len_max, const char **ret_text) {
    if (!json_is_string(at->value))
        return loader_fail_type(at, "a string");
    const size_t len = json_string_length(at->value);
    if (len == 0)
        return loader_fail(at, "the text is empty");
    *ret_text = json_string_value(at->value);
    return loader_is_within(at, len, len_max, "bytes");
}

bool loader_read_text(const struct node *at, size_t len_max, const char **ret_text) {
    const char *text = NULL;
    if (!loader_borrow_text(at, len_max, &text))
        return false;
    *ret_text = arena_strndup(&at->load->catalog->arena, text, json_string_length(at->value));
    return true;
}

bool loader_read_number(const struct node *at, double *ret_value) {
    if (!json_is_number(at->value))
        return loader_fail_type(at, "a number");
    *ret_value = json_number_value(at->value) + 0.0; /* -0 becomes 0 */
    return true;
}

bool loader_read_count(const struct node *at, uint64_t min, uint64_t max, uint64_t *ret_value) {
    if (json_is_real(at->value))
        return loader_fail(at, "expected a whole number, without point and exponent");
    if (!json_is_integer(at->value))
        return loader_fail_type(at, "a whole number");
    const json_int_t number = json_integer_value(at->value);
    if (number < 0 || (uint64_t)number < min || (uint64_t)number > max)
        return loader_fail(at, "%lld is not from %llu to %llu", (long long)number,
                           (unsigned long long)min, (unsigned long long)max);
    *ret_value = (uint64_t)number;
    return true;
}

static bool read_seconds(const struct node *at, bool or_0, double seconds_max, int64_t *ret_ms) {
    double seconds = 0;
    if (!loader_read_number(at, &seconds))
        return false;
    if (seconds < 0 || (seconds <= 0 && !or_0) || seconds > seconds_max)
        return loader_fail(at,
                           or_0 ? "seconds from 0 to %.0f are expected"
                                : "seconds above 0 and at most %.0f are expected",
                           seconds_max);
    *ret_ms = (int64_t)ceil(seconds * 1000);
    return true;
}

bool loader_read_seconds(const struct node *at, double seconds_max, int64_t *ret_ms) {
    return read_seconds(at, false, seconds_max, ret_ms);
}

bool loader_read_increasing(const struct node *at, size_t items_max, const char *what,
                            const double **ret_items, uint32_t *ret_count) {
    if (!loader_is_array(at, items_max))
        return false;
    const size_t count = json_array_size(at->value);
    if (count == 0)
        return loader_fail(at, "at least one %s is needed", what);
    double *items = arena_array(&at->load->catalog->arena, count, sizeof *items);
    for (size_t i = 0; i < count; i++) {
        const struct node here = loader_item(at, i);
        if (!loader_read_number(&here, &items[i]))
            return false;
        if (i > 0 && items[i] <= items[i - 1])
            return loader_fail(&here, "%ss must increase: %.15g after %.15g", what, items[i],
                               items[i - 1]);
    }
    *ret_items = items;
    *ret_count = (uint32_t)count;
    return true;
}

bool loader_read_texts(const struct node *at, size_t items_max, const char *forbidden,
                       struct load_texts *ret_texts) {
    if (!loader_is_array(at, items_max))
        return false;
    const size_t count = json_array_size(at->value);
    const char **items = arena_array(&at->load->catalog->arena, count, sizeof *items);
    for (size_t i = 0; i < count; i++) {
        const struct node here = loader_item(at, i);
        if (!loader_read_text(&here, CATALOG_NAME_MAX, &items[i]))
            return false;
        if (strpbrk(items[i], forbidden) != NULL)
            return loader_fail(&here, "\"%s\" has a byte that the wire does not allow there",
                               items[i]);
        for (size_t j = 0; j < i; j++)
            if (strcmp(items[j], items[i]) == 0)
                return loader_fail(&here, "\"%s\" is listed twice", items[i]);
    }
    *ret_texts = (struct load_texts){.items = items, .count = count};
    return true;
}

bool loader_read_names(const struct node *at, size_t items_max, const char *forbidden,
                       bool templates, struct load_texts *ret_texts) {
    if (!loader_read_texts(at, items_max, forbidden, ret_texts))
        return false;
    for (size_t i = 0; i < ret_texts->count; i++) {
        const struct node here = loader_item(at, i);
        if (strpbrk(ret_texts->items[i], templates ? "*?$^()[]\\" : "*?$^()[]\\{}") != NULL)
            return loader_fail(&here,
                               "\"%s\" looks like a pattern, but a name is compared whole: list "
                               "each name that is sent",
                               ret_texts->items[i]);
    }
    return true;
}

static int by_bytes(const void *a, const void *b) {
    const char *const *left = a;
    const char *const *right = b;
    return strcmp(*left, *right);
}

void loader_sort_texts(struct load_texts *texts) {
    if (texts->count > 1)
        qsort(texts->items, texts->count, sizeof texts->items[0], by_bytes);
}

bool loader_choose(const struct node *at, const struct load_word *words, unsigned *ret_value) {
    const char *text = json_is_string(at->value) ? json_string_value(at->value) : "";
    struct error known = {0};
    for (const struct load_word *word = words; word->word != NULL; word++) {
        if (strcmp(text, word->word) == 0) {
            *ret_value = word->value;
            return true;
        }
        (void)error_add(&known, "%s%s",
                        word == words          ? ""
                        : word[1].word == NULL ? " or "
                                               : ", ",
                        word->word);
    }
    return loader_fail(at, "expected %s", known.text);
}

bool loader_is_name(const char *text) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    return text[0] != '\0' && !(text[0] >= '0' && text[0] <= '9') &&
           text[strspn(text, letters)] == '\0';
}

bool loader_ends_with(const char *text, const char *end) {
    const size_t text_len = strlen(text);
    const size_t end_len = strlen(end);
    return text_len > end_len && strcmp(text + text_len - end_len, end) == 0;
}

/* ---- objects ---- */

const struct load_object *const loader_objects[] = {&loader_service_keys,  &loader_senders_keys,
                                                    &loader_family_keys,   &loader_label_keys,
                                                    &loader_attempts_keys, &loader_breaker_keys,
                                                    &loader_jobs_keys,     &loader_database_keys,
                                                    &loader_query_keys,    NULL};

bool loader_is_unread(const struct load *load, const char *section, size_t count) {
    return count == 0 && load->faults > 0 && json_object_get(load->root, section) != NULL;
}

bool loader_check_keys(const struct node *at, const char *const *known) {
    struct walk walk = {0};
    struct node here;
    bool good = true;
    while (loader_next(at, &walk, &here)) {
        assert(here.place.key != NULL);
        const char *const *name = known;
        while (*name != NULL && strcmp(*name, here.place.key) != 0)
            name++;
        if (*name != NULL)
            continue;
        struct error error;
        good = json_jsondoc_unknown_key(&error, &here.place, known);
        (void)report(at->load, &error);
    }
    return good;
}

static bool read_key(const struct node *at, const struct load_key *key, void *of) {
    void *to = (char *)of + key->at;
    uint64_t count = 0;
    switch (key->form) {
    case LOAD_OWN:
        return key->read == NULL || key->read(at, of);
    case LOAD_FLAG:
        *(bool *)to = json_is_true(at->value);
        return json_is_boolean(at->value) || loader_fail_type(at, "true or false");
    case LOAD_TEXT:
        return loader_read_text(at, (size_t)key->most, to);
    case LOAD_COUNT:
        if (!loader_read_count(at, (uint64_t)key->least, (uint64_t)key->most, &count))
            return false;
        *(uint32_t *)to = (uint32_t)count;
        return true;
    case LOAD_SIZE:
        return loader_read_count(at, (uint64_t)key->least, (uint64_t)key->most, to);
    case LOAD_SECONDS:
    case LOAD_SECONDS_OR_0:
        return read_seconds(at, key->form == LOAD_SECONDS_OR_0, key->most, to);
    case LOAD_WORD:
        return loader_choose(at, key->words, to);
    case LOAD_NUMBER:
        break;
    }
    double *number = to;
    if (!loader_read_number(at, number))
        return false;
    return (*number >= key->least && *number <= key->most) ||
           loader_fail(at, "a number from %g to %g is expected", key->least, key->most);
}

/* What belongs beside a key, and what does not. */
static bool check_company(const struct node *at, const struct node *here,
                          const struct load_key *key) {
    bool good = key->needs[0] == NULL;
    for (size_t i = 0; i < sizeof key->needs / sizeof key->needs[0] && key->needs[i] != NULL; i++)
        good = good || json_object_get(at->value, key->needs[i]) != NULL;
    if (key->excludes != NULL)
        good = good && json_object_get(at->value, key->excludes) == NULL;
    return good || loader_fail(here, "%s", key->why);
}

static bool check_left_out(const struct node *at, const struct load_key *key) {
    if (key->missing == NULL)
        return true;
    if (*key->missing == '\0')
        return loader_fail(at, "the key \"%s\" is missing", key->name);
    return loader_fail(at, "%s", key->missing);
}

bool loader_check_object(const struct node *at, const struct load_object *object) {
    enum { KEYS_MAX = 32 };
    const char *known[KEYS_MAX + 1] = {NULL};
    for (size_t i = 0; i < object->count; i++)
        known[i] = object->keys[i].name;
    return loader_is_object(at) && loader_check_keys(at, known);
}

bool loader_read_keys(const struct node *at, const struct load_object *object,
                      const struct kind_row *kind, bool known, void *of) {
    bool good = known;
    for (size_t i = 0; i < object->count && !is_full(at->load); i++) {
        const struct load_key *key = &object->keys[i];
        const struct node here = loader_member(at, key->name);
        const bool fits = kind == NULL || (key->kind & ~kind->keys) == 0;
        if (here.value == NULL)
            good = (!fits || !known || check_left_out(at, key)) && good;
        else if (!fits)
            good = loader_fail(&here, "%s; the type here is %s", key->only, kind->type);
        else
            good = read_key(&here, key, of) && check_company(at, &here, key) && good;
    }
    return good;
}

bool loader_read_object(const struct node *at, const struct load_object *object, void *of) {
    const bool known = loader_check_object(at, object);
    return json_is_object(at->value) && loader_read_keys(at, object, NULL, known, of);
}
