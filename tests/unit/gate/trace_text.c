/* SPDX-License-Identifier: MIT */
#include "trace_text.h"

#include "store/store.h"

typedef unsigned long long llu;

static void put_span(struct strbuf *out, struct sg_span span) {
    strbuf_put(out, span.at, span.len);
}

static void put_verdict(struct strbuf *out, const struct gate_trace *trace) {
    static const char *const steps[] = {
        [STEP_FORM] = "form",     [STEP_ADMISSION] = "admission", [STEP_NAME] = "name",
        [STEP_SENDER] = "sender", [STEP_LETTER] = "letter",       [STEP_EXPOSURE] = "exposure",
        [STEP_LABELS] = "labels", [STEP_SERIES] = "series",       [STEP_OWNER] = "owner",
        [STEP_VALUES] = "values"};
    strbuf_printf(out, "  %s: %s", steps[trace->step], ledger_verdict_text(trace->verdict));
    if (trace->reason != SG_REJECT_NONE)
        strbuf_printf(out, " %s", sg_reject_label(trace->reason));
    if (trace->verdict == VERDICT_REJECTED)
        strbuf_printf(out, "@%zu", trace->offset);
    if (trace->label >= 0)
        strbuf_printf(out, " label %s", trace->family->labels[trace->label].name);
    strbuf_puts(out, "; samples:");
    for (int i = 0; i < VERDICT_COUNT; i++)
        if (trace->samples[i] > 0)
            strbuf_printf(out, " %s %llu", ledger_verdict_text((enum verdict)i),
                          (llu)trace->samples[i]);
    strbuf_putc(out, '\n');
}

static void put_family(struct strbuf *out, const char *head, const struct catalog_family *family) {
    strbuf_printf(out, "%s %s/%s", head, family->catalog->service, family->name);
}

static void put_families(struct strbuf *out, const struct gate_trace *trace) {
    for (size_t i = 0; i < trace->family_count; i++)
        put_family(out, i == 0 ? "  led to" : ",", trace->families[i]);
    if (trace->family_rest > 0)
        strbuf_printf(out, " and %zu more", trace->family_rest);
    if (trace->elsewhere != NULL)
        put_family(out, "  elsewhere", trace->elsewhere);
    if (trace->family != NULL)
        put_family(out, "; means", trace->family);
    if (trace->named_item >= 0)
        strbuf_puts(out, trace->named_item == RELAYED_SUM ? ", its sum" : ", its count");
    if (trace->item_label != NULL)
        strbuf_printf(out, ", its item by %s", trace->item_label);
    if (trace->family_count > 0 || trace->elsewhere != NULL)
        strbuf_putc(out, '\n');
}

static void put_label(struct strbuf *out, const struct trace_label *label) {
    static const char *const fates[] = {
        [FATE_UNSEEN] = "unseen",     [FATE_ALLOWED] = "allowed", [FATE_FOLDED] = "folded",
        [FATE_STRIPPED] = "stripped", [FATE_ROUTED] = "routed",   [FATE_DEFAULT] = "default",
        [FATE_CONST] = "const",       [FATE_MISSING] = "missing", [FATE_REJECTED] = "rejected"};
    strbuf_puts(out, label->in_line ? "  label " : "  lacks ");
    put_span(out, label->name);
    if (label->sent.at != NULL) {
        strbuf_putc(out, ':');
        put_span(out, label->sent);
    }
    strbuf_printf(out, " %s", fates[label->fate]);
    if (label->reason != SG_REJECT_NONE)
        strbuf_printf(out, " %s", sg_reject_label(label->reason));
    if (label->is_item)
        strbuf_puts(out, ", the item");
    if (label->declared != NULL)
        strbuf_printf(out, ", declared as %s", label->declared->name);
    if (label->becomes.at != NULL) {
        strbuf_puts(out, ", exposed as ");
        put_span(out, label->becomes);
    }
    strbuf_putc(out, '\n');
}

static void put_series(struct strbuf *out, const struct gate_trace *trace) {
    if (trace->full != SG_REJECT_NONE)
        strbuf_printf(out, "  full: %s%s%s\n", sg_reject_label(trace->full),
                      trace->full_label >= 0 ? " of " : "",
                      trace->full_label >= 0 ? trace->family->labels[trace->full_label].name : "");
    if (trace->fold != SG_REJECT_NONE)
        strbuf_printf(out, "  folds for %s\n", sg_reject_label(trace->fold));
    if (trace->made || trace->series != NULL)
        strbuf_printf(out, "  series%s%s%s\n", trace->made ? " made" : "",
                      trace->series != NULL ? " there" : "",
                      trace->owner != OWNER_NONE ? ", a part of the sender's" : "");
}

static void put_values(struct strbuf *out, const char *head, const struct trace_values *values) {
    static const char *const flaws[] = {[FLAW_NONE] = "",
                                        [FLAW_FORM] = ", no number",
                                        [FLAW_KIND] = ", not for this kind",
                                        [FLAW_TOTAL] = ", for the total"};
    for (size_t i = 0; i < values->count; i++) {
        strbuf_printf(out, "  %s ", head);
        put_span(out, values->items[i].text);
        strbuf_printf(out, "@%zu", values->items[i].offset);
        if (values->items[i].reason != SG_REJECT_NONE)
            strbuf_printf(out, " %s", sg_reject_label(values->items[i].reason));
        strbuf_puts(out, flaws[values->items[i].flaw]);
        strbuf_putc(out, '\n');
    }
    if (values->rest > 0)
        strbuf_printf(out, "  %s %llu more\n", head, (llu)values->rest);
}

void trace_text_put(struct strbuf *out, const struct gate_trace *trace) {
    put_verdict(out, trace);
    put_families(out, trace);
    for (size_t i = 0; i < trace->label_count; i++)
        put_label(out, &trace->labels[i]);
    put_series(out, trace);
    put_values(out, "refused", &trace->refused);
    put_values(out, "repeated", &trace->repeated);
}
