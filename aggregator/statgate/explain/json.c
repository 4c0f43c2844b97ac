#include "statgate/explain/json.h"

#include <string.h>

#include "base/json_writer.h"
#include "statgate/explain/exposed.h"
#include "statgate/explain/hints.h"

static void write_span(struct json_writer *w, const char *key, struct sg_span span) {
    json_key(w, key);
    if (span.at != NULL)
        json_bytes(w, span.at, span.len);
    else
        json_text(w, NULL);
}

/* The lines of a text as an array of strings. */
static void write_lines(struct json_writer *w, const char *key, struct strbuf *text) {
    json_open_member(w, key, '[');
    for (const char *at = strbuf_cstr(text); *at;) {
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

static void write_label(struct json_writer *w, const struct explain_label *item) {
    json_open(w, '{');
    write_span(w, "name", item->name);
    json_member_bool(w, "in_line", item->in_line);
    write_span(w, "sent", item->sent);
    json_member_text(w, "fate", explain_fate_text(item->fate));
    json_member_text(w, "reason", item->fate == FATE_FOLDED ? sg_reject_label(item->reason) : NULL);
    write_span(w, "value", item->becomes);
    json_close(w, '}');
}

static void write_verdict(struct json_writer *w, const struct explanation *why) {
    const struct gate_trace *gate = &why->gate;
    const bool rejected = gate->verdict == VERDICT_REJECTED;
    json_member_text(w, "verdict", verdict_text(gate->verdict));
    json_member_text(w, "reason",
                     gate->reason == SG_REJECT_NONE ? NULL : sg_reject_label(gate->reason));
    json_key(w, "offset");
    if (rejected)
        json_u64(w, gate->offset);
    else
        json_text(w, NULL);
    json_open_member(w, "samples", '{');
    for (int i = 0; i < VERDICT_COUNT; i++)
        json_member_u64(w, verdict_text((enum verdict)i), why->samples[i]);
    json_close(w, '}');
    json_open_member(w, "rejected_at", '[');
    if (why->bad_count == 0 && rejected)
        json_u64(w, gate->offset);
    for (size_t i = 0; i < why->bad_count; i++)
        json_u64(w, why->bad_offsets[i]);
    json_close(w, ']');
}

void explain_write_json(struct strbuf *out, const struct explain_world *world,
                        const struct explanation *why) {
    const struct catalog_family *family = why->gate.family;
    struct json_writer w = {.out = out};
    struct strbuf text;
    strbuf_init(&text);
    json_open(&w, '{');
    write_span(&w, "line", why->text);
    write_verdict(&w, why);
    if (why->is_parsed && why->line.kind == SG_LINE_METRIC)
        write_fields(&w, &why->line);
    json_member_text(&w, "service", family != NULL ? family->catalog->service : NULL);
    json_member_text(&w, "family", family != NULL ? family->name : NULL);
    json_open_member(&w, "labels", '[');
    for (size_t i = 0; i < why->label_count; i++)
        write_label(&w, &why->labels[i]);
    json_close(&w, ']');
    explain_put_hints(&text, world, why);
    write_lines(&w, "hints", &text);
    strbuf_clear(&text);
    explain_put_exposed(&text, world, why);
    write_lines(&w, "exposed", &text);
    json_close(&w, '}');
    strbuf_putc(out, '\n');
    out->failed |= text.failed;
    strbuf_done(&text);
}
