/*
 * outcome.h - what was decided about a line as a whole, before its values are judged. Private to
 * gate/.
 */
#ifndef STATGATE_GATE_OUTCOME_H
#define STATGATE_GATE_OUTCOME_H

#include "gate/trace.h"
#include "store/store.h"

struct outcome {
    enum verdict verdict; /* ACCEPTED or FOLDED: series is set */
    enum sg_reject reason;
    size_t offset;          /* offset of the fault, if rejected */
    int label;              /* index of the label at fault, or -1 */
    enum trace_step step;   /* last step reached; not set for a known line */
    struct sg_span spelled; /* as in ledger_entry */
    uint32_t spelled_hash;
    struct ledger_mark *mark; /* as in ledger_entry */
    uint8_t item;             /* as in known */
    bool made;                /* the series did not exist before this line */
    bool lasting;           /* the same bytes get the same answer while the series lives and ... */
    struct store_room room; /* ... this still holds */
    const struct catalog *service;
    const struct catalog_family *family;
    const struct series *series;
    struct gate_trace *trace; /* NULL: not traced */
};

/* Whether the line has this verdict and its numbers may take a fast path (plain.h). */
static inline bool outcome_is_plain(const struct outcome *out, enum verdict verdict) {
    return out->verdict == verdict && family_has_lines(out->family) && !out->family->has_absent &&
           !out->service->senders_restricted;
}

/* Reject the line. `label` is the index of the label at fault, or -1; it replaces that of an
 * earlier fold. */
static inline void outcome_reject(struct outcome *out, enum sg_reject reason, int label,
                                  const struct sg_line *line, const char *at) {
    out->verdict = VERDICT_REJECTED;
    out->reason = reason;
    out->mark = NULL;
    out->label = label;
    out->offset = at != NULL ? (size_t)(at - line->text.at) : 0;
}

#endif
