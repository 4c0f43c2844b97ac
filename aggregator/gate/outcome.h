/*
 * outcome.h - what becomes of a line (all its values), before its numbers are looked at. Private to
 * gate/.
 */
#ifndef STATGATE_GATE_OUTCOME_H
#define STATGATE_GATE_OUTCOME_H

#include "gate/trace.h"

struct outcome {
    enum verdict verdict; /* ACCEPTED and FOLDED: series is set */
    enum sg_reject reason;
    size_t offset;          /* of a rejection */
    int label;              /* at fault, or -1 */
    enum trace_step step;   /* that it reached; of a known line not said */
    struct sg_span unknown; /* the key of a label that the family does not declare */
    uint8_t item;           /* as in known */
    bool made;              /* the series did not exist before this line */
    bool lasting;           /* the same bytes will get the same answer while the series lives */
    const struct catalog *service;
    const struct catalog_family *family;
    const struct series *series;
    struct gate_trace *trace; /* NULL: nobody asks why */
};

/* `label` is the one at fault, or -1: that of a fold before is not to blame. */
static inline void outcome_reject(struct outcome *out, enum sg_reject reason, int label,
                                  const struct sg_line *line, const char *at) {
    out->verdict = VERDICT_REJECTED;
    out->reason = reason;
    out->label = label;
    out->offset = at != NULL ? (size_t)(at - line->text.at) : 0;
}

#endif
