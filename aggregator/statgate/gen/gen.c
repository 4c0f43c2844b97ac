/* SPDX-License-Identifier: MIT */
/* gen.c - statgate gen: typed functions for a catalog, by header.mustache. */
#include "statgate/command.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/num.h"
#include "base/terminal.h"
#include "catalog/catalog.h"
#include "diagnostics/diagnostics.h"
#include "statgate.h"
#include "json/json.h"

/* ---- text ---- */

enum { LINE_COLUMNS = 96 }; /* columns of a comment's line, with " *" */

/* ---- identifiers and literals: ASCII, whatever the locale ---- */

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_word(char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_';
}

static void put_identifier(struct strbuf *out, const char *text) {
    for (; *text; text++)
        strbuf_putc(out, is_word(*text) ? *text : '_');
}

static void put_capitals(struct strbuf *out, const char *text) {
    for (; *text; text++) {
        const char c = is_word(*text) ? *text : '_';
        strbuf_putc(out, c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c);
    }
}

/* Escapes are octal, since these end after three digits. A question mark is escaped, as it could
 * begin a trigraph. */
static void put_string(struct strbuf *out, const char *text) {
    strbuf_putc(out, '"');
    for (; *text; text++) {
        const unsigned char byte = (unsigned char)*text;
        if (byte < 0x20 || byte >= 0x7f) {
            strbuf_printf(out, "\\%03o", byte);
            continue;
        }
        if (*text == '"' || *text == '\\' || *text == '?')
            strbuf_putc(out, '\\');
        strbuf_putc(out, *text);
    }
    strbuf_putc(out, '"');
}

/* ---- comments ---- */

/* Whether two bytes must be separated: they would begin or end a comment, or could begin a
 * trigraph. */
static bool is_apart(char before, char now) {
    return (before == '*' && now == '/') || (before == '/' && now == '*') ||
           (before == '?' && now == '?');
}

