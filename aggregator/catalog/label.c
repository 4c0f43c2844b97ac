/* SPDX-License-Identifier: MIT */
/* label.c - labels and their values: lists, patterns, templates, and an example of each. */
#include "catalog/catalog_private.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/text.h"

/* ---- text ----
 * Texts for the constants of the model, as used in catalog files and label values.
 */

const char *catalog_attempts_part_key(enum attempts_part part) {
    static const char *const texts[ATTEMPTS_PART_COUNT] = {
        [ATTEMPTS_TOTAL] = "attempts_total",
        [ATTEMPTS_ERRORS] = "errors_total",
        [ATTEMPTS_CONSECUTIVE] = "consecutive_failures",
        [ATTEMPTS_LAST_SUCCESS] = "last_success_timestamp_seconds",
        [ATTEMPTS_LAST_ERROR] = "last_error_timestamp_seconds",
        [ATTEMPTS_OPENED] = "circuit_open_total",
        [ATTEMPTS_WOULD_OPEN] = "circuit_would_open_total",
        [ATTEMPTS_STATE] = "circuit_state",
        [ATTEMPTS_TRANSITIONS] = "circuit_transitions_total",
        [ATTEMPTS_STATE_SECONDS] = "circuit_state_seconds_total",
        [ATTEMPTS_DENIED] = "denied_total",
        [ATTEMPTS_FORCED] = "circuit_forced",
        [ATTEMPTS_SILENT] = "circuit_silent_epochs_total",
        [ATTEMPTS_OVERDUE_SECONDS] = "overdue_seconds",
        [ATTEMPTS_DURATION] = "duration_seconds",
    };
    return texts[part];
}

const char *catalog_breaker_state_text(enum breaker_state state) {
    static const char *const texts[BREAKER_STATE_COUNT] = {
        [BREAKER_CLOSED] = "closed",
        [BREAKER_OPEN] = "open",
        [BREAKER_HALF_OPEN] = "half_open",
    };
    return texts[state];
}

const char *catalog_breaker_denial_text(enum breaker_denial denial) {
    static const char *const texts[BREAKER_DENIAL_COUNT] = {
        [DENIED_OPEN] = "open", [DENIED_HALF_OPEN] = "half_open", [DENIED_FORCED] = "forced"};
    return texts[denial];
}

