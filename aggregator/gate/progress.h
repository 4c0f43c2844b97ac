/*
 * progress.h - how far the datagrams are applied, for a process that takes over. Private to gate/.
 *
 * What a line changes is committed (object/undo.h) with the position behind it: its values, its
 * verdicts, and the samples that were accepted. These come in runs, of one sender and service; a
 * run is part of the position and goes to the ledger when it ends. So a line of the run costs the books
 * nothing. A run ends before gate_batch returns, so that the ledger is up to date for all others.
 *
 * A datagram that meets a known sender has no commit of its own: what the sender's row counts waits for that
 * of the next line, of whatever datagram, which says in `begun` that it is counted.
 */
#ifndef STATGATE_GATE_PROGRESS_H
#define STATGATE_GATE_PROGRESS_H

#include "gate/apply.h"
#include "gate/gate_private.h"

/* So much of a line between two commits. */
enum { PROGRESS_NUMBERS = 64, PROGRESS_WORDS = 8 };

/* In the position's `values`: the line made its series, which has no value yet. */
enum { PROGRESS_EMPTY = 0x8000, PROGRESS_VALUES = 0x7fff };

/* A call of gate_batch: where do its datagrams begin, and what of them did another process do? */
void progress_start(struct gate *gate);
/* `done` datagrams are applied whole; no line waits. */
void progress_stop(struct gate *gate, size_t done);

/* Give the run to the ledger; it has no commit of its own. */
void progress_flush(struct gate *gate);
/* A run of this sender and service. */
void progress_begin_run(struct gate *gate, const struct sender *sender, uint32_t service);

/* gate->begun or gate->ended is another one now. */
static inline void progress_put_counts(struct gate *gate) {
    gate->at.counts = undo_counts(0, gate->begun, gate->ended, 0);
}

/* Part of a line is applied: the first `values` of its values. */
void progress_commit_values(struct gate *gate, const struct gate_line *item, uint32_t values);
/* What was changed stays, and the position's line is the same. */
void progress_commit_whole(struct gate *gate);

static inline void progress_accept(struct gate *gate, const struct sender *sender, uint32_t service,
                                   uint64_t count) {
    if (gate->run.sender != sender || gate->run.service != service)
        progress_begin_run(gate, sender, service);
    gate->at.samples += undo_pair(0, (uint32_t)count);
}

/* The line is the last one of its datagram: the position behind it is the next datagram. */
static inline void progress_behind_datagram(struct gate_line *item) {
    item->next_datagram++;
    item->next_offset = 0;
}

/* The line is applied. */
static inline void progress_commit_line(struct gate *gate, const struct gate_line *item) {
    struct undo_words words = gate->at;
    words.counts |= undo_counts(item->next_datagram, 0, 0, 0);
    words.line |= undo_pair(item->next_offset, 0);
    undo_commit_words(gate->undo, words);
}

/* What senders changed before this line waits for the next commit; here it must not. */
static inline void progress_commit_met(struct gate *gate) {
    if (undo_count(gate->undo) > 0)
        progress_commit_whole(gate);
}

#endif
