/*
 * turn.h - the time budget of one loop turn, and the queue of requests that wait for the next turn.
 *
 * Work is measured, and a piece begins only if its usual cost still fits. A slice of a view takes
 * the rest of the budget, in steps between which the clock is read. Requests for which there is no
 * time are suspended in a queue. The first of the queue is the turn's favourite: it does one piece
 * at any cost, and the time for it is reserved until then. So a slow machine makes progress, and
 * the queue is served in order, however many new requests arrive.
 */
#ifndef STATGATE_HTTP_TURN_H
#define STATGATE_HTTP_TURN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The usual cost of a piece; for compression see gzip_piece_ns(). A slice costs more than the
 * budget of a turn, including a step beyond it, so only favourites make slices. */
enum { TURN_SLICE_NS = 300000, TURN_SMALL_NS = 0 };

/** A link of the queue; a member of the struct that waits. Begins zeroed. */
struct turn_waiter {
    struct turn_waiter *next;
    bool queued;
};

struct turn {
    uint64_t budget_ns;
    uint64_t spent_ns;                   /**< in this turn, before the section that is open now */
    uint64_t begun_ns;                   /**< of the open section; 0 = none is open */
    uint64_t busiest_ns;                 /**< the most of one turn since the figures were read */
    const struct turn_waiter *favourite; /**< NULL once it did its piece */
    struct turn_waiter *first;
    struct turn_waiter *last;
    size_t waiting; /**< length of the queue */
};

/** A new loop turn begins: nothing is spent yet. */
void turn_begin(struct turn *turn);
/** Open and close a measured section; called around each run of the HTTP library. */
void turn_enter(struct turn *turn);
void turn_leave(struct turn *turn);
/** True if the waiter (NULL: any request) may do a piece of that cost in this turn. */
bool turn_allows(const struct turn *turn, const struct turn_waiter *waiter, uint64_t cost_ns);
/** The time by uv_hrtime() at which the open section will have spent the budget. */
uint64_t turn_end_ns(const struct turn *turn);
/** Record that the waiter did a piece. */
void turn_did(struct turn *turn, const struct turn_waiter *waiter);
/** Append to the queue. */
void turn_push(struct turn *turn, struct turn_waiter *waiter);
/** Remove the first of the queue; NULL if it is empty. */
struct turn_waiter *turn_pop(struct turn *turn);
/** Remove the waiter from the queue, and as favourite. */
void turn_remove(struct turn *turn, struct turn_waiter *waiter);

#endif
