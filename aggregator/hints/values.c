#include "hints/values.h"

#include "hints/kinds.h"
#include "hints/machine.h"
#include "store/store.h"

bool values_differ(const struct gate_trace *trace) {
    return trace->refused.count > 0 &&
           trace->samples[VERDICT_REJECTED] < sg_line_samples(&trace->line);
}

void values_hint_type(struct strbuf *out, const struct gate_trace *trace) {
    const struct catalog_family *family = trace->family;
    if (family->source == SOURCE_QUERY) {
        strbuf_printf(out, "%s takes no lines; its values come from the query %s of %s\n",
                      family->name, family->query->name, family->catalog->file);
        return;
    }
    if (family->source != SOURCE_DATAGRAMS || !family_has_lines(family)) {
        machine_hint_letter(out, trace);
        return;
    }
    strbuf_printf(out, "%s is ", family->name);
    hints_put_type(out, family);
    strbuf_printf(out, " and takes %s\n", hints_kind(family)->takes);
}

static const char *kind_refuses(const struct gate_trace *trace) {
    return trace->named_item == RELAYED_COUNT ? "a count is a whole number and not below 0"
                                              : hints_kind(trace->family)->refuses;
}

void values_hint_number(struct strbuf *out, const struct gate_trace *trace) {
    switch (trace->refused.items[0].flaw) {
    case FLAW_NONE:
        break;
    case FLAW_FORM:
        strbuf_puts(out, "a number is digits, then if need be a dot and digits, and an exponent: "
                         "7, -2, 0.25, 1e-7; finite, and nothing around it\n");
        break;
    case FLAW_KIND:
        strbuf_printf(out, "%s\n", kind_refuses(trace));
        break;
    case FLAW_TOTAL:
        strbuf_puts(out, "with it the total would no longer be a finite number\n");
        break;
    }
}
