/*
 * apply.h - applies the values of a line to its series. Private to gate/.
 */
#ifndef STATGATE_GATE_APPLY_H
#define STATGATE_GATE_APPLY_H

#include "gate/gate.h"
#include "gate/known.h"
#include "gate/repeats.h"
#include "store/store.h"

/* What is to be done with a line. */
enum line_fate {
    LINE_APPLY,     /* look it up, and apply its values */
    LINE_TELEMETRY, /* telemetry of a DogStatsD client */
    LINE_IGNORE,    /* an event or a service check */
    LINE_REFUSE     /* not a valid line */
};

/* One line on its way through the pipeline. */
struct gate_line {
    struct sg_line line;
    const struct gate_origin *origin;
    const struct sender *sender;
    uint64_t hash;
    struct known *slot;    /* slot that may hold the line; NULL: none */
    struct repeat *repeat; /* record that may hold it as folded or refused before; or NULL */
    bool owned;            /* slot leads to parts; the sender's part may have to be prefetched */
    enum line_fate fate;
    uint16_t next_datagram; /* the position behind the line */
    uint32_t next_offset;
    struct sg_fault fault; /* LINE_REFUSE */
};

/* Look the line up or resolve it, and apply its values; the caller commits. With `trace` (else
 * NULL) it is resolved even if it is known, and each decision is recorded. */
void apply_line(struct gate *gate, struct gate_line *item, struct store_time now,
                struct gate_trace *trace);
/* Handle a known line with one number for the sender's own part, which the store refused. */
void apply_refused(struct gate *gate, const struct gate_line *item, enum store_own result,
                   struct store_time now);

#endif
