/* SPDX-License-Identifier: MIT */
/* explain.c - what became of a line, in words and as JSON. */
#include "explain/explain.h"

#include <string.h>

#include "base/json_writer.h"
#include "base/terminal.h"
#include "base/text.h"
#include "ledger/ledger.h"
#include "sg_proto.h"
#include "store/store.h"

/* ==== json ==== */

static void write_span(struct json_writer *w, const char *key, struct sg_span span) {
    json_key(w, key);
    if (span.at != NULL)
        json_bytes(w, span.at, span.len);
    else
        json_text(w, NULL);
}

/* The text of the exit that a line of a job reports. False: it reports none. */
static bool read_exit(const struct sg_line *line, char ret_text[SG_EXIT_MAX]) {
    struct sg_job said;
    struct sg_span bad;
    if (line->letter != SG_LETTER_J || !sg_job_read(line, &said, &bad) ||
        said.exit == SG_EXIT_UNSAID)
        return false;
    sg_exit_text(said.exit, ret_text);
    return true;
}

/* Write the lines of a text as an array of strings. */
static void write_lines(struct json_writer *w, const char *key, const char *text) {
    json_open_member(w, key, '[');
    for (const char *at = text; *at;) {
        const size_t len = strcspn(at, "\n");
        json_bytes(w, at, len);
        at += len;
        at += *at == '\n';
    }
    json_close(w, ']');
}

static void write_fields(struct json_writer *w, const struct sg_line *line) {
    struct sg_values values;
    struct sg_span item;
    write_span(w, "name", line->name);
    json_member_text(w, "type", sg_letter_text(line->letter));
    json_member_number(w, "rate", line->rate);
    json_open_member(w, "values", '[');
    sg_values_init(&values, line);
    if (line->letter == SG_LETTER_S)
        json_bytes(w, line->values.at, line->values.len);
    else
        while (sg_words_next(&values, &item))
            json_bytes(w, item.at, item.len);
    json_close(w, ']');
    char text[SG_EXIT_MAX];
    struct sg_attempt said;
    struct sg_span bad;
    if (line->letter == SG_LETTER_J) {
        write_span(w, "instance", line->instance);
        if (read_exit(line, text))
            json_member_text(w, "exit", text);
    }
    if (line->letter != SG_LETTER_A || !sg_attempt_read(line, &said, &bad))
        return;
    if (said.seconds >= 0)
        json_member_number(w, "seconds", said.seconds);
    if (said.marked)
        json_member_u64(w, "epoch", said.mark);
}

static const char *fate_text(enum trace_fate fate) {
    static const char *const texts[] = {
        [FATE_UNSEEN] = "unseen",     [FATE_ALLOWED] = "allowed", [FATE_FOLDED] = "folded",
        [FATE_STRIPPED] = "stripped", [FATE_ROUTED] = "routed",   [FATE_DEFAULT] = "default",
        [FATE_CONST] = "const",       [FATE_MISSING] = "missing", [FATE_REJECTED] = "rejected",
    };
    return texts[fate];
}

static void write_label(struct json_writer *w, const struct trace_label *item) {
    json_open(w, '{');
    write_span(w, "name", item->name);
    json_member_bool(w, "in_line", item->in_line);
    write_span(w, "sent", item->sent);
    json_member_text(w, "fate", fate_text(item->fate));
    json_member_text(w, "reason", item->fate == FATE_FOLDED ? sg_reject_label(item->reason) : NULL);
    write_span(w, "value", item->becomes);
    json_close(w, '}');
}

static void write_verdict(struct json_writer *w, const struct gate_trace *trace) {
    const bool rejected = trace->verdict == VERDICT_REJECTED;
    json_member_text(w, "verdict", ledger_verdict_text(trace->verdict));
    json_member_text(w, "reason",
                     trace->reason == SG_REJECT_NONE ? NULL : sg_reject_label(trace->reason));
    json_key(w, "offset");
    if (rejected)
        json_u64(w, trace->offset);
    else
        json_text(w, NULL);
    json_open_member(w, "samples", '{');
    for (int i = 0; i < VERDICT_COUNT; i++)
        json_member_u64(w, ledger_verdict_text((enum verdict)i), trace->samples[i]);
    json_close(w, '}');
    json_open_member(w, "rejected_at", '[');
    const bool differ = hints_values_differ(trace);
    if (rejected && !differ)
        json_u64(w, trace->offset);
    for (size_t i = 0; differ && i < trace->refused.count && i < VALUES_SHOWN; i++)
        json_u64(w, trace->refused.items[i].offset);
    json_close(w, ']');
}

