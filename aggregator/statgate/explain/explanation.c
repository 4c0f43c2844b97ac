#include "statgate/explain/explanation.h"

const char *explain_fate_text(enum trace_fate fate) {
    static const char *const texts[] = {
        [FATE_UNSEEN] = "unseen",     [FATE_ALLOWED] = "allowed", [FATE_FOLDED] = "folded",
        [FATE_STRIPPED] = "stripped", [FATE_ROUTED] = "routed",   [FATE_DEFAULT] = "default",
        [FATE_CONST] = "const",       [FATE_MISSING] = "missing", [FATE_REJECTED] = "rejected",
    };
    return texts[fate];
}

enum sg_reject explain_fold_reason(const struct explanation *why) {
    for (size_t i = 0; i < why->label_count; i++)
        if (why->labels[i].fate == FATE_FOLDED)
            return why->labels[i].reason;
    return SG_REJECT_NONE;
}

bool explain_is_value_fault(const struct explanation *why) {
    if (!why->is_parsed || why->line.kind != SG_LINE_METRIC || why->gate.family == NULL ||
        why->samples[VERDICT_REJECTED] == 0)
        return false;
    if (why->bad_count > 0)
        return true;
    const struct sg_span values = why->line.values;
    const char *at = why->text.at + why->gate.offset;
    return at >= values.at && at <= values.at + values.len;
}

bool explain_says(const struct explanation *why, const char *word) {
    struct sg_values values;
    struct sg_span value;
    sg_values_init(&values, &why->line);
    while (sg_words_next(&values, &value))
        if (sg_span_is(value, word))
            return true;
    return false;
}
