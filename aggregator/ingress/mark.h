/*
 * mark.h - when everything that waited in the sockets at one moment has been received.
 *
 * A receive queue holds a bounded number of datagrams. So everything that was in it at one moment
 * is out once the socket has been seen empty, or once as many datagrams as it can hold have been
 * received since, however fast new ones arrive behind them. Such a moment is a mark; marks are
 * numbered from 1. The sockets pass one mark at a time, and marks set meanwhile share the next one.
 * Pure.
 */
#ifndef STATGATE_INGRESS_MARK_H
#define STATGATE_INGRESS_MARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Zeroed: no queue, no mark. */
struct marks {
    uint64_t asked;  /**< the last mark set */
    uint64_t begun;  /**< the mark that the queues are to pass, or passed last */
    uint64_t passed; /**< the last mark that all of them passed */
    size_t queues;
    size_t behind; /**< queues that have not passed `begun` */
};

/** The state of one socket's queue. */
struct mark_queue {
    uint64_t capacity; /**< most datagrams that may wait in it */
    uint64_t round;    /**< the mark to which `ahead` refers */
    uint64_t ahead;    /**< datagrams that may still be ahead of that mark; 0: passed */
};

/** Add a queue, also to the mark under way. */
void marks_join(struct marks *marks, struct mark_queue *queue, uint64_t capacity);
/** Remove a queue in which nothing waits. */
void marks_leave(struct marks *marks, struct mark_queue *queue);
/** Mark this moment. Returns its number, which is never below an earlier one. */
uint64_t marks_set(struct marks *marks);
/** Count datagrams that left a queue; `empty`: nothing was left in it. */
void marks_received(struct marks *marks, struct mark_queue *queue, size_t datagrams, bool empty);
/** Call when everything received has been applied: returns the last mark passed, and starts the
 * next. */
uint64_t marks_settle(struct marks *marks);

#endif
