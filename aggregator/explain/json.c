#include "explain/json.h"

#include <string.h>

#include "base/json_writer.h"
#include "explain/series.h"
#include "hints/group.h"
#include "hints/hints.h"
#include "hints/patch.h"
#include "hints/values.h"

static void write_span(struct json_writer *w, const char *key, struct sg_span span) {
    json_key(w, key);
    if (span.at != NULL)
        json_bytes(w, span.at, span.len);
    else
        json_text(w, NULL);
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
    if (line->letter == SG_LETTER_J)
        write_span(w, "instance", line->instance);
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
    json_member_text(w, "verdict", verdict_text(trace->verdict));
    json_member_text(w, "reason",
                     trace->reason == SG_REJECT_NONE ? NULL : sg_reject_label(trace->reason));
    json_key(w, "offset");
    if (rejected)
        json_u64(w, trace->offset);
    else
        json_text(w, NULL);
    json_open_member(w, "samples", '{');
    for (int i = 0; i < VERDICT_COUNT; i++)
        json_member_u64(w, verdict_text((enum verdict)i), trace->samples[i]);
    json_close(w, '}');
    json_open_member(w, "rejected_at", '[');
    const bool differ = values_differ(trace);
    if (rejected && !differ)
        json_u64(w, trace->offset);
    for (size_t i = 0; differ && i < trace->refused.count && i < VALUES_SHOWN; i++)
        json_u64(w, trace->refused.items[i].offset);
    json_close(w, ']');
}

/* Write the change to a catalog with which the line would be accepted; null: no change is right, or
 * needed. */
static void write_patch(struct json_writer *w, const struct explain_result *result) {
    struct hints_group group;
    json_key(w, "patch");
    if (!hints_group_of(result->trace, &group) || !hints_patch(w->out, result->world, &group))
        json_text(w, NULL);
    w->comma = true;
}

/* Write the series to which the samples would go; null: none. */
static void write_series(struct json_writer *w, const struct gate_trace *trace) {
    json_key(w, "series");
    if (trace->shows)
        series_write_json(w, trace);
    else
        json_text(w, NULL);
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
    write_patch(&w, result);
    if (result->exposed != NULL)
        write_lines(&w, "exposed", result->exposed);
    else
        write_series(&w, trace);
    json_close(&w, '}');
    strbuf_putc(out, '\n');
    out->failed |= text.failed;
    strbuf_done(&text);
}
