/*
 * progress.h - how far the datagrams are applied, for a process that takes over. Private to gate/.
 *
 * What a line changes is committed (object/undo.h) with the position behind it: its values, its
 * verdicts, and the accepted samples. Accepted samples form runs of one sender and service. A run
 * is part of the position and goes to the ledger when it ends, so a line within a run costs the
 * books nothing. A run ends before gate_batch returns, so that the ledger is up to date for
 * everyone else.
 *
 * A datagram from a known sender has no commit of its own: the change of the sender's row waits for
 * the commit of the next line, of whatever datagram, whose `begun` says that the datagram is
 * counted.
 */
#ifndef STATGATE_GATE_PROGRESS_H
#define STATGATE_GATE_PROGRESS_H

#include "gate/apply.h"
#include "gate/gate_private.h"

/* The most numbers or words of a line between two commits. */
enum { PROGRESS_NUMBERS = 64, PROGRESS_WORDS = 8 };

/* Bits of the position's `values`. PROGRESS_EMPTY: the line made its series, which has no value
 * yet. */
enum { PROGRESS_EMPTY = 0x8000, PROGRESS_VALUES = 0x7fff };

/* Begin a call of gate_batch: find where its datagrams begin, and what another process did with
 * them. */
void progress_start(struct gate *gate);
/* End a call: `done` datagrams are applied whole, and no line waits. */
void progress_stop(struct gate *gate, size_t done);

/* Give the run to the ledger, without a commit of its own. */
void progress_flush(struct gate *gate);
/* Begin a run of this sender and service. */
void progress_begin_run(struct gate *gate, const struct sender *sender, uint32_t service);

/* Update the position after gate->begun or gate->ended changed. */
static inline void progress_put_counts(struct gate *gate) {
    gate->at.counts = undo_counts(0, gate->begun, gate->ended, 0);
}

/* Commit part of a line: the first `values` of its values. */
void progress_commit_values(struct gate *gate, const struct gate_line *item, uint32_t values);
/* Commit the changes made so far, without moving the position to another line. */
void progress_commit_whole(struct gate *gate);

static inline void progress_accept(struct gate *gate, const struct sender *sender, uint32_t service,
                                   uint64_t count) {
    if (gate->run.sender != sender || gate->run.service != service)
        progress_begin_run(gate, sender, service);
    gate->at.samples += undo_pair(0, (uint32_t)count);
}

/* The line is the last of its datagram: the position behind it is the next datagram. */
static inline void progress_behind_datagram(struct gate_line *item) {
    item->next_datagram++;
    item->next_offset = 0;
}

/* Commit a line that is applied whole. */
static inline void progress_commit_line(struct gate *gate, const struct gate_line *item) {
    struct undo_words words = gate->at;
    words.counts |= undo_counts(item->next_datagram, 0, 0, 0);
    words.line |= undo_pair(item->next_offset, 0);
    undo_commit_words(gate->undo, words);
}

/* Commit what senders changed before this line, where it must not wait for the next commit. */
static inline void progress_commit_met(struct gate *gate) {
    if (undo_count(gate->undo) > 0)
        progress_commit_whole(gate);
}

#endif
