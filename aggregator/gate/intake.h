/*
 * intake.h - what a datagram is as a whole: its sender, and the report in its first line. Private to
 * gate/.
 */
#ifndef STATGATE_GATE_INTAKE_H
#define STATGATE_GATE_INTAKE_H

#include "gate/gate_private.h"

/* Meet the sender of the call's datagram number `index`. */
void intake_begin(struct gate *gate, const struct gate_datagram *datagram, size_t index,
                  struct store_time now);
/* All its lines were looked at: take its report. */
void intake_end(struct gate *gate, size_t index, struct store_time now);

/* A line that is none. Its report is true all the same. */
void intake_note_fault(struct intake *in, struct sg_span text, bool first);

static inline void intake_note_report(struct intake *in, const struct sg_line *line) {
    in->reports = true;
    in->handle = line->handle;
    in->sent = line->sent;
    in->lost = line->lost;
}

/* Count the line's samples, and return how many they are. */
static inline size_t intake_count(struct intake *in, const struct sg_line *line) {
    const size_t count = line->kind == SG_LINE_METRIC ? sg_line_samples(line) : 1;
    in->samples += count;
    return count;
}

#endif