const struct catalog_key catalog_breaker_keys[CATALOG_BREAKER_KEYS] = {
#define BREAKER_KEY(key, member, form, least, most, left_out, ...)                                 \
    {key, CATALOG_##form, offsetof(struct catalog_breaker, member), least, most},
#include "catalog/breaker.def"
#undef BREAKER_KEY
};

#define KEPT_COUNT(value)   (value)
#define KEPT_NUMBER(value)  (value)
#define KEPT_SECONDS(value) ((value)*INT64_C(1000))
const struct catalog_breaker catalog_breaker_defaults = {
#define BREAKER_KEY(key, member, form, least, most, left_out, ...) .member = KEPT_##form(left_out),
#include "catalog/breaker.def"
#undef BREAKER_KEY
};

const struct catalog_key catalog_duty_keys[CATALOG_DUTY_KEYS] = {
#define DUTY_KEY(key, member, form, least, most, left_out, ...)                                    \
    {key, CATALOG_##form, offsetof(struct catalog_duty, member), least, most},
#include "catalog/duty.def"
#undef DUTY_KEY
};

const struct catalog_duty catalog_duty_defaults = {
#define DUTY_KEY(key, member, form, least, most, left_out, ...) .member = KEPT_##form(left_out),
#include "catalog/duty.def"
#undef DUTY_KEY
};

double catalog_number(const void *of, const struct catalog_key *key) {
    const char *at = (const char *)of + key->at;
    switch (key->form) {
    case CATALOG_COUNT:
        return *(const uint32_t *)(const void *)at;
    case CATALOG_SECONDS:
        return (double)*(const int64_t *)(const void *)at / 1000;
    case CATALOG_NUMBER:
        break;
    }
    return *(const double *)(const void *)at;
}

const char *catalog_jobs_part_key(enum jobs_part part) {
    static const char *const texts[JOBS_PART_COUNT] = {
        [JOBS_LIVE] = "jobs",
        [JOBS_OLDEST_QUEUED] = "oldest_queued_age_seconds",
        [JOBS_OLDEST_RUNNING] = "oldest_running_age_seconds",
        [JOBS_WAITING] = "waiting_seconds",
        [JOBS_RUNNING] = "running_seconds",
        [JOBS_FINISHED] = "finished_total",
        [JOBS_STARTED] = "started_total",
        [JOBS_MISSED] = "missed_total",
        [JOBS_OVERDUE] = "overdue_seconds",
        [JOBS_NEXT_START] = "next_start_timestamp_seconds",
        [JOBS_CONSECUTIVE] = "consecutive_failures",
        [JOBS_LAST_EXIT] = "last_exit_status",
        [JOBS_LAST_DURATION] = "last_duration_seconds",
        [JOBS_LAST_SUCCESS] = "last_success_timestamp_seconds",
    };
    return texts[part];
}

const char *catalog_job_outcome_text(enum job_outcome outcome) {
    static const char *const texts[JOB_OUTCOME_COUNT] = {
        [JOB_SUCCEEDED] = "succeeded",
        [JOB_FAILED] = "failed",
        [JOB_CANCELED] = "canceled",
        [JOB_LOST] = "lost",
    };
    return texts[outcome];
}

const char *catalog_job_state_text(enum job_state state) {
    static const char *const texts[JOB_STATE_COUNT] = {
        [JOB_QUEUED] = "queued",
        [JOB_RUNNING] = "running",
    };
    return texts[state];
}

/* ---- template: Keys of route templates, as in GET /v1/images/{name}. ---- */

static bool is_letter(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
}

static size_t name_len(const char *text, size_t len) {
    size_t at = 0;
    while (at < len && (is_letter(text[at]) || (at > 0 && text[at] >= '0' && text[at] <= '9')))
        at++;
    return at;
}

/* Append the text between the braces to the key, without the name. Returns false if it is not a
 * variable. */
static bool variable_key(const char *text, size_t len, char *key, size_t *key_len) {
    const size_t star = len > 0 && text[0] == '*';
    const size_t name = name_len(text + star, len - star);
    const char *rest = text + star + name;
    const size_t rest_len = len - star - name;
    const bool is_end = name == 0 && star == 0 && rest_len == 1 && rest[0] == '$';
    const bool is_rest = name > 0 && star == 0 && rest_len == 3 && memcmp(rest, "...", 3) == 0;
    if (!is_end && !is_rest && (name == 0 || rest_len > 0))
        return false;
    memcpy(key + *key_len, text, star);
    memcpy(key + *key_len + star, rest, rest_len);
    *key_len += star + rest_len;
    return true;
}

size_t catalog_template_key(const char *text, size_t len, char ret_key[CATALOG_VALUE_MAX + 1]) {
    if (len > CATALOG_VALUE_MAX)
        return 0;
    size_t key_len = 0;
    for (size_t at = 0; at < len; at++) {
        if (text[at] == '}')
            return 0;
        ret_key[key_len++] = text[at];
        if (text[at] != '{')
            continue;
        const char *close = memchr(text + at, '}', len - at);
        if (close == NULL)
            return 0;
        const size_t end = (size_t)(close - text);
        if (!variable_key(text + at + 1, end - at - 1, ret_key, &key_len))
            return 0;
        ret_key[key_len++] = '}';
        at = end;
    }
    ret_key[key_len] = '\0';
    return key_len;
}

/* ---- values ----
 * Lists of declared values, shared: a thousand labels with the same ten thousand values store them
 * once.
 */

/*
 * Up to COMPARED_MAX spellings are compared one by one. That costs one length check each, which is
 * as fast as hashing the text once.
 */
enum { COMPARED_MAX = 8, LISTS_LEAST = 16 };

/* ---- making one ---- */

static bool is_plain(const char *text) {
    return text[strcspn(text, "\\\"\n")] == '\0';
}

static struct bare_slots make_index(struct arena *arena, const struct wire_spelling *spellings,
                                    uint32_t count) {
    uint32_t size = 2 * COMPARED_MAX;
    while (size < 2 * count)
        size *= 2;
    struct bare_slots ids = {arena_array(arena, size, BARE_SLOTS_CELL_BYTES), size - 1};
    for (uint32_t id = 0; id < count; id++)
        bare_slots_add(&ids, (uint32_t)hash_bytes(spellings[id].text, spellings[id].len, 0), id);
    return ids;
}

/* Copy a value and its wire spelling, which are mostly the same text. */
static void copy_word(struct arena *arena, const struct catalog_word *word,
                      struct catalog_value *ret_value, struct wire_spelling *ret_spelling) {
    const size_t len = strlen(word->text);
    const size_t wire_len = strlen(word->wire);
    const bool same = strcmp(word->text, word->wire) == 0;
    const char *text = arena_strndup(arena, word->text, len);
    const char *wire = same ? text : arena_strndup(arena, word->wire, wire_len);
    *ret_value =
        (struct catalog_value){.text = text, .len = (uint32_t)len, .plain = is_plain(text)};
    *ret_spelling = (struct wire_spelling){.text = wire, .len = (uint32_t)wire_len};
}

static struct value_list *make_list(struct catalog *catalog, const struct catalog_word *words,
                                    size_t count, uint64_t hash) {
    struct arena *arena = &catalog->arena;
    struct catalog_value *values = arena_array(arena, count, sizeof *values);
    struct wire_spelling *spellings = arena_array(arena, count, sizeof *spellings);
    struct value_list *list = arena_alloc(arena, sizeof *list);
    for (size_t i = 0; i < count; i++)
        copy_word(arena, &words[i], &values[i], &spellings[i]);
    *list = (struct value_list){
        .hash = hash,
        .count = (uint32_t)count,
        .values = values,
        .wire = {.list = (uint32_t)catalog->values.count, .spellings = spellings}};
    if (count > COMPARED_MAX)
        list->wire.ids = make_index(arena, spellings, (uint32_t)count);
    return list;
}

/* ---- finding it again ---- */

static uint64_t words_hash(const struct catalog_word *words, size_t count) {
    uint64_t hash = count;
    for (size_t i = 0; i < count; i++) {
        hash = hash_bytes(words[i].text, strlen(words[i].text), hash);
        hash = hash_bytes(words[i].wire, strlen(words[i].wire), hash);
    }
    return hash;
}

static bool has_words(const struct value_list *list, const struct catalog_word *words,
                      size_t count) {
    if (list->count != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (strcmp(list->values[i].text, words[i].text) != 0 ||
            strcmp(list->wire.spellings[i].text, words[i].wire) != 0)
            return false;
    return true;
}

/* Make room for one more list; the table stays at most half full. */
static void make_room(struct value_lists *lists) {
    if (lists->count * 2 < lists->size)
        return;
    const size_t size = lists->size > 0 ? lists->size * 2 : LISTS_LEAST;
    const struct value_list **slots = memory_array(size, sizeof *slots);
    for (size_t i = 0; i < lists->size; i++) {
        if (lists->slots[i] == NULL)
            continue;
        size_t at = (size_t)lists->slots[i]->hash & (size - 1);
        while (slots[at] != NULL)
            at = (at + 1) & (size - 1);
        slots[at] = lists->slots[i];
    }
    free(lists->slots);
    lists->slots = slots;
    lists->size = size;
}

/* Find the catalog's list of these words (sorted, unique), or make one with copies of the words. */
static const struct value_list *values_list(struct catalog *catalog,
                                            const struct catalog_word *words, size_t count) {
    struct value_lists *lists = &catalog->values;
    const uint64_t hash = words_hash(words, count);
    make_room(lists);
    size_t at = (size_t)hash & (lists->size - 1);
    for (; lists->slots[at] != NULL; at = (at + 1) & (lists->size - 1))
        if (lists->slots[at]->hash == hash && has_words(lists->slots[at], words, count))
            return lists->slots[at];
    const struct value_list *list = make_list(catalog, words, count, hash);
    lists->slots[at] = list;
    lists->count++;
    return list;
}

bool catalog_list_next(const struct catalog *catalog, size_t *at,
                       struct catalog_value_list *ret_list) {
    const struct value_lists *lists = &catalog->values;
    while (*at < lists->size && lists->slots[*at] == NULL)
        ++*at;
    if (*at == lists->size)
        return false;
    const struct value_list *list = lists->slots[(*at)++];
    *ret_list = (struct catalog_value_list){
        .number = list->wire.list, .values = list->values, .count = list->count};
    return true;
}

void catalog_values_done(struct value_lists *lists) {
    free(lists->slots);
    *lists = (struct value_lists){0};
}

size_t catalog_values_bytes(const struct value_lists *lists) {
    return lists->size * sizeof *lists->slots;
}

/* ---- pattern ----
 * Patterns of labels: PCRE2, anchored at both ends, with bounded work for every expression.
 */

/*
 * Limits on the work of one match: at worst about 1 ms without a JIT compiler (a service that may
 * not map executable memory), microseconds otherwise. A text that would need more does not match. A
 * text has at most CATALOG_VALUE_MAX bytes; expressions without nested repeats need a third of the
 * limit.
 */
enum { MATCH_LIMIT = 1000, DEPTH_LIMIT = 1000, HEAP_LIMIT_KIB = 512 };

/* Size of match data and limits; the library does not report it. */
enum { MATCH_BYTES = 512 };

static const struct {
    const char *name;
    const char *source;
} named[] = {
    {"uuid", "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"},
    {"integer", "0|-?[1-9][0-9]{0,18}"},
    {"slug", "[a-z0-9]++(?:-[a-z0-9]++)*+"},
    {"semver", "(?:0|[1-9][0-9]*+)(?:\\.(?:0|[1-9][0-9]*+)){2}"
               "(?:-(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
               "(?:\\.(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*)?"
               "(?:\\+[0-9A-Za-z-]++(?:\\.[0-9A-Za-z-]++)*+)?"},
    {"status_code", "[1-5][0-9]{2}"},
};

enum { NAMED_COUNT = sizeof named / sizeof named[0] };

static const char *expression(const char *source) {
    for (size_t i = 0; i < NAMED_COUNT; i++)
        if (strcmp(source, named[i].name) == 0)
            return named[i].source;
    return source;
}

/* Whether the source has no operator: it would match only itself, so it is a mistyped name rather
 * than an expression. */
static bool is_bare_word(const char *source) {
    return source[strspn(source, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "0123456789_- ")] == '\0';
}

static pcre2_code *compile(const char *source, struct error *ret_error) {
    /* Anchor by options rather than by text around the source, so that an expression with `|` or
     * `)` cannot escape the anchors. */
    const uint32_t options =
        PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_NEVER_BACKSLASH_C;
    int code = 0;
    PCRE2_SIZE at = 0;
    pcre2_code *compiled =
        pcre2_compile((PCRE2_SPTR)source, PCRE2_ZERO_TERMINATED, options, &code, &at, NULL);
    if (compiled == NULL) {
        PCRE2_UCHAR text[160];
        if (pcre2_get_error_message(code, text, sizeof text) < 0)
            text[0] = '\0';
        error_set(ret_error, "bad expression at character %zu: %s", (size_t)at + 1,
                  (const char *)text);
        return NULL;
    }
    /* If PCRE2 cannot compile to machine code here, or has no memory for it, matching interprets
     * the pattern. */
    (void)pcre2_jit_compile(compiled, PCRE2_JIT_COMPLETE);
    return compiled;
}

struct pattern *catalog_pattern_new(const char *source, struct error *ret_error) {
    const char *wanted = expression(source);
    if (strlen(source) > CATALOG_PATTERN_MAX) {
        error_set(ret_error, "the expression has more than %d bytes", CATALOG_PATTERN_MAX);
        return NULL;
    }
    if (wanted == source && is_bare_word(source)) {
        error_set(ret_error,
                  "\"%s\" is neither a named pattern (uuid, integer, slug, semver, "
                  "status_code) nor an expression; for fixed texts use values",
                  source);
        return NULL;
    }
    struct pattern *pattern = memory_alloc(sizeof *pattern);
    pattern->source = memory_strndup(source, strlen(source));
    pattern->code = compile(wanted, ret_error);
    if (pattern->code == NULL) {
        catalog_pattern_free(pattern);
        return NULL;
    }
    pattern->match = pcre2_match_data_create(1, NULL);
    pattern->limits = pcre2_match_context_create(NULL);
    if (pattern->match == NULL || pattern->limits == NULL)
        memory_end(strlen(source));
    (void)pcre2_set_match_limit(pattern->limits, MATCH_LIMIT);
    (void)pcre2_set_depth_limit(pattern->limits, DEPTH_LIMIT);
    (void)pcre2_set_heap_limit(pattern->limits, HEAP_LIMIT_KIB);
    return pattern;
}

void catalog_pattern_free(struct pattern *pattern) {
    if (pattern == NULL)
        return;
    pcre2_match_context_free(pattern->limits);
    pcre2_match_data_free(pattern->match);
    pcre2_code_free(pattern->code);
    free(pattern->source);
    free(pattern);
}

bool catalog_pattern_match(const struct pattern *pattern, const char *text, size_t len) {
    if (len == 0 || len > CATALOG_VALUE_MAX)
        return false;
    const int found =
        pcre2_match(pattern->code, (PCRE2_SPTR)text, len, 0, 0, pattern->match, pattern->limits);
    if (found < 0)
        return false;
    /* `\K` moves the start of a match, so the match may not cover the whole text. */
    const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(pattern->match);
    return ends[0] == 0 && ends[1] == len;
}

uint64_t catalog_pattern_bytes(const struct pattern *pattern) {
    size_t code = 0;
    size_t machine_code = 0;
    (void)pcre2_pattern_info(pattern->code, PCRE2_INFO_SIZE, &code);
    (void)pcre2_pattern_info(pattern->code, PCRE2_INFO_JITSIZE, &machine_code);
    return sizeof *pattern + strlen(pattern->source) + 1 + code + machine_code + MATCH_BYTES;
}

const char *catalog_pattern_source(const struct pattern *pattern) {
    return pattern->source;
}

/* ---- label: Declared label values and the look-up of their wire spellings. ---- */

static int by_text(const void *a, const void *b) {
    const struct catalog_word *left = a;
    const struct catalog_word *right = b;
    return strcmp(left->text, right->text);
}

void catalog_words_sort(struct catalog_word *words, size_t count) {
    if (count > 1)
        qsort(words, count, sizeof *words, by_text);
}

void catalog_label_set_values(struct catalog *catalog, struct catalog_label *label,
                              const struct catalog_word *words, size_t count) {
    const struct value_list *list = values_list(catalog, words, count);
    label->values = list->values;
    label->value_count = list->count;
    label->wire = &list->wire;
    label->bound = (uint64_t)count + label->max;
}

uint32_t catalog_label_list(const struct catalog_label *label) {
    return label->wire != NULL ? label->wire->list : UINT32_MAX;
}

uint64_t catalog_label_longest(const struct catalog_label *label) {
    uint64_t longest = label->kind == LABEL_PATTERN ? CATALOG_VALUE_MAX : 0;
    for (uint32_t i = 0; i < label->value_count; i++)
        if (label->values[i].len > longest)
            longest = label->values[i].len;
    return longest;
}

static bool is_spelling(const struct wire_spelling *spelling, const char *text, size_t len) {
    return spelling->len == len && memcmp(spelling->text, text, len) == 0;
}

static int32_t find_spelling(const struct catalog_label *label, const char *wire, size_t len) {
    const struct wire_index *index = label->wire;
    if (index->ids.cells == NULL) {
        for (uint32_t id = 0; id < label->value_count; id++)
            if (is_spelling(&index->spellings[id], wire, len))
                return (int32_t)id;
        return -1;
    }
    uint32_t at = (uint32_t)hash_bytes(wire, len, 0);
    uint32_t id;
    while ((id = bare_slots_next(&index->ids, &at)) != SLOTS_NONE)
        if (is_spelling(&index->spellings[id], wire, len))
            return (int32_t)id;
    return -1;
}

int32_t catalog_label_find(const struct catalog_label *label, const char *wire, size_t len) {
    if (len == 0) /* the pointer of an empty span may be NULL */
        return catalog_label_is_optional(label) ? label->default_value : -1;
    if (!label->templates)
        return find_spelling(label, wire, len);
    char key[CATALOG_VALUE_MAX + 1];
    const size_t key_len = catalog_template_key(wire, len, key);
    return key_len > 0 ? find_spelling(label, key, key_len) : -1;
}

int32_t catalog_label_find_text(const struct catalog_label *label, const char *text, size_t len) {
    uint32_t low = 0;
    uint32_t high = label->value_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const struct catalog_value *value = &label->values[middle];
        const int order = text_compare(text, len, value->text, value->len);
        if (order == 0)
            return (int32_t)middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return -1;
}

const char *catalog_label_wire(const struct catalog_label *label, uint32_t id) {
    return label->templates ? label->values[id].text : label->wire->spellings[id].text;
}

static bool is_label_byte(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9');
}

void catalog_attribute_label(const char *key, char ret_label[CATALOG_NAME_MAX + 1]) {
    size_t len = 0;
    for (; *key && len < CATALOG_NAME_MAX; key++) {
        if (is_label_byte(*key))
            ret_label[len++] = *key;
        else if (len == 0 || ret_label[len - 1] != '_')
            ret_label[len++] = '_';
    }
    ret_label[len] = '\0';
}
