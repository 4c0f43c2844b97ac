/* SPDX-License-Identifier: MIT */
/* group_of.h - the group of lines to which one line belongs, as the ledger would count it. */
#ifndef STATGATE_TESTS_HINTS_GROUP_OF_H
#define STATGATE_TESTS_HINTS_GROUP_OF_H

#include "hints/hints.h"

/* The label at fault, as the ledger records it; NULL: no label is at fault. */
static const struct trace_label *find_fault(const struct gate_trace *trace, bool folded) {
    for (size_t i = 0; i < trace->label_count; i++) {
        const enum trace_fate fate = trace->labels[i].fate;
        if (folded ? fate == FATE_FOLDED : fate == FATE_REJECTED || fate == FATE_MISSING)
            return &trace->labels[i];
    }
    return NULL;
}

/* The group to which a traced line belongs: that of its rejection, else of its fold. False: it was
 * neither rejected nor folded. Borrows the line. */
static bool group_of(const struct gate_trace *trace, struct hints_group *ret_group) {
    const bool rejected = trace->samples[VERDICT_REJECTED] > 0;
    const bool in_part = rejected && trace->verdict != VERDICT_REJECTED;
    if (!rejected && trace->samples[VERDICT_FOLDED] == 0)
        return false;
    const struct trace_label *label = find_fault(trace, !rejected);
    struct hints_group group = {.family = trace->family, .folded = !rejected, .line = trace->text};
    group.reason = !rejected ? trace->fold
                   : in_part ? trace->refused.items[0].reason
                             : trace->reason;
    if (label != NULL && !label->is_item)
        group.label = label->name;
    if (label != NULL)
        group.value = label->sent;
    else if (trace->refused.count > 0)
        group.value = trace->refused.items[0].text;
    else if (group.reason == SG_REJECT_UNKNOWN_FAMILY || group.reason == SG_REJECT_AMBIGUOUS)
        group.value = trace->line.name;
    *ret_group = group;
    return true;
}

#endif
