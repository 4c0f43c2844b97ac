/*
 * turn.h - what one loop turn may spend, and what waits for the next.
 *
 * Work is measured, and a piece begins only if its usual cost still fits. Requests for which there
 * is no time are suspended in a queue. The first of the queue is the turn's favourite: it does one
 * piece whatever that costs, and its share is kept free until then. So a slow machine makes progress,
 * and the queue is served in order, however many new requests arrive.
 */
#ifndef STATGATE_HTTP_TURN_H
#define STATGATE_HTTP_TURN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What a piece usually takes; for compression see gzip_piece_ns(). */
enum { TURN_SLICE_NS = 800000, TURN_SMALL_NS = 0 };

/** A place in the queue; part of whatever waits. Starts zeroed. */
struct turn_waiter {
    struct turn_waiter *next;
    bool queued;
};

struct turn {
    uint64_t budget_ns;
    uint64_t spent_ns;                   /**< in this turn, before the section that is open now */
    uint64_t begun_ns;                   /**< of the open section; 0 = none is open */
    uint64_t busiest_ns;                 /**< since the figures were read */
    const struct turn_waiter *favourite; /**< until it did its piece */
    struct turn_waiter *first;
    struct turn_waiter *last;
    size_t waiting; /**< length of the queue */
};

/** A new loop turn begins: nothing is spent yet. */
void turn_begin(struct turn *turn);
/** Around each run of the HTTP library. */
void turn_enter(struct turn *turn);
void turn_leave(struct turn *turn);
/** True when the waiter (NULL: some request) may do a piece of that cost in this turn. */
bool turn_allows(const struct turn *turn, const struct turn_waiter *waiter, uint64_t cost_ns);
/** The waiter did a piece. */
void turn_did(struct turn *turn, const struct turn_waiter *waiter);
/** To the end of the queue. */
void turn_push(struct turn *turn, struct turn_waiter *waiter);
/** From its front; NULL when it is empty. */
struct turn_waiter *turn_pop(struct turn *turn);
/** Forget the waiter, wherever it is. */
void turn_remove(struct turn *turn, struct turn_waiter *waiter);

#endif
