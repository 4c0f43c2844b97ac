/*
 * progress.h - how far the datagrams are applied, for a process that takes over. Private to gate/.
 *
 * What a line changes is committed (object/undo.h) with the position behind it: its values, its
 * verdicts, and the samples that were accepted. These come in runs, of one sender and service; a
 * run is part of the position and goes to the ledger when it ends. So a line of the run costs the books
 * nothing. A run ends before gate_batch returns, so that the ledger is up to date for all others.
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

/* Part of a line is applied: the first `values` of its values. */
void progress_commit_values(struct gate *gate, const struct gate_line *item, uint32_t values);

static inline void progress_accept(struct gate *gate, const struct sender *sender, uint32_t service,
                                   uint64_t count) {
    if (gate->run_sender != sender || gate->at.service != service)
        progress_begin_run(gate, sender, service);
    gate->at.accepted += (uint32_t)count;
}

/* The line is the last one of its datagram: the position behind it is the next datagram. */
static inline void progress_behind_datagram(struct gate_line *item) {
    item->next_datagram++;
    item->next_offset = 0;
}

static inline void progress_commit(struct gate *gate) {
    undo_commit_at(gate->undo, &gate->at);
}

/* The line is applied. */
static inline void progress_commit_line(struct gate *gate, const struct gate_line *item) {
    gate->at.datagram = item->next_datagram;
    gate->at.values = 0;
    gate->at.offset = item->next_offset;
    progress_commit(gate);
}

#endif
