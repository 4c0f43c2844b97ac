/*
 * apply.h - values of a line into its series. Private to gate/.
 */
#ifndef STATGATE_GATE_APPLY_H
#define STATGATE_GATE_APPLY_H

#include "gate/gate.h"
#include "gate/known.h"
#include "gate/repeats.h"

/* What is to be done with a line. */
enum line_fate {
    LINE_APPLY,     /* look it up, and apply its values */
    LINE_TELEMETRY, /* of a DogStatsD client about itself */
    LINE_IGNORE,    /* an event or a service check */
    LINE_REFUSE     /* it is none */
};

/* One line on its way through the pipeline. */
struct gate_line {
    struct sg_line line;
    const struct gate_origin *origin;
    const struct sender *sender;
    uint64_t hash;
    struct known *slot;    /* where it may be; NULL: */
    struct repeat *repeat; /* ... where it may be if it was folded or refused, or NULL */
    bool owned;            /* slot leads to parts */
    enum line_fate fate;
    uint16_t next_datagram; /* the position behind it */
    uint32_t next_offset;
    struct sg_fault fault; /* LINE_REFUSE */
};

/* Look the line up or resolve it, and apply its values; the caller commits. With `trace` (else NULL) it is resolved even
 * if it is known, and each decision is recorded. */
void apply_line(struct gate *gate, struct gate_line *item, struct store_time now,
                struct gate_trace *trace);

#endif