void explain_write_json(struct strbuf *out, const struct explain_result *result) {
    const struct gate_trace *trace = result->trace;
    const struct catalog_family *family = trace->family;
    struct json_writer w = {.out = out};
    struct strbuf text;
    strbuf_init(&text);
    json_open(&w, '{');
    write_span(&w, "line", trace->text);
    write_verdict(&w, trace);
    if (trace->step > STEP_FORM && trace->line.kind == SG_LINE_METRIC)
        write_fields(&w, &trace->line);
    json_member_text(&w, "service", family != NULL ? family->catalog->service : NULL);
    json_member_text(&w, "family", family != NULL ? family->name : NULL);
    json_open_member(&w, "labels", '[');
    for (size_t i = 0; i < trace->label_count; i++)
        write_label(&w, &trace->labels[i]);
    json_close(&w, ']');
    hints_put(&text, result->world, trace);
    write_lines(&w, "hints", strbuf_cstr(&text));
    write_lines(&w, "exposed", result->exposed);
    json_close(&w, '}');
    strbuf_putc(out, '\n');
    strbuf_done(&text);
}

/* ==== text ==== */

enum {
    HEAD_COLUMNS = 10,
    LINE_COLUMNS = 200, /* most characters of a repeated line */
    SPAN_COLUMNS = 80   /* most characters of a field */
};

typedef unsigned long long llu;

static void put_head(struct strbuf *out, const char *head) {
    strbuf_printf(out, "  %-*s", HEAD_COLUMNS, head);
}

static void put_span(struct strbuf *out, struct sg_span span) {
    if (span.len > 0)
        terminal_put_cut(out, span.at, span.len, SPAN_COLUMNS);
}

/* ---- fields ---- */

static const char *value_meaning(const struct gate_trace *trace) {
    const struct catalog_family *family = trace->family;
    const char *meaning = NULL;
    if (family != NULL && family->source == SOURCE_DATAGRAMS)
        meaning = trace->named_item == RELAYED_SUM     ? "the sum that the process has"
                  : trace->named_item == RELAYED_COUNT ? "the count that the process has"
                  : family_is_owned(family)            ? hints_kind(family)->own
                                                       : hints_kind(family)->value;
    return meaning != NULL ? meaning : "a value as it is";
}

static const char *letter_meaning(const struct gate_trace *trace) {
    const struct catalog_family *family = trace->family;
    switch (trace->line.letter) {
    case SG_LETTER_C:
        return family != NULL && hints_kind(family)->changes ? value_meaning(trace)
                                                             : "an increment";
    case SG_LETTER_G:
        return value_meaning(trace);
    case SG_LETTER_H:
    case SG_LETTER_D:
        return "an observation";
    case SG_LETTER_MS:
        return "an observation in milliseconds";
    case SG_LETTER_S:
        return "a member of a set, which no family takes yet";
    case SG_LETTER_A:
        return "the outcome of an attempt";
    case SG_LETTER_B:
        return "the state that a service's own breaker went to";
    case SG_LETTER_J:
        return "an event of a job";
    case SG_LETTER_COUNT:
        break;
    }
    return "?";
}

static void put_fields(struct strbuf *out, const struct gate_trace *trace) {
    const struct sg_line *line = &trace->line;
    const struct catalog_family *family = trace->family;
    put_head(out, "name");
    put_span(out, line->name);
    strbuf_putc(out, '\n');
    put_head(out, "value");
    put_span(out, line->values);
    const size_t samples = sg_line_samples(line);
    if (samples > 1)
        strbuf_printf(out, " (%zu samples)", samples);
    strbuf_putc(out, '\n');
    put_head(out, "type");
    strbuf_printf(out, "%s, %s", sg_letter_text(line->letter), letter_meaning(trace));
    if (line->letter == SG_LETTER_MS && family != NULL && family->ms_scale != 1)
        strbuf_puts(out, ": divided by 1000");
    strbuf_putc(out, '\n');
    if (line->rate != 1) {
        put_head(out, "rate");
        terminal_put_number(out, line->rate);
        strbuf_puts(out, ": represents ");
        terminal_put_number(out, 1 / line->rate);
        strbuf_puts(out, " like it\n");
    }
    if (line->letter == SG_LETTER_J && line->instance.len > 0) {
        put_head(out, "instance");
        put_span(out, line->instance);
        strbuf_putc(out, '\n');
    }
    char text[SG_EXIT_MAX];
    struct sg_attempt said;
    struct sg_span bad;
    if (read_exit(line, text)) {
        put_head(out, "exit");
        strbuf_printf(out, "%s\n", text);
    }
    if (line->letter != SG_LETTER_A || !sg_attempt_read(line, &said, &bad))
        return;
    if (said.seconds >= 0) {
        put_head(out, "took");
        terminal_put_number(out, said.seconds);
        strbuf_puts(out, " seconds\n");
    }
    if (said.marked) {
        put_head(out, "epoch");
        strbuf_printf(out, "%u%s\n", (unsigned)said.mark,
                      said.mark == 0 ? ", allowed by no page" : ", in which the page allowed it");
    }
}

