#include "statgate/explain/values.h"

#include "statgate/explain/family.h"
#include "statgate/explain/machine.h"
#include "store/store.h"

bool values_differ(const struct gate_trace *trace) {
    return trace->refused.count > 0 &&
           trace->samples[VERDICT_REJECTED] < sg_line_samples(&trace->line);
}

/* What a family takes that is no machine. */
static const char *letters_of(const struct catalog_family *family) {
    switch (family->type) {
    case FAMILY_COUNTER:
        return family_is_owned(family) ? "g, the current total of the process" : "c";
    case FAMILY_GAUGE:
        return "g";
    case FAMILY_UPDOWNCOUNTER:
        return "g or c, both a change";
    case FAMILY_SUMMARY:
        if (family_is_relayed(family))
            return "g, as it is relayed and not computed here";
        return "h or d, and ms for milliseconds";
    case FAMILY_HISTOGRAM:
        return "h or d, and ms for milliseconds";
    case FAMILY_INFO:
        return "g with the value 1";
    case FAMILY_STATESET:
        return "g: 1 selects the state, 0 deselects it";
    case FAMILY_ATTEMPTS:
        return "a";
    case FAMILY_JOBS:
        return "j";
    case FAMILY_TYPE_COUNT:
        break;
    }
    return "?";
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
    strbuf_printf(out, "%s is %s%s and takes %s\n", family->name, explain_article(family->type),
                  catalog_family_type_text(family->type), letters_of(family));
}

/* Why a number is no value of this family. */
static void hint_finite(struct strbuf *out, const struct gate_trace *trace, double value) {
    const struct catalog_family *family = trace->family;
    switch (family->type) {
    case FAMILY_INFO:
        strbuf_puts(out, "the value of an info is 1: its content is in its labels\n");
        return;
    case FAMILY_STATESET:
        strbuf_puts(out, "1 selects the state in the label, 0 deselects it\n");
        return;
    case FAMILY_SUMMARY:
        if (trace->named_item == RELAYED_COUNT)
            strbuf_puts(out, "a count is a whole number and not below 0\n");
        else if (value < 0)
            strbuf_puts(out, "a summary takes no negative number\n");
        else
            break;
        return;
    case FAMILY_COUNTER:
        if (value >= 0)
            break;
        strbuf_puts(out, family_is_owned(family)
                             ? "a reading is a total, which is not below 0\n"
                             : "a counter only grows; what goes up and down is an updowncounter or "
                               "a gauge\n");
        return;
    case FAMILY_HISTOGRAM:
        if (value >= 0 || family->allow_negative)
            break;
        strbuf_puts(out, "this histogram has no negative bucket bound, so it takes no negative "
                         "observation\n");
        return;
    default:
        break;
    }
    strbuf_puts(out, "with it the total would no longer be a finite number\n");
}

void values_hint_number(struct strbuf *out, const struct gate_trace *trace, size_t offset) {
    const char *at = trace->text.at + offset;
    const char *end = trace->line.values.at + trace->line.values.len;
    size_t len = 0;
    while (at + len < end && at[len] != ':')
        len++;
    double value;
    if (sg_number_parse(at, len, &value))
        hint_finite(out, trace, value);
    else
        strbuf_puts(out, "a number is digits, then if need be a dot and digits, and an exponent: "
                         "7, -2, 0.25, 1e-7; finite, and nothing around it\n");
}