/* Write printable text. `before` is the byte before it. */
static void put_visible(struct strbuf *out, const char *text, size_t len, char before) {
    struct columns_glyph glyph;
    for (size_t at = 0; at < len; at += glyph.len) {
        glyph = terminal_columns_next(text + at, len - at);
        if (is_apart(before, text[at]))
            strbuf_putc(out, ' ');
        terminal_columns_put(out, text + at, glyph);
        before = text[at + glyph.len - 1];
    }
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Find the next word and move *text behind it. Returns its length; 0: none. */
static size_t next_word(const char **text, const char **ret_word) {
    while (is_blank(**text))
        ++*text;
    *ret_word = *text;
    while (**text && !is_blank(**text))
        ++*text;
    return (size_t)(*text - *ret_word);
}

static void put_remark(struct strbuf *out, const char *text) {
    const char *word;
    bool first = true;
    for (size_t len; (len = next_word(&text, &word)) > 0; first = false) {
        if (!first)
            strbuf_putc(out, ' ');
        put_visible(out, word, len, ' ');
    }
}

/* Append a text of any length as lines of a comment, each after " * ". Nothing for an empty
 * one. */
static void put_prose(struct strbuf *out, const char *text) {
    const char *word;
    size_t used = 0;
    for (size_t len; (len = next_word(&text, &word)) > 0;) {
        const size_t columns = terminal_columns_of(word, len);
        if (used == 0 || used + 1 + columns > LINE_COLUMNS) {
            strbuf_puts(out, used == 0 ? " *" : "\n *");
            used = 2;
        }
        strbuf_putc(out, ' ');
        put_visible(out, word, len, ' ');
        used += 1 + columns;
    }
    if (used > 0)
        strbuf_putc(out, '\n');
}

/* ---- names ---- */

/* A header that is being planned: a JSON document, as the templates want it. Objects that several
 * places show are shared, so that each gets its name once. */
struct plan {
    const struct catalog_set *set;
    json_t *document;
    json_t *names;      /* the identifiers of the header, each used once */
    struct strbuf text; /* of a name that is being made */
};

/* Macros, constants, types and functions of system headers whose names a catalog could produce:
 * service `sched` with a label `priority`. reserved.py writes the list. */
static const char *const reserved[] = {
#include "statgate/gen/reserved.def"
};

/* Set a member. */
static void put(json_t *object, const char *key, json_t *value) {
    (void)json_object_set_new(object, key, value);
}

static void add(json_t *list, json_t *value) {
    (void)json_array_append_new(list, value);
}

static json_t *string_of(struct strbuf *text) {
    json_t *string = json_stringn(text->data, text->len);
    strbuf_clear(text);
    return string;
}

/* Take the name in `text`, or the first free one with _2 or more at its end. In C, tags and
 * functions may share a name, but in C++ that is better avoided, so there is only one table. */
static json_t *take(struct plan *plan, json_t *names) {
    const size_t len = plan->text.len;
    json_t *next = json_object_get(names, strbuf_cstr(&plan->text)); /* the suffix to try next */
    for (json_int_t suffix = json_integer_value(next); next != NULL; suffix++) {
        plan->text.len = len;
        strbuf_printf(&plan->text, "_%" JSON_INTEGER_FORMAT, suffix);
        (void)json_integer_set(next, suffix + 1);
        if (json_object_get(names, strbuf_cstr(&plan->text)) == NULL)
            break;
    }
    put(names, strbuf_cstr(&plan->text), json_integer(2));
    return string_of(&plan->text);
}

static json_t *take_with(struct plan *plan, const char *stem, const char *end) {
    strbuf_printf(&plan->text, "%s_%s", stem, end);
    return take(plan, plan->names);
}

static const char *text_of(const json_t *object, const char *key) {
    return json_string_value(json_object_get(object, key));
}

/* ---- calls ---- */

enum use {
#define CALL(id, ...) USE_##id,
#include "statgate/gen/calls.def"
#undef CALL
    USE_COUNT_
};
enum { ASKS = 1, BY_TEXT = 2 };

static const struct call {
    const char *verb, *type, *use, *with, *takes, *passed, *further, *word;
    unsigned flags;
    const char *about;
} calls[] = {
#define CALL(id, ...) [USE_##id] = {__VA_ARGS__},
#include "statgate/gen/calls.def"
#undef CALL
};

/* Sizes of the client's structs with 64-bit pointers, so that a header is the same wherever it
 * is generated. */
enum { POINTER_BYTES = 8, METRIC_BYTES = 320, HISTOGRAM_BYTES = 1856, BREAKER_BYTES = 384 };

#define HAS_BYTES(name, size)                                                                      \
    _Static_assert(sizeof(void *) != 8 || sizeof(struct name) == (size), #name " has other bytes")
HAS_BYTES(statgate_counter, METRIC_BYTES);
HAS_BYTES(statgate_updown, METRIC_BYTES);
HAS_BYTES(statgate_gauge, METRIC_BYTES);
HAS_BYTES(statgate_attempts, METRIC_BYTES);
HAS_BYTES(statgate_jobs, METRIC_BYTES);
HAS_BYTES(statgate_histogram, HISTOGRAM_BYTES);
HAS_BYTES(statgate_breaker, BREAKER_BYTES);

static uint32_t bytes_of(const struct call *call) {
    return call == &calls[USE_OBSERVE] ? HISTOGRAM_BYTES
           : call->flags & ASKS        ? BREAKER_BYTES
                                       : METRIC_BYTES;
}

/* The first function of each kind's families. A kind that is missing here does not compile below.
 */
enum {
    FIRST_OF_COUNTER = USE_COUNT,
    FIRST_OF_READING = USE_SET,
    FIRST_OF_GAUGE = USE_SET,
    FIRST_OF_UPDOWNCOUNTER = USE_ADD,
    FIRST_OF_HISTOGRAM = USE_OBSERVE,
    FIRST_OF_SUMMARY = USE_OBSERVE,
    FIRST_OF_RELAYED = USE_SET,
    FIRST_OF_INFO = USE_DESCRIBE,
    FIRST_OF_STATESET = USE_SELECT,
    FIRST_OF_ATTEMPTS = USE_ATTEMPT,
    FIRST_OF_JOBS = USE_JOB
};
static const enum use firsts[KIND_COUNT] = {
#define KIND(id, ...) [KIND_##id] = (enum use)FIRST_OF_##id,
#include "catalog/kinds.def"
#undef KIND
};

/* ---- choices: the enums of a family, values of labels and words that functions take ---- */

/* Whether all values of a label are known when the header is generated. Lists from outside may
 * differ from host to host, so these labels are texts, like those with a pattern. */
static bool is_listed(const struct catalog_label *label) {
    return label->kind == LABEL_VALUES && !catalog_label_is_outside(label);
}

static json_t *add_choice(json_t *family, const char *key) {
    json_t *choice =
        json_pack("{s:s, s:i, s:i, s:[]}", "key", key, "count", 0, "longest", 0, "values");
    add(json_object_get(family, "choices"), choice);
    return choice;
}

/* Add a value: as exposed, and as written in lines. */
static void add_value(struct plan *plan, json_t *choice, const char *shown, const char *wire) {
    json_t *values = json_object_get(choice, "values");
    json_t *value = json_pack("{s:s}", "exposed", shown);
    put_remark(&plan->text, shown[0] != '\0' ? shown : "without the label");
    put(value, "shown", string_of(&plan->text));
    put_string(&plan->text, wire);
    put(value, "wire", string_of(&plan->text));
    add(values, value);
    put(choice, "count", json_integer((json_int_t)json_array_size(values)));
    json_t *longest = json_object_get(choice, "longest");
    if ((json_int_t)strlen(wire) > json_integer_value(longest))
        (void)json_integer_set(longest, (json_int_t)strlen(wire));
}

static json_t *add_label(struct plan *plan, json_t *family, const struct catalog_label *label) {
    json_t *choice = add_choice(family, label->name);
    for (uint32_t i = 0; i < label->value_count; i++)
        add_value(plan, choice, label->values[i].text, catalog_label_wire(label, i));
    return choice;
}

/* Add the words of a family's functions. */
static void add_words(struct plan *plan, json_t *family, const struct catalog_family *declared) {
    static const char *const events[] = {"queued", "started", "succeeded", "failed", "canceled"};
    const struct catalog_attempts *attempts = declared->attempts;
    json_t *choice = NULL;
    if (declared->state_label != NULL)
        (void)add_label(plan, family, declared->state_label);
    if (attempts != NULL)
        choice = add_choice(family, "outcome");
    for (uint32_t i = 0; attempts != NULL && i < attempts->word_count; i++)
        add_value(plan, choice, attempts->words[i], attempts->words[i]);
    if (attempts != NULL && attempts->breaker.reported) {
        choice = add_choice(family, "state");
        for (int i = 0; i < BREAKER_STATE_COUNT; i++) {
            const char *state = catalog_breaker_state_text((enum breaker_state)i);
            add_value(plan, choice, state, state);
        }
    }
    if (declared->jobs != NULL)
        choice = add_choice(family, "event");
    for (size_t i = 0; declared->jobs != NULL && i < sizeof events / sizeof *events; i++)
        add_value(plan, choice, events[i], events[i]);
    if (family_is_relayed(declared) && declared->quantile_count > 0)
        choice = add_choice(family, "quantile");
    for (uint32_t i = 0; family_is_relayed(declared) && i < declared->quantile_count; i++) {
        char text[NUM_TEXT_MAX + 1];
        text[num_put_go(text, declared->quantiles[i])] = '\0';
        add_value(plan, choice, text, text);
    }
}

/* Find the choice of these words. Search from the end: words come after the labels, and a label may
 * have the same name. */
static json_t *words_of(const json_t *family, const char *key) {
    const json_t *choices = json_object_get(family, "choices");
    for (size_t i = json_array_size(choices); key != NULL && i > 0; i--)
        if (strcmp(text_of(json_array_get(choices, i - 1), "key"), key) == 0)
            return json_array_get(choices, i - 1);
    return NULL;
}

/* ---- functions ---- */

/* Describe which texts the daemon accepts for an argument, and what becomes of others. */
static void put_rule(struct strbuf *out, const char *parameter, const struct catalog_label *label) {
    struct strbuf text;
    strbuf_init(&text);
    strbuf_printf(&text, "%s: ", parameter);
    if (label->variable != NULL)
        strbuf_printf(&text, "what the daemon's variable %s lists", label->variable);
    else if (label->file != NULL)
        strbuf_puts(&text, "what a file beside the daemon's catalog lists");
    else
        strbuf_printf(&text, "what matches %s, at most %u at a time",
                      catalog_pattern_source(label->pattern), (unsigned)label->max);
    if (label->otherwise >= 0)
        strbuf_printf(&text, "; others become \"%s\"", label->values[label->otherwise].text);
    if (catalog_label_is_optional(label))
        strbuf_puts(&text, "; NULL leaves the label out");
    else if (label->default_value >= 0)
        strbuf_printf(&text, "; NULL is \"%s\"", label->values[label->default_value].text);
    strbuf_putc(&text, '.');
    put_prose(out, strbuf_cstr(&text));
    strbuf_done(&text);
}

/* What the loops over a function's arguments gather. */
struct labels {
    uint64_t combinations; /* 0: too many for prepared metrics, or not all known */
    size_t bytes;          /* the most of all labels as a text: each with ':' and ',' */
    struct strbuf rules;
};

enum { PREPARED_MAX = 1024 }; /* metrics of a family */
_Static_assert((int)CATALOG_COMBINATIONS_MAX <= (int)PREPARED_MAX, "each breaker can be asked");

/* Add an argument, and its pair: `choice` is its values, or NULL for a text with `label`'s rule. */
static void add_argument(struct plan *plan, json_t *function, const char *key, json_t *choice,
                         const struct catalog_label *label, struct labels *labels) {
    const bool optional = choice == NULL && label->default_value >= 0;
    json_t *argument = json_pack("{s:s, s:O*}", "key", key, "choice", choice);
    put_identifier(&plan->text, key);
    strbuf_putc(&plan->text, '_'); /* so that it is no keyword, and hardly a macro */
    put(argument, "parameter", string_of(&plan->text));
    if (choice == NULL) {
        put_rule(&labels->rules, text_of(argument, "parameter"), label);
        (void)json_object_set(argument, "value", json_object_get(argument, "parameter"));
    }
    add(json_object_get(function, "arguments"), argument);
    (void)json_array_append(
        json_object_get(json_object_get(function, "pairs"), optional ? "optional" : "fixed"),
        argument);
    labels->combinations *= (uint64_t)json_integer_value(json_object_get(choice, "count"));
    if (labels->combinations > PREPARED_MAX)
        labels->combinations = 0;
    labels->bytes +=
        strlen(key) + 2 +
        (choice != NULL ? (size_t)json_integer_value(json_object_get(choice, "longest"))
                        : CATALOG_VALUE_MAX);
}

/* Add the arguments: the quantile of a relayed summary or the state of a stateset, then the labels,
 * except those with a constant value. Choices are in the order of the labels. */
static void add_arguments(struct plan *plan, const json_t *family, json_t *function,
                          const struct catalog_family *declared, const char *leading,
                          struct labels *labels) {
    const json_t *choices = json_object_get(family, "choices");
    if (leading != NULL)
        add_argument(plan, function, leading, words_of(family, leading), NULL, labels);
    for (uint32_t i = 0, next = 0; i < declared->label_count; i++) {
        const struct catalog_label *label = &declared->labels[i];
        if (label->kind != LABEL_CONST)
            add_argument(plan, function, label->name,
                         is_listed(label) ? json_array_get(choices, next++) : NULL, label, labels);
    }
}

/* Complete the pairs of a call, or take them away if there are none. */
static void end_pairs(json_t *service, json_t *function, size_t bytes) {
    json_t *pairs = json_object_get(function, "pairs");
    const size_t fixed = json_array_size(json_object_get(pairs, "fixed"));
    const size_t optional = json_array_size(json_object_get(pairs, "optional"));
    if (fixed + optional == 0) {
        (void)json_object_del(function, "pairs");
        return;
    }
    if (optional > 0)
        put(service, "has_default", json_true());
    put(pairs, "all", json_integer((json_int_t)fixed + (json_int_t)optional));
    put(pairs, "some", json_integer((json_int_t)fixed));
    put(pairs, "bytes", json_integer((json_int_t)bytes + 1));
    put(pairs, "count", optional > 0 ? json_string("count") : json_sprintf("%zu", fixed));
}

static void put_remarks(json_t *function, const struct catalog_family *declared, const char *about,
                        struct labels *labels) {
    struct strbuf text;
    strbuf_init(&text);
    put_prose(&text, declared->help);
    if (declared->help[0])
        strbuf_puts(&text, " *\n");
    struct strbuf first;
    strbuf_init(&first);
    strbuf_printf(&first, "%s: %s", text_of(function, "wire"), about);
    put_prose(&text, strbuf_cstr(&first));
    strbuf_put(&text, labels->rules.data, labels->rules.len);
    put(function, "remarks", string_of(&text));
    strbuf_done(&first);
    strbuf_done(&text);
    strbuf_done(&labels->rules);
}

/* Say how a function works: with prepared metrics, one for each combination of labels, those of the
 * breakers of `through`, or none. A report knows by the breaker which attempt was a probe, and
 * holds its ticket. */
static void add_function(struct plan *plan, json_t *service, json_t *family,
                         const struct catalog_family *declared, enum use use, json_t *through) {
    const struct call *call = &calls[use];
    const char *end = use == USE_SET_SUM ? "_sum" : use == USE_SET_COUNT ? "_count" : "";
    const char *own = text_of(family, "service");
    const char *leading = family_is_relayed(declared)     ? use == USE_SET ? "quantile" : NULL
                          : declared->state_label != NULL ? declared->name
                                                          : NULL;
    struct labels labels = {.combinations = 1};
    strbuf_init(&labels.rules);
    json_t *function =
        json_pack("{s:s, s:s*, s:s*, s:s*, s:s*, s:s*, s:s*, s:b, s:b, s:O*, s:O*, s:s+, s:[], "
                  "s:{s:[], s:[], s:s}}",
                  "verb", call->verb, "type", call->type, "use", call->use, "with", call->with,
                  "takes", call->takes, "passed", call->passed, "further", call->further, "asks",
                  (call->flags & ASKS) != 0, "by_text", (call->flags & BY_TEXT) != 0, "word",
                  words_of(family, call->word), "through", through, "wire", declared->name, end,
                  "arguments", "pairs", "fixed", "optional", "none", "{{NULL, NULL}}");
    if (own != NULL) {
        put_string(&plan->text, own);
        add(json_object_get(json_object_get(function, "pairs"), "fixed"),
            json_pack("{s:s, s:o}", "key", "service", "value", string_of(&plan->text)));
        labels.bytes = strlen("service:,") + strlen(own);
    }
    add_arguments(plan, family, function, declared, leading, &labels);
    put_remarks(function, declared, call->about, &labels);
    end_pairs(service, function, labels.bytes);

    /* The text of a prepared metric is its name and labels, of which the last has no comma. */
    const size_t longest =
        strlen(text_of(function, "wire")) + labels.bytes - (labels.bytes > 0 ? 1 : 0);
    const bool fits = longest <= STATGATE_METRIC_BYTES_;
    const uint64_t series =
        call->type != NULL && (call->flags & ASKS || fits) ? labels.combinations : 0;
    const bool indexed = json_array_size(json_object_get(function, "arguments")) > 0;
    json_t *first = json_object_get(service, "all_series");
    put(function, "fits", json_boolean(fits));
    put(function, "series", json_integer((json_int_t)series));
    put(function, "first", json_integer(json_integer_value(first)));
    put(function, "prepared", json_boolean(series > 0 || through != NULL));
    put(function, "indexed", json_boolean(indexed));
    put(function, "index", json_string(indexed ? "i" : "0"));
    (void)json_integer_set(first, json_integer_value(first) + (json_int_t)series);
    json_t *bytes = json_object_get(service, "bytes");
    (void)json_integer_set(bytes,
                           json_integer_value(bytes) + (json_int_t)(series * bytes_of(call)));
    if (call->flags & BY_TEXT ? call->word != NULL
                              : (series > 0 || through != NULL) && indexed && !(call->flags & ASKS))
        put(service, "may_lose", json_true());
    if (call->flags & BY_TEXT || (call->flags & ASKS && json_object_get(function, "pairs") != NULL))
        put(service, "has_text", json_true());
    add(json_object_get(family, "functions"), function);
}

/* ---- families ---- */

/* Whether each combination of labels is known, and so has a prepared breaker. */
static bool asks_prepared(const struct catalog_family *family) {
    for (uint32_t i = 0; i < family->label_count; i++)
        if (family->labels[i].kind != LABEL_CONST && !is_listed(&family->labels[i]))
            return false;
    return true;
}

static void add_attempts(struct plan *plan, json_t *service, json_t *family,
                         const struct catalog_family *declared) {
    const struct catalog_breaker *breaker = &declared->attempts->breaker;
    const bool prepared = breaker->declared && asks_prepared(declared);
    if (prepared)
        add_function(plan, service, family, declared, USE_ALLOW, NULL);
    json_t *asked = json_array_get(json_object_get(family, "functions"), 0);
    if (json_is_true(json_object_get(asked, "fits")) && !breaker->reported)
        add_function(plan, service, family, declared, USE_REPORT_PROBE, asked);
    else
        add_function(plan, service, family, declared, USE_ATTEMPT, NULL);
    if (breaker->declared && !prepared)
        add_function(plan, service, family, declared, USE_OPEN_BREAKER, NULL);
    if (breaker->reported)
        add_function(plan, service, family, declared, USE_REPORT_STATE, NULL);
}

static void add_functions(struct plan *plan, json_t *service, json_t *family,
                          const struct catalog_family *declared) {
    if (declared->attempts != NULL) {
        add_attempts(plan, service, family, declared);
        return;
    }
    const bool relayed = family_is_relayed(declared);
    if (!relayed || declared->quantile_count > 0)
        add_function(plan, service, family, declared, firsts[declared->kind - catalog_kind_rows],
                     NULL);
    if (relayed) {
        add_function(plan, service, family, declared, USE_SET_SUM, NULL);
        add_function(plan, service, family, declared, USE_SET_COUNT, NULL);
    }
    if (declared->state_label != NULL)
        add_function(plan, service, family, declared, USE_DESELECT, NULL);
}

static bool same_socket(const struct catalog *a, const struct catalog *b) {
    return a->socket == NULL ? b->socket == NULL
                             : b->socket != NULL && strcmp(a->socket, b->socket) == 0;
}

/* The service that lines have to name because another catalog on the same socket declares the
 * family, or NULL. A declared label `service` makes this impossible. */
static const char *service_to_name(const struct catalog_set *set,
                                   const struct catalog_family *family) {
    const struct catalog *own = family->catalog;
    for (uint32_t i = 0; i < family->label_count; i++)
        if (strcmp(family->labels[i].name, "service") == 0)
            return NULL;
    for (size_t i = 0; i < set->count; i++)
        if (set->catalogs[i] != own && same_socket(set->catalogs[i], own) &&
            catalog_family_find(set->catalogs[i], family->name, strlen(family->name)) != NULL)
            return own->service;
    return NULL;
}

/* Add a family, whose functions and enums begin with the prefix and its name. The prefix is not
 * repeated if the name begins with it as `wanted`. */
static void add_family(struct plan *plan, json_t *service, json_t *stems, const char *wanted,
                       const struct catalog_family *declared) {
    json_t *family = json_pack("{s:s, s:s*, s:[], s:[]}", "family", declared->name, "service",
                               service_to_name(plan->set, declared), "choices", "functions");
    const char *name = declared->name;
    const size_t len = strlen(wanted);
    const bool repeats = strncmp(name, wanted, len) == 0 && (name[len] == '_' || name[len] == '\0');
    strbuf_printf(&plan->text, "%s%s%s", text_of(service, "prefix"), repeats ? "" : "_",
                  repeats ? name + len : name);
    put(family, "stem", take(plan, stems));
    if (declared->source == SOURCE_DATAGRAMS) {
        for (uint32_t i = 0; i < declared->label_count; i++)
            if (is_listed(&declared->labels[i]))
                (void)add_label(plan, family, &declared->labels[i]);
        add_words(plan, family, declared);
        add_functions(plan, service, family, declared);
    } else {
        put(family, "instead",
            declared->source == SOURCE_QUERY
                ? json_sprintf("read by the query %s", declared->query->name)
                : json_sprintf("derived from %s", declared->key));
    }
    add(json_object_get(service, "families"), family);
}

/* ---- services ---- */

static void put_macro(struct plan *plan, json_t *service, const char *key, const char *end) {
    put_capitals(&plan->text, text_of(service, "prefix"));
    strbuf_printf(&plan->text, "_%s", end);
    put(service, key, take(plan, plan->names));
}

static void add_service(struct plan *plan, const struct catalog *catalog, const char *prefix,
                        json_t *prefixes, json_t *stems) {
    static const struct {
        const char *key, *end;
    } own[] = {{"metrics", "metrics"}, {"open", "metrics_open"}, {"close", "metrics_close"},
               {"lose", "lose_"},      {"labels", "labels_"},    {"pair", "pair_"}};
    json_t *service =
        json_pack("{s:s, s:[], s:i, s:i, s:i}", "name", catalog->service, "families", "all_series",
                  0, "bytes", POINTER_BYTES, "version", STATGATE_VERSION_NUMBER);
    if (prefix == NULL)
        prefix = catalog->service;
    if (prefix[0] >= '0' && prefix[0] <= '9')
        strbuf_putc(&plan->text, 'x'); /* an identifier cannot begin with a digit */
    put_identifier(&plan->text, prefix);
    char *wanted = strndup(plan->text.data, plan->text.len);
    put(service, "prefix", take(plan, prefixes));
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        put(service, own[i].key, take_with(plan, text_of(service, "prefix"), own[i].end));
    put_macro(plan, service, "enum", "ENUM_");
    put_macro(plan, service, "constant", "CONSTANT_");
    put_macro(plan, service, "apart", "APART_");
    for (size_t i = 0; i < catalog->family_count; i++)
        add_family(plan, service, stems, wanted, &catalog->families[i]);
    free(wanted);

    /* The struct's size in the ABIs of 64-bit Linux: all prepared metrics are whole words. */
    json_t *bytes = json_object_get(service, "bytes");
    const json_int_t opened = json_integer_value(json_object_get(service, "all_series"));
    (void)json_integer_set(bytes, json_integer_value(bytes) +
                                      (opened + POINTER_BYTES - 1) / POINTER_BYTES * POINTER_BYTES);
    terminal_put_bytes(&plan->text, (uint64_t)json_integer_value(bytes));
    put(service, "size", string_of(&plan->text));
    add(json_object_get(plan->document, "services"), service);
}

/* ---- names of functions and enums ---- */

typedef void name_family(struct plan *plan, json_t *family);

static void each_family(struct plan *plan, name_family *name) {
    size_t i, j;
    json_t *service, *family;
    json_array_foreach(json_object_get(plan->document, "services"), i, service) {
        json_array_foreach(json_object_get(service, "families"), j, family) name(plan, family);
    }
}

static void name_functions(struct plan *plan, json_t *family) {
    size_t i;
    json_t *function;
    json_array_foreach(json_object_get(family, "functions"), i, function) {
        json_t *owner = json_object_get(function, "through");
        put(function, "function",
            take_with(plan, text_of(family, "stem"), text_of(function, "verb")));
        if (json_integer_value(json_object_get(function, "series")) > 0)
            put(function, "opener", take_with(plan, text_of(function, "function"), "open_"));
        if (owner != NULL) {
            (void)json_object_set(function, "opener", json_object_get(owner, "opener"));
            (void)json_object_set(function, "first", json_object_get(owner, "first"));
        }
        (void)json_object_set(function, "storage",
                              json_object_get(owner != NULL ? owner : function, "function"));
    }
}

static void name_tags(struct plan *plan, json_t *family) {
    size_t i;
    json_t *choice;
    json_array_foreach(json_object_get(family, "choices"), i, choice) {
        strbuf_printf(&plan->text, "%s_", text_of(family, "stem"));
        put_identifier(&plan->text, text_of(choice, "key"));
        put(choice, "tag", take(plan, plan->names));
        put(choice, "text", take_with(plan, text_of(choice, "tag"), "text_"));
    }
}

static void name_constants(struct plan *plan, json_t *family) {
    size_t i, j;
    json_t *choice, *value;
    json_array_foreach(json_object_get(family, "choices"), i, choice) {
        json_array_foreach(json_object_get(choice, "values"), j, value) {
            const char *exposed = text_of(value, "exposed");
            put_capitals(&plan->text, text_of(choice, "tag"));
            strbuf_putc(&plan->text, '_');
            put_capitals(&plan->text, exposed[0] != '\0' ? exposed : "absent");
            put(value, "name", take(plan, plan->names));
        }
    }
}

/* ---- the whole ---- */

extern const struct json_template gen_templates[]; /* EmbedTexts.cmake makes it */

/* Append the header for the set's catalogs. `prefix` replaces the name of the only service, or is
 * NULL. Functions are named first, because people write these names most. */
static void write_header(struct strbuf *out, const struct catalog_set *set, const char *prefix) {
    struct plan plan = {
        .set = set, .document = json_pack("{s:[]}", "services"), .names = json_object()};
    json_t *prefixes = json_object();
    json_t *stems = json_object();
    strbuf_init(&plan.text);
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        put(plan.names, reserved[i], json_integer(2));
    for (size_t i = 0; i < set->count; i++)
        add_service(&plan, set->catalogs[i], prefix, prefixes, stems);
    each_family(&plan, name_functions);
    each_family(&plan, name_tags);
    each_family(&plan, name_constants);
    put_capitals(&plan.text,
                 text_of(json_array_get(json_object_get(plan.document, "services"), 0), "prefix"));
    strbuf_puts(&plan.text, "_METRICS_H_"); /* no constant of a label has this ending */
    put(plan.document, "guard", string_of(&plan.text));
    json_template_fill(out, gen_templates, "header", plan.document);
    strbuf_done(&plan.text);
    json_decref(plan.document);
    json_decref(plan.names);
    json_decref(prefixes);
    json_decref(stems);
}

/* ---- gen ---- */

enum { OWN_OUTPUT, OWN_PREFIX, OWN_COUNT };
enum { PREFIX_MAX = 64 };

static const struct settings_own_flag own_flags[OWN_COUNT + 1] = {
    [OWN_OUTPUT] = {"output", "FILE",
                    "Write to this file, in one step; one that holds the header already is left "
                    "alone."},
    [OWN_PREFIX] = {"prefix", "NAME", "What names begin with, in place of the service's name."},
};

static int refuse(struct cli *cli, const char *reason) {
    return command_fail(cli, &gen_command, CLI_USAGE, "%s", reason);
}

static bool is_identifier(const char *text) {
    static const char bytes[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    return text[0] && (text[0] < '0' || text[0] > '9') && strlen(text) <= PREFIX_MAX &&
           text[strspn(text, bytes)] == '\0';
}

/* Whether the name begins like the client's own names. */
static bool is_clients(const char *name) {
    static const char own[] = "statgate";
    const size_t len = sizeof own - 1;
    return strncasecmp(name, own, len) == 0 && (name[len] == '\0' || name[len] == '_');
}

static int check_words(struct cli *cli, const struct settings *settings) {
    const struct settings_list *words = &settings->words;
    const char *prefix = settings->own[OWN_PREFIX];
    const char *output = settings->own[OWN_OUTPUT];
    if (words->count == 0 || strcmp(words->items[0], "c") != 0)
        return refuse(cli, "name the language and the catalog: statgate gen c CATALOG (c is the "
                           "only one; its header is C++, too)");
    if (words->count != 2)
        return refuse(cli, words->count < 2 ? "name a catalog: statgate gen c CATALOG"
                                            : "one catalog at a time, or a folder of them");
    if (output != NULL && !output[0])
        return refuse(cli, "--output: may not be empty");
    if (prefix != NULL && !is_identifier(prefix))
        return refuse(cli,
                      "--prefix: up to 64 letters, digits and underscores, the first not a digit");
    if (prefix != NULL && is_clients(prefix))
        return refuse(cli, "--prefix: names of statgate.h begin with statgate_");
    return CLI_OK;
}

/* Whether the service's functions would begin like the client's names. */
static bool service_is_clients(const char *service) {
    struct strbuf name;
    strbuf_init(&name);
    put_identifier(&name, service);
    const bool is = is_clients(strbuf_cstr(&name));
    strbuf_done(&name);
    return is;
}

/* Check the services' names, which are used only without a prefix. */
static int check_services(struct cli *cli, const struct catalog_set *set, const char *prefix) {
    if (prefix != NULL && set->count > 1)
        return refuse(cli, "--prefix: these are several services, each with its own name");
    for (size_t i = 0; prefix == NULL && i < set->count; i++) {
        if (service_is_clients(set->catalogs[i]->service))
            return command_fail(cli, &gen_command, CLI_USAGE,
                                "%s: /service: names of statgate.h begin with statgate_; give "
                                "another one by --prefix",
                                set->catalogs[i]->file);
    }
    return CLI_OK;
}

static int deliver(struct cli *cli, const char *output, const struct strbuf *text) {
    struct error error;
    if (output == NULL)
        strbuf_put(&cli->out, text->data, text->len);
    else if (!statgate_output_write(output, text, &error))
        return command_fail(cli, &gen_command, CLI_FAILURE, "%s", error.text);
    return CLI_OK;
}

static int generate(struct cli *cli, const struct settings *settings,
                    const struct catalog_set *set) {
    const char *prefix = settings->own[OWN_PREFIX];
    const int code = check_services(cli, set, prefix);
    if (code != CLI_OK)
        return code;
    struct strbuf text;
    strbuf_init(&text);
    write_header(&text, set, prefix);
    const int delivered = deliver(cli, settings->own[OWN_OUTPUT], &text);
    strbuf_done(&text);
    return delivered;
}

static int run(struct cli *cli, const struct settings *settings) {
    int code = check_words(cli, settings);
    if (code != CLI_OK)
        return code;
    struct catalog_set set;
    struct messages errors;
    const char *catalog = settings->words.items[1];
    const struct settings_list paths = {.items = &catalog, .count = 1};
    catalog_set_init(&set);
    diagnostics_messages_init(&errors);
    code = CLI_USAGE;
    if (statgate_services_load(&paths, &set, &errors))
        code = generate(cli, settings, &set);
    diagnostics_write_errors(&errors, &cli->err);
    diagnostics_messages_done(&errors);
    catalog_set_done(&set);
    return code;
}

const struct command gen_command = {
    .word = "gen",
    .summary = "Write a C header with a function for each family of a catalog.",
    .program =
        {.name = "statgate gen",
         .usage = "c [FLAG...] CATALOG",
         .about =
             "Writes one header for C11 and C++17, to be used with statgate.h: for each family a "
             "function that adds, sets, observes or reports, and for each label with listed values "
             "an enum, so that a wrong value does not compile. Labels with a pattern, or with a "
             "list of the environment, are texts. Families of up to 1,024 combinations of listed "
             "values are prepared: a use costs about a nanosecond. The same catalog, prefix "
             "and version of statgate make the same bytes. Exit codes: 0 done, 1 not written, 2 a "
             "catalog is invalid.",
         .takes_words = true,
         .own = own_flags,
         .examples = "  statgate gen c shop.json > shop_metrics.h\n"
                     "  statgate gen c --output shop_metrics.h --prefix shop shop.json\n"},
    .run = run,
};