/* How the value that a series shows is made from the values of processes. */
static const char *merge_meaning(const struct catalog_family *family) {
    switch (family->merge) {
    case MERGE_SUM:
        return ", the sum over live processes";
    case MERGE_MIN:
        return ", the least of live processes";
    case MERGE_MAX:
        return ", the greatest of live processes";
    case MERGE_READING:
        return ", the sum of all processes' readings";
    case MERGE_READING_DROP:
        return ", the sum of live processes' readings";
    case MERGE_LATEST:
        return ", as the latest writer among live processes says";
    case MERGE_NONE:
        break;
    }
    return "";
}

static void put_family(struct strbuf *out, const struct gate_trace *trace) {
    const struct catalog_family *family = trace->family;
    if (family == NULL)
        return;
    put_head(out, "service");
    strbuf_printf(out, "%s, from %s\n", family->catalog->service, family->catalog->file);
    put_head(out, "family");
    const int item = trace->named_item;
    strbuf_printf(out, "%s, ", family->name);
    hints_put_type(out, family);
    strbuf_printf(out, "%s%s",
                  item == RELAYED_SUM     ? "'s sum"
                  : item == RELAYED_COUNT ? "'s count"
                                          : "",
                  merge_meaning(family));
    if (family->source == SOURCE_DERIVED)
        strbuf_printf(out, ", derived from /%s/%s", family->section, family->key);
    if (family->source == SOURCE_QUERY)
        strbuf_printf(out, ", from the query %s", family->query->name);
    if (item < 0 && !sg_span_is(trace->line.name, family->name))
        strbuf_puts(out, ", by its alias");
    strbuf_putc(out, '\n');
}

/* ---- labels ---- */

static void put_becomes(struct strbuf *out, const struct trace_label *item) {
    strbuf_putc(out, '"');
    put_span(out, item->becomes);
    strbuf_putc(out, '"');
}

static void put_folded(struct strbuf *out, const struct trace_label *item) {
    strbuf_puts(out, "folded to ");
    put_becomes(out, item);
    switch (item->reason) {
    case SG_REJECT_LABEL_OVERFLOW:
        strbuf_printf(out, ", as the label has its %u value%s already", item->declared->max,
                      text_plural(item->declared->max));
        break;
    case SG_REJECT_SERIES_LIMIT:
        strbuf_puts(out, ", as the family has all its series already");
        break;
    default:
        strbuf_printf(out, ", as it %s",
                      item->declared->kind == LABEL_PATTERN ? "does not match the pattern"
                      : item->declared->templates           ? "is none of the templates"
                                                            : "is none of the allowed values");
    }
}

static void put_fate(struct strbuf *out, const struct trace_label *item) {
    switch (item->fate) {
    case FATE_UNSEEN:
        strbuf_puts(out, "not looked at");
        break;
    case FATE_ALLOWED:
        strbuf_puts(out, "allowed");
        if (item->sent.at == NULL || !sg_span_same(item->becomes, item->sent)) {
            strbuf_puts(out, ", exposed as ");
            put_becomes(out, item);
        }
        if (item->declared != NULL && item->declared->kind == LABEL_PATTERN)
            strbuf_printf(out, ", unless the daemon has %u other value%s already",
                          item->declared->max, text_plural(item->declared->max));
        break;
    case FATE_FOLDED:
        put_folded(out, item);
        break;
    case FATE_STRIPPED:
        strbuf_puts(out, "stripped, as ignore_labels says");
        break;
    case FATE_ROUTED:
        strbuf_puts(out, "stripped; it only chooses among services");
        break;
    case FATE_DEFAULT:
        if (item->becomes.len == 0) {
            strbuf_puts(out, "not sent, as it may be: the series has no such label");
            break;
        }
        strbuf_puts(out, "not sent, its default is ");
        put_becomes(out, item);
        break;
    case FATE_CONST:
        strbuf_puts(out, "always ");
        put_becomes(out, item);
        break;
    case FATE_MISSING:
        strbuf_puts(out, "not sent, and it has no default");
        break;
    case FATE_REJECTED:
        strbuf_puts(out, "rejected");
        break;
    }
}

/* Append "env:prod", as it was sent. */
static void put_sent(struct strbuf *out, const struct trace_label *item) {
    put_span(out, item->name);
    if (item->sent.at == NULL)
        return;
    strbuf_putc(out, ':');
    put_span(out, item->sent);
}

