/*
 * apply.h - values of a line into its series. Private to gate/.
 */
#ifndef STATGATE_GATE_APPLY_H
#define STATGATE_GATE_APPLY_H

#include "gate/gate.h"
#include "gate/known.h"

/* One line on its way through the pipeline. */
struct gate_line {
    struct sg_line line;
    const struct gate_origin *origin;
    const struct sender *sender;
    uint64_t hash;
    struct known *slot; /* where it may be */
    bool owned;         /* slot leads to parts */
};

/* Look the line up or resolve it, and apply its values. With `trace` (else NULL) it is resolved even
 * if it is known, and each decision is recorded. */
void apply_line(struct gate *gate, struct gate_line *item, struct store_time now,
                struct gate_trace *trace);

#endif
