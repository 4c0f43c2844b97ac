/*
 * intake.h - handles a datagram as a whole: its sender, and the report in its first line. Private
 * to gate/.
 */
#ifndef STATGATE_GATE_INTAKE_H
#define STATGATE_GATE_INTAKE_H

#include "gate/gate_private.h"
#include "gate/progress.h"

/* Limit of changed words of senders that wait for the next line's commit. */
enum { INTAKE_WAITING_WORDS = 64 };

/* Begin a datagram that another process may have begun. */
void intake_resume(struct gate *gate, const struct gate_datagram *datagram, size_t index,
                   struct store_time now);
/* Call the callback for a new sender. */
void intake_tell_of(struct gate *gate, const struct sender *sender);
void intake_take_report(struct gate *gate, size_t index, struct store_time now);

static inline void intake_meet(struct gate *gate, const struct sender *sender, bool is_new) {
    struct intake *in = &gate->intake;
    if (is_new)
        intake_tell_of(gate, sender);
    in->midway = true;
    in->reported = false;
    in->next_line = 0;
    in->sender = sender;
    in->reports = false;
    in->samples = 0;
}

/* Count a datagram in its sender's row. The next line's commit also records that the datagram was
 * begun. */
static inline void intake_begin_new(struct gate *gate, const struct gate_origin *origin,
                                    size_t index, struct store_time now) {
    bool is_new;
    const struct sender *sender =
        ledger_sender(gate->ledger, origin->pid, origin->uid, origin->gid, now.real_ms, &is_new);
    intake_meet(gate, sender, is_new);
    gate->begun = (uint16_t)(gate->first + index + 1);
    progress_put_counts(gate);
    if (is_new || undo_count(gate->undo) > INTAKE_WAITING_WORDS)
        progress_commit_whole(gate);
}

/* Find the sender of the call's datagram number `index`, and begin the datagram. */
static inline void intake_begin(struct gate *gate, const struct gate_datagram *datagram,
                                size_t index, struct store_time now) {
    if (index == 0 || index < gate->resume.begun)
        intake_resume(gate, datagram, index, now);
    else
        intake_begin_new(gate, &datagram->origin, index, now);
}

/* All lines of the datagram were looked at: take its report. Without a report it makes no
 * difference whether the position says that the datagram has ended. */
static inline void intake_end(struct gate *gate, size_t index, struct store_time now) {
    gate->intake.midway = false;
    if (gate->intake.reports && !gate->intake.reported)
        intake_take_report(gate, index, now);
}

/* Note the report of a line that is not valid; the report still holds. */
void intake_note_fault(struct intake *in, struct sg_span text, bool first);

static inline void intake_note_report(struct intake *in, const struct sg_line *line) {
    in->reports = true;
    in->handle = line->handle;
    in->sent = line->sent;
    in->lost = line->lost;
}

/* Count the line's samples, and return their number. */
static inline size_t intake_count(struct intake *in, const struct sg_line *line) {
    const size_t count = line->kind == SG_LINE_METRIC ? sg_line_samples(line) : 1;
    in->samples += count;
    return count;
}

#endif