static size_t columns_of_sent(const struct trace_label *item) {
    struct strbuf sent;
    strbuf_init(&sent);
    put_sent(&sent, item);
    const size_t columns = terminal_columns_of(strbuf_cstr(&sent), sent.len);
    strbuf_done(&sent);
    return columns;
}

static void put_labels(struct strbuf *out, const struct gate_trace *trace) {
    size_t widest = 0;
    for (size_t i = 0; i < trace->label_count; i++) {
        const size_t columns = columns_of_sent(&trace->labels[i]);
        widest = columns > widest ? columns : widest;
    }
    for (size_t i = 0; i < trace->label_count; i++) {
        const struct trace_label *item = &trace->labels[i];
        const size_t blanks = widest - columns_of_sent(item) + 2;
        put_head(out, "label");
        put_sent(out, item);
        strbuf_printf(out, "%*s", (int)blanks, "");
        put_fate(out, item);
        strbuf_putc(out, '\n');
    }
}

/* ---- the end ---- */

static void put_samples(struct strbuf *out, const struct gate_trace *trace, enum verdict verdict) {
    put_head(out, ledger_verdict_text(verdict));
    strbuf_printf(out, "%llu sample%s", (llu)trace->samples[verdict],
                  trace->samples[verdict] == 1 ? "" : "s");
}

static void put_lines(struct strbuf *out, const char *head, const char *text) {
    while (*text) {
        const size_t len = strcspn(text, "\n");
        put_head(out, head);
        terminal_put_visible(out, text, len);
        strbuf_putc(out, '\n');
        head = "";
        text += len;
        text += *text == '\n';
    }
}

static void put_rejection(struct strbuf *out, const struct gate_trace *trace) {
    const struct trace_value *refused = trace->refused.items;
    const size_t apart = hints_values_differ(trace) ? trace->refused.count : 0;
    const size_t shown = apart < VALUES_SHOWN ? apart : VALUES_SHOWN;
    const enum sg_reject reason = apart > 0 ? refused[0].reason : trace->reason;
    put_samples(out, trace, VERDICT_REJECTED);
    strbuf_printf(out, ", %s: %s\n", sg_reject_label(reason), sg_reject_text(reason));
    if (apart == 0)
        terminal_put_caret(out, HEAD_COLUMNS + 2, trace->text.at, trace->text.len, trace->offset);
    for (size_t i = 0; i < shown; i++)
        terminal_put_caret(out, HEAD_COLUMNS + 2, trace->text.at, trace->text.len,
                           refused[i].offset);
    if (shown > 0 && trace->samples[VERDICT_REJECTED] > shown) {
        put_head(out, "");
        strbuf_printf(out, "and %llu more\n", (llu)(trace->samples[VERDICT_REJECTED] - shown));
    }
}

static void put_exposed(struct strbuf *out, const struct explain_result *result) {
    const struct gate_trace *trace = result->trace;
    const bool taken = trace->samples[VERDICT_ACCEPTED] + trace->samples[VERDICT_FOLDED] > 0;
    put_lines(out, "exposed", result->exposed);
    if (taken && !trace->shows)
        put_lines(out, "exposed", "nothing: this value says that the series is absent\n");
    else if (taken && *result->exposed == '\0')
        put_lines(out, "exposed", "nothing that these families show has changed\n");
}

static void put_outcome(struct strbuf *out, const struct explain_result *result) {
    const struct gate_trace *trace = result->trace;
    struct strbuf hints;
    for (int i = 0; i < VERDICT_COUNT; i++) {
        const enum verdict verdict = (enum verdict)i;
        if (trace->samples[verdict] == 0)
            continue;
        if (verdict == VERDICT_REJECTED) {
            put_rejection(out, trace);
            continue;
        }
        put_samples(out, trace, verdict);
        if (verdict == VERDICT_FOLDED)
            strbuf_printf(out, ", %s", sg_reject_label(trace->fold));
        strbuf_putc(out, '\n');
    }
    strbuf_init(&hints);
    hints_put(&hints, result->world, trace);
    put_lines(out, "", strbuf_cstr(&hints));
    strbuf_done(&hints);
    put_exposed(out, result);
}

void explain_write_text(struct strbuf *out, const struct explain_result *result) {
    const struct gate_trace *trace = result->trace;
    terminal_put_cut(out, trace->text.at, trace->text.len, LINE_COLUMNS);
    strbuf_putc(out, '\n');
    if (trace->step > STEP_FORM && trace->line.kind == SG_LINE_METRIC) {
        put_fields(out, trace);
        put_family(out, trace);
        put_labels(out, trace);
    }
    put_outcome(out, result);
}
