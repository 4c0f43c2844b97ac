/* SPDX-License-Identifier: MIT */
/* gen_output.c - the text of these functions, for C and for C++. */
#include "statgate/gen/gen_private.h"

#include "base/terminal.h"
#include "statgate.h"

/* ---- text ---- */

enum { LINE_COLUMNS = 96 }; /* columns of a comment's line, with " *" */

/* ---- identifiers and literals: ASCII, whatever the locale ---- */

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_word(char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_';
}

void gen_put_identifier(struct strbuf *out, const char *text) {
    for (; *text; text++)
        strbuf_putc(out, is_word(*text) ? *text : '_');
}

void gen_put_capitals(struct strbuf *out, const char *text) {
    for (; *text; text++) {
        const char c = is_word(*text) ? *text : '_';
        strbuf_putc(out, c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c);
    }
}

/* Escapes are octal, since these end after three digits. A question mark is escaped, as it could
 * begin a trigraph. */
void gen_put_string(struct strbuf *out, const char *text) {
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

void gen_put_remark(struct strbuf *out, const char *text) {
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
static void gen_put_prose(struct strbuf *out, const char *text) {
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

/* ---- remarks: Writes the comment before a function. ---- */

static void put_value(struct strbuf *text, const struct catalog_label *label, int32_t id) {
    strbuf_printf(text, "\"%s\"", label->values[id].text);
}

/* Write which texts the daemon accepts for an argument, and what becomes of others. */
static void put_rule(struct strbuf *out, const struct gen_argument *argument) {
    const struct catalog_label *label = argument->label;
    struct strbuf text;
    strbuf_init(&text);
    strbuf_printf(&text, "%s: ", argument->parameter);
    if (label->variable != NULL)
        strbuf_printf(&text, "what the daemon's variable %s lists", label->variable);
    else if (label->file != NULL)
        strbuf_puts(&text, "what a file beside the daemon's catalog lists");
    else
        strbuf_printf(&text, "what matches %s, at most %u at a time",
                      catalog_pattern_source(label->pattern), (unsigned)label->max);
    if (label->otherwise >= 0) {
        strbuf_puts(&text, "; others become ");
        put_value(&text, label, label->otherwise);
    }
    if (catalog_label_is_optional(label)) {
        strbuf_puts(&text, "; NULL leaves the label out");
    } else if (label->default_value >= 0) {
        strbuf_puts(&text, "; NULL is ");
        put_value(&text, label, label->default_value);
    }
    strbuf_putc(&text, '.');
    gen_put_prose(out, strbuf_cstr(&text));
    strbuf_done(&text);
}

/* Write the comment of a function. */
static void gen_put_remarks(struct strbuf *out, const struct gen_family *family,
                            const struct gen_function *function) {
    struct strbuf text;
    strbuf_init(&text);
    strbuf_puts(out, "/**\n");
    gen_put_prose(out, family->family->help);
    if (family->family->help[0])
        strbuf_puts(out, " *\n");
    strbuf_printf(&text, "%s: %s", function->wire, function->call->about);
    gen_put_prose(out, strbuf_cstr(&text));
    for (uint32_t i = 0; i < function->argument_count; i++)
        if (function->arguments[i].choice == NULL)
            put_rule(out, &function->arguments[i]);
    strbuf_puts(out, " */\n");
    strbuf_done(&text);
}

/* ---- calls ---- */

/* Sizes of the client's structs with 64-bit pointers, so that a header is the same wherever it
 * is generated. */
enum { METRIC_BYTES = 320, HISTOGRAM_BYTES = 1856, BREAKER_BYTES = 384 };

#define HAS_BYTES(name, size)                                                                      \
    _Static_assert(sizeof(void *) != 8 || sizeof(struct name) == (size), #name " has other bytes")
HAS_BYTES(statgate_counter, METRIC_BYTES);
HAS_BYTES(statgate_updown, METRIC_BYTES);
HAS_BYTES(statgate_gauge, METRIC_BYTES);
HAS_BYTES(statgate_attempts, METRIC_BYTES);
HAS_BYTES(statgate_jobs, METRIC_BYTES);
HAS_BYTES(statgate_histogram, HISTOGRAM_BYTES);
HAS_BYTES(statgate_breaker, BREAKER_BYTES);

#define PREPARED(name, size) .type = #name, .bytes = (size)

const struct gen_call gen_calls[GEN_USE_COUNT] = {
    [GEN_COUNT] = {.verb = "add",
                   PREPARED(statgate_counter, METRIC_BYTES),
                   .use = "statgate_counter_add",
                   .with = "statgate_count_with",
                   .parameter = "double value",
                   .passed = "value",
                   .about = "adds `value`, which is not negative."},
    [GEN_ADD] = {.verb = "add",
                 PREPARED(statgate_updown, METRIC_BYTES),
                 .use = "statgate_updown_add",
                 .with = "statgate_add_with",
                 .parameter = "double value",
                 .passed = "value",
                 .about = "adds `value`, of either sign."},
    [GEN_SET] = {.verb = "set",
                 PREPARED(statgate_gauge, METRIC_BYTES),
                 .use = "statgate_gauge_set",
                 .with = "statgate_set_with",
                 .parameter = "double value",
                 .passed = "value",
                 .about = "sets the value."},
    [GEN_SET_SUM] = {.verb = "set_sum",
                     PREPARED(statgate_gauge, METRIC_BYTES),
                     .use = "statgate_gauge_set",
                     .with = "statgate_set_with",
                     .parameter = "double value",
                     .passed = "value",
                     .about = "sets the sum."},
    [GEN_SET_COUNT] = {.verb = "set_count",
                       PREPARED(statgate_gauge, METRIC_BYTES),
                       .use = "statgate_gauge_set",
                       .with = "statgate_set_with",
                       .parameter = "double value",
                       .passed = "value",
                       .about = "sets the count."},
    [GEN_OBSERVE] = {.verb = "observe",
                     PREPARED(statgate_histogram, HISTOGRAM_BYTES),
                     .use = "statgate_histogram_observe",
                     .with = "statgate_observe_with",
                     .parameter = "double value",
                     .passed = "value",
                     .about = "observes `value`, in the family's own unit."},
    [GEN_DESCRIBE] = {.verb = "set",
                      .with = "statgate_set_with",
                      .passed = "1",
                      .about = "describes this process, in the place of what it said before."},
    /* States are never prepared: of two states of a family, only the later counts, so they must
     * not both wait. */
    [GEN_SELECT] = {.verb = "set",
                    .with = "statgate_set_with",
                    .passed = "1",
                    .about = "selects the state."},
    [GEN_DESELECT] = {.verb = "clear",
                      .with = "statgate_set_with",
                      .passed = "0",
                      .about = "deselects the state; if it was the selected one, none is."},
    [GEN_ATTEMPT] = {.verb = "report",
                     PREPARED(statgate_attempts, METRIC_BYTES),
                     .use = "statgate_attempts_report",
                     .with = "statgate_attempt_with",
                     .word = "outcome",
                     .about = "reports the end of an attempt."},
    [GEN_ALLOW] = {.verb = "allow",
                   PREPARED(statgate_breaker, BREAKER_BYTES),
                   .use = "statgate_breaker_allow",
                   .is_breaker = true,
                   .about = "asks the breaker whether an attempt may be made: see "
                            "statgate_breaker_allow."},
    [GEN_REPORT_PROBE] = {.verb = "report",
                          .use = "statgate_breaker_report",
                          .parameter = "double seconds",
                          .further = "seconds",
                          .word = "outcome",
                          .about =
                              "reports the end of an attempt that took `seconds` (below 0: not "
                              "known), and gives its ticket back: see "
                              "statgate_breaker_report."},
    [GEN_OPEN_BREAKER] = {.verb = "breaker_open",
                          .with = "statgate_breaker_open",
                          .by_text = true,
                          .parameter = "struct statgate_breaker *breaker",
                          .about = "prepares to ask the breaker: see statgate_breaker_open."},
    [GEN_REPORT_STATE] = {.verb = "breaker_report",
                          .with = "statgate_circuit",
                          .by_text = true,
                          .word = "state",
                          .about = "reports the state that this program's own breaker entered."},
    [GEN_JOB] = {.verb = "report",
                 PREPARED(statgate_jobs, METRIC_BYTES),
                 .use = "statgate_jobs_report",
                 .with = "statgate_job_with",
                 .parameter = "const char *id",
                 .further = "id",
                 .word = "event",
                 .about = "reports an event of the job `id`, 1 to 64 bytes."},
};

static uint32_t of_attempts(const struct catalog_breaker *breaker, bool listed,
                            enum gen_use *ret_uses) {
    uint32_t count = 0;
    if (breaker->declared && listed)
        ret_uses[count++] = GEN_ALLOW;
    ret_uses[count++] = GEN_ATTEMPT;
    if (breaker->declared && !listed)
        ret_uses[count++] = GEN_OPEN_BREAKER;
    if (breaker->reported)
        ret_uses[count++] = GEN_REPORT_STATE;
    return count;
}

/* The first function of each kind's families. A kind that is missing here does not compile below.
 */
enum {
    FIRST_OF_COUNTER = GEN_COUNT,
    FIRST_OF_READING = GEN_SET,
    FIRST_OF_GAUGE = GEN_SET,
    FIRST_OF_UPDOWNCOUNTER = GEN_ADD,
    FIRST_OF_HISTOGRAM = GEN_OBSERVE,
    FIRST_OF_SUMMARY = GEN_OBSERVE,
    FIRST_OF_RELAYED = GEN_SET,
    FIRST_OF_INFO = GEN_DESCRIBE,
    FIRST_OF_STATESET = GEN_SELECT,
    FIRST_OF_ATTEMPTS = GEN_ATTEMPT,
    FIRST_OF_JOBS = GEN_JOB
};
static const enum gen_use firsts[KIND_COUNT] = {
#define KIND(id, ...) [KIND_##id] = (enum gen_use)FIRST_OF_##id,
#include "catalog/kinds.def"
#undef KIND
};

uint32_t gen_calls_of(const struct catalog_family *family, bool listed, enum gen_use *ret_uses) {
    if (family->source != SOURCE_DATAGRAMS)
        return 0;
    if (family->attempts != NULL)
        return of_attempts(&family->attempts->breaker, listed, ret_uses);
    uint32_t count = 0;
    if (!family_is_relayed(family) || family->quantile_count > 0)
        ret_uses[count++] = firsts[family->kind - catalog_kind_rows];
    if (family_is_relayed(family)) {
        ret_uses[count++] = GEN_SET_SUM;
        ret_uses[count++] = GEN_SET_COUNT;
    }
    if (family->state_label != NULL)
        ret_uses[count++] = GEN_DESELECT;
    return count;
}

/* ---- functions ---- */

/* ---- heads ---- */

static void put_labels(struct strbuf *out, const struct gen_function *function) {
    for (uint32_t i = 0; i < function->argument_count; i++) {
        const struct gen_argument *argument = &function->arguments[i];
        if (argument->choice != NULL)
            strbuf_printf(out, ",\n    enum %s %s", argument->choice->tag, argument->parameter);
        else
            strbuf_printf(out, ",\n    const char *%s", argument->parameter);
    }
}

static void put_parameters(struct strbuf *out, const struct gen_service *service,
                           const struct gen_function *function) {
    const struct gen_call *call = function->call;
    strbuf_printf(out, "struct %s *m", service->metrics);
    if (function->word != NULL)
        strbuf_printf(out, ", enum %s %s", function->word->tag, call->word);
    if (call->parameter != NULL)
        strbuf_printf(out, ", %s", call->parameter);
    put_labels(out, function);
}

static void put_head(struct strbuf *out, const struct gen_service *service,
                     const struct gen_function *function) {
    strbuf_printf(out, "static inline bool %s(\n    ", function->name);
    put_parameters(out, service, function);
    strbuf_puts(out, ") {\n");
}

/* Write the arguments of the client's call between name and labels. */
static void put_passed(struct strbuf *out, const struct gen_function *function) {
    const struct gen_call *call = function->call;
    if (function->word != NULL)
        strbuf_printf(out, "%s(%s)", function->word->text, call->word);
    else
        strbuf_puts(out, call->passed);
    if (call->further != NULL)
        strbuf_printf(out, ", %s", call->further);
}

/* ---- prepared ---- */

/* Write the index of a prepared metric. It is checked, since a value may be any number cast to
 * the enum. */
static void put_index(struct strbuf *out, const struct gen_service *service,
                      const struct gen_function *function) {
    if (function->argument_count == 0)
        return;
    strbuf_puts(out, "    if (");
    for (uint32_t i = 0; i < function->argument_count; i++)
        strbuf_printf(out, "%s(size_t)%s >= %uu", i > 0 ? " ||\n        " : "",
                      function->arguments[i].parameter,
                      (unsigned)function->arguments[i].choice->count);
    if (function->call->is_breaker)
        strbuf_puts(out, ") {\n        return true;\n    }\n");
    else
        strbuf_printf(out, ") {\n        return %s(m);\n    }\n", service->lose);
    strbuf_printf(out, "    size_t i = (size_t)%s;\n", function->arguments[0].parameter);
    for (uint32_t i = 1; i < function->argument_count; i++)
        strbuf_printf(out, "    i = i * %uu + (size_t)%s;\n",
                      (unsigned)function->arguments[i].choice->count,
                      function->arguments[i].parameter);
}

/* Write the arguments that are passed to the function that prepares a metric. */
static void put_arguments(struct strbuf *out, const struct gen_function *function) {
    strbuf_puts(out, "m");
    if (function->argument_count > 0)
        strbuf_puts(out, ", i");
    for (uint32_t i = 0; i < function->argument_count; i++)
        strbuf_printf(out, ", %s", function->arguments[i].parameter);
}

static void put_open_with(struct strbuf *out, const struct gen_service *service,
                          const struct gen_family *family, const struct gen_function *function) {
    const bool none = function->argument_count == 0 && family->service == NULL;
    struct gen_count count = {"0"};
    if (!none)
        count = gen_put_pairs(out, service, 4, family->service, function);
    strbuf_printf(out,
                  "    m->opened_[%llu + i] = %s_open_with(\n"
                  "        &m->%s_[i], m->sg, \"%s\", %s, %s);\n",
                  (unsigned long long)function->first, function->call->type, function->name,
                  function->wire, none ? "NULL" : "pairs", count.text);
}

/* Write the opening of a breaker, which is identified only by the labels of its attempts. */
static void put_open_breaker(struct strbuf *out, const struct gen_service *service,
                             const struct gen_family *family, const struct gen_function *function) {
    const bool none = function->argument_count == 0 && family->service == NULL;
    struct gen_count count = {"0"};
    if (!none) {
        count = gen_put_pairs(out, service, 4, family->service, function);
        strbuf_printf(out, "    char labels[%zu];\n", gen_pairs_bytes(family->service, function));
    }
    strbuf_printf(out, "    statgate_breaker_open(&m->%s_[i], m->sg, \"%s\", ", function->name,
                  function->wire);
    if (none)
        strbuf_puts(out, "NULL);\n");
    else
        strbuf_printf(out, "%s(\n        labels, sizeof labels, pairs, %s));\n", service->labels,
                      count.text);
    strbuf_printf(out, "    m->opened_[%llu + i] = true;\n", (unsigned long long)function->first);
}

/* Write the function that prepares a metric, out of line, so that each use stays short. */
static void put_opener(struct strbuf *out, const struct gen_service *service,
                       const struct gen_family *family, const struct gen_function *function) {
    strbuf_printf(out, "%s void %s(\n    struct %s *m", service->noinline_macro, function->opener,
                  service->metrics);
    if (function->argument_count > 0)
        strbuf_puts(out, ", size_t i");
    put_labels(out, function);
    strbuf_puts(out, ") {\n");
    if (function->argument_count == 0)
        strbuf_puts(out, "    const size_t i = 0;\n");
    if (function->call->is_breaker)
        put_open_breaker(out, service, family, function);
    else
        put_open_with(out, service, family, function);
    strbuf_puts(out, "}\n\n");
}

static void put_prepared(struct strbuf *out, const struct gen_service *service,
                         const struct gen_function *function) {
    const struct gen_call *call = function->call;
    const struct gen_function *owner = function->through != NULL ? function->through : function;
    put_index(out, service, function);
    const char *index = function->argument_count == 0 ? "0" : "i";
    strbuf_printf(out, "    if (!m->opened_[%llu + %s]) {\n        %s(",
                  (unsigned long long)owner->first, index, owner->opener);
    put_arguments(out, function);
    strbuf_printf(out, ");\n    }\n    return %s(&m->%s_[%s]", call->use, owner->name, index);
    if (!call->is_breaker) {
        strbuf_puts(out, ", ");
        put_passed(out, function);
    }
    strbuf_puts(out, ");\n");
}

/* ---- not prepared ---- */

/* Write labels as a text, for calls that take no pairs. `text` is NULL if they were refused. */
static void put_text(struct strbuf *out, const struct gen_service *service,
                     const char *service_label, const struct gen_function *function) {
    if (function->argument_count == 0 && service_label == NULL) {
        strbuf_puts(out, "    const char *text = \"\";\n");
        return;
    }
    const struct gen_count count = gen_put_pairs(out, service, 4, service_label, function);
    strbuf_printf(out,
                  "    char labels[%zu];\n"
                  "    const char *text = %s(labels, sizeof labels, pairs, %s);\n",
                  gen_pairs_bytes(service_label, function), service->labels, count.text);
}

/* Write a call with labels as a text. If they are refused, a breaker belongs to no attempts and
 * lets everything through. */
static void put_by_text(struct strbuf *out, const struct gen_service *service,
                        const struct gen_family *family, const struct gen_function *function) {
    const bool reports = function->word != NULL;
    put_text(out, service, family->service, function);
    if (!reports) {
        strbuf_printf(out, "    return %s(breaker, m->sg, text != NULL ? \"%s\" : \"\", text);\n",
                      function->call->with, function->wire);
        return;
    }
    strbuf_printf(out, "    return text != NULL ? %s(m->sg, \"%s\", ", function->call->with,
                  function->wire);
    put_passed(out, function);
    strbuf_printf(out, ", text) : %s(m);\n", service->lose);
}

static void put_by_pairs(struct strbuf *out, const struct gen_service *service,
                         const struct gen_family *family, const struct gen_function *function) {
    const bool none = function->argument_count == 0 && family->service == NULL;
    struct gen_count count = {"0"};
    if (!none)
        count = gen_put_pairs(out, service, 4, family->service, function);
    strbuf_printf(out, "    return %s(m->sg, \"%s\", ", function->call->with, function->wire);
    put_passed(out, function);
    strbuf_printf(out, ", %s, %s);\n", none ? "NULL" : "pairs", count.text);
}

/* Write one function with its comment. */
static void gen_put_function(struct strbuf *out, const struct gen_service *service,
                             const struct gen_family *family, const struct gen_function *function) {
    if (function->series > 0)
        put_opener(out, service, family, function);
    gen_put_remarks(out, family, function);
    put_head(out, service, function);
    if (function->series > 0 || function->through != NULL)
        put_prepared(out, service, function);
    else if (function->call->by_text)
        put_by_text(out, service, family, function);
    else
        put_by_pairs(out, service, family, function);
    strbuf_puts(out, "}\n\n");
}

/* ---- shared ----
 * writes the helpers that several functions of a service call.
 */

/* ---- which ones ---- */

typedef bool function_is(const struct gen_function *function);

static bool any(const struct gen_service *service, function_is *is) {
    for (size_t i = 0; i < service->catalog->family_count; i++)
        for (uint32_t j = 0; j < service->families[i].function_count; j++)
            if (is(&service->families[i].functions[j]))
                return true;
    return false;
}

static bool may_lose(const struct gen_function *function) {
    const struct gen_call *call = function->call;
    if (call->by_text)
        return function->word != NULL;
    return function->series > 0 && function->argument_count > 0 && !call->is_breaker;
}

static bool has_default(const struct gen_function *function) {
    for (uint32_t i = 0; i < function->argument_count; i++)
        if (function->arguments[i].choice == NULL &&
            function->arguments[i].label->default_value >= 0)
            return true;
    return false;
}

/* Whether the function writes labels as a text; a report may have only the label `service`. */
static bool has_text(const struct gen_function *function) {
    return function->call->by_text || (function->call->is_breaker && function->argument_count > 0);
}

/* ---- their texts ---- */

static const char lose[] = /* inserts: noinline macro, function, struct */
    "/* A sample without a name is lost, and counts as such. */\n"
    "%s bool %s(struct %s *m) {\n"
    "    return statgate_count(m->sg, \"\", 0, NULL);\n"
    "}\n\n";

static const char pair[] =
    "/* One more pair, unless the value is left to the catalog. */\n"
    "static inline size_t %s(\n"
    "    struct statgate_label *pairs, size_t count, const char *key, const char *value) {\n"
    "    if (value == NULL) {\n"
    "        return count;\n"
    "    }\n"
    "    pairs[count].key = key;\n"
    "    pairs[count].value = value;\n"
    "    return count + 1;\n"
    "}\n\n";

static const char labels[] =
    "/* Labels as a text. NULL: a value would be read as something else, or is too long. */\n"
    "static inline const char *%s(\n"
    "    char *text, size_t size, const struct statgate_label *pairs, size_t count) {\n"
    "    size_t at = 0;\n"
    "    text[0] = '\\0';\n"
    "    for (size_t i = 0; i < count; i++) {\n"
    "        const char *from = pairs[i].value == NULL ? \",\" : pairs[i].value;\n"
    "        const size_t key = strlen(pairs[i].key);\n"
    "        const size_t value = strcspn(from, \",|\\r\\n\");\n"
    "        if (from[value] != '\\0' || key + value + 2 >= size - at) {\n"
    "            return NULL;\n"
    "        }\n"
    "        if (at > 0) {\n"
    "            text[at++] = ',';\n"
    "        }\n"
    "        memcpy(text + at, pairs[i].key, key);\n"
    "        at += key;\n"
    "        text[at++] = ':';\n"
    "        memcpy(text + at, from, value);\n"
    "        at += value;\n"
    "        text[at] = '\\0';\n"
    "    }\n"
    "    return text;\n"
    "}\n\n";

/* Append the helpers that at least one function of the service calls. */
static void gen_put_shared(struct strbuf *out, const struct gen_service *service) {
    if (any(service, may_lose))
        strbuf_printf(out, lose, service->noinline_macro, service->lose, service->metrics);
    if (any(service, has_default))
        strbuf_printf(out, pair, service->pair);
    if (any(service, has_text))
        strbuf_printf(out, labels, service->labels);
}

/* ---- header ---- */

/* ---- what a service has in memory ---- */

enum { POINTER_BYTES = 8 };

/* The struct's size in the ABIs of 64-bit Linux, computed on any machine: all prepared metrics
 * are whole words. */
static uint64_t metrics_bytes(const struct gen_service *service) {
    uint64_t bytes = POINTER_BYTES;
    for (size_t i = 0; i < service->catalog->family_count; i++)
        for (uint32_t j = 0; j < service->families[i].function_count; j++) {
            const struct gen_function *function = &service->families[i].functions[j];
            bytes += function->series * function->call->bytes;
        }
    return bytes + (service->series + POINTER_BYTES - 1) / POINTER_BYTES * POINTER_BYTES;
}

static void put_members(struct strbuf *out, const struct gen_service *service) {
    strbuf_puts(out, "    STATGATE_HANDLE *sg;\n");
    for (size_t i = 0; i < service->catalog->family_count; i++)
        for (uint32_t j = 0; j < service->families[i].function_count; j++) {
            const struct gen_function *function = &service->families[i].functions[j];
            if (function->series > 0)
                strbuf_printf(out, "    struct %s %s_[%u];\n", function->call->type, function->name,
                              (unsigned)function->series);
        }
    if (service->series > 0)
        strbuf_printf(out, "    bool opened_[%llu];\n", (unsigned long long)service->series);
}

static void put_struct(struct strbuf *out, const struct gen_service *service) {
    const unsigned long long bytes = metrics_bytes(service);
    strbuf_puts(out, "/**\n * What the functions below use. ");
    strbuf_printf(out, "%llu bytes (", bytes);
    terminal_put_bytes(out, bytes);
    strbuf_puts(out, ") with 64-bit pointers, of which only\n"
                     " * those of metrics that were used are ever touched.\n");
    strbuf_printf(out, " */\nstruct %s {\n", service->metrics);
    put_members(out, service);
    strbuf_puts(out, "};\n");
    strbuf_printf(out,
                  "#if UINTPTR_MAX == UINT64_MAX && STATGATE_VERSION_NUMBER == %d\n"
                  "#ifdef __cplusplus\n"
                  "static_assert(sizeof(struct %s) == %llu, \"another size than said\");\n"
                  "#else\n"
                  "_Static_assert(sizeof(struct %s) == %llu, \"another size than said\");\n"
                  "#endif\n"
                  "#endif\n",
                  STATGATE_VERSION_NUMBER, service->metrics, bytes, service->metrics, bytes);
}

/* ---- opening and closing ---- */

static void put_open(struct strbuf *out, const struct gen_service *service) {
    strbuf_printf(
        out,
        "\n/**\n"
        " * Before the first use; each metric is prepared by its own. They belong to the\n"
        " * handle and its thread, and the struct must not move.\n"
        " */\n"
        "static inline void %s(struct %s *m, STATGATE_HANDLE *sg) {\n"
        "    m->sg = sg;\n",
        service->open, service->metrics);
    if (service->series > 0)
        strbuf_puts(out, "    memset(m->opened_, 0, sizeof m->opened_);\n");
    strbuf_puts(out, "}\n\n");
}

static void put_close(struct strbuf *out, const struct gen_service *service) {
    strbuf_printf(out,
                  "/** Before its memory goes. What it holds leaves with the next samples, or a "
                  "flush. */\n"
                  "static inline void %s(struct %s *m) {\n",
                  service->close, service->metrics);
    if (service->series == 0)
        strbuf_puts(out, "    (void)m;\n");
    for (size_t i = 0; i < service->catalog->family_count; i++)
        for (uint32_t j = 0; j < service->families[i].function_count; j++) {
            const struct gen_function *function = &service->families[i].functions[j];
            if (function->series == 0)
                continue;
            strbuf_printf(out,
                          "    for (size_t i = 0; i < %uu; i++) {\n"
                          "        if (m->opened_[%llu + i]) {\n"
                          "            %s_%s(&m->%s_[i]);\n"
                          "        }\n"
                          "    }\n",
                          (unsigned)function->series, (unsigned long long)function->first,
                          function->call->type, function->call->is_breaker ? "drop" : "close",
                          function->name);
        }
    if (service->series > 0)
        strbuf_puts(out, "    memset(m->opened_, 0, sizeof m->opened_);\n");
    strbuf_puts(out, "}\n\n");
}

/* ---- families ---- */

static void put_family(struct strbuf *out, const struct gen_service *service,
                       const struct gen_family *family) {
    if (family->function_count == 0) {
        strbuf_printf(out, "/* %s: %s %s, so no function. */\n\n", family->family->name,
                      family->family->source == SOURCE_QUERY ? "read by the query" : "derived from",
                      family->family->source == SOURCE_QUERY ? family->family->query->name
                                                             : family->family->key);
        return;
    }
    for (uint32_t i = 0; i < family->function_count; i++)
        gen_put_function(out, service, family, &family->functions[i]);
}

static void put_service(struct strbuf *out, const struct gen_service *service) {
    strbuf_printf(out, "/* ---- %s ---- */\n\n", service->catalog->service);
    gen_put_macros(out, service);
    for (size_t i = 0; i < service->catalog->family_count; i++)
        for (uint32_t j = 0; j < service->families[i].choice_count; j++)
            gen_put_choice(out, service, &service->families[i].choices[j]);
    put_struct(out, service);
    put_open(out, service);
    put_close(out, service);
    gen_put_shared(out, service);
    for (size_t i = 0; i < service->catalog->family_count; i++)
        put_family(out, service, &service->families[i]);
    gen_put_macros_end(out, service);
}

/* ---- the whole ---- */

static void put_guard(struct strbuf *out, const char *before, const struct gen_plan *plan) {
    strbuf_puts(out, before);
    gen_put_capitals(out, plan->services[0].prefix);
    strbuf_puts(out, "_METRICS_H_\n"); /* no constant of a label has this ending */
}

void gen_write_header(struct strbuf *out, const struct gen_plan *plan) {
    const struct gen_service *first = &plan->services[0];
    strbuf_puts(out, "/*\n * Made by `statgate gen c` from the catalog of ");
    for (size_t i = 0; i < plan->service_count; i++)
        strbuf_printf(out, "%s%s", i > 0 ? ", " : "", plan->services[i].catalog->service);
    strbuf_printf(
        out,
        "; do not edit.\n"
        " *\n"
        " *     struct statgate sg;\n"
        " *     static struct %s m;\n"
        " *     statgate_open(&sg, NULL);\n"
        " *     %s(&m, &sg);\n"
        " *     ...\n"
        " *     %s(&m);\n"
        " *     statgate_close(&sg);\n"
        " *\n"
        " * The functions return false if the sample is lost. What a label may be is an "
        "enum, and the\n"
        " * metric is prepared; labels that the catalog does not list are texts, and such "
        "a sample is\n"
        " * sent at once. See statgate.h. Names that end in `_` are private.\n"
        " */\n",
        first->metrics, first->open, first->close);
    put_guard(out, "#ifndef ", plan);
    put_guard(out, "#define ", plan);
    strbuf_puts(out, "\n#include \"statgate.h\"\n\n");
    for (size_t i = 0; i < plan->service_count; i++)
        put_service(out, &plan->services[i]);
    strbuf_puts(out, "#endif\n");
}
