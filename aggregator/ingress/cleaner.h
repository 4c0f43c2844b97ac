/*
 * cleaner.h - removes what has ended, on the libuv loop: series past their time to live, samples
 * that have left the windows of summaries, and the values of ended processes.
 *
 * However much there is, a turn of the loop spends CLEANER_TURN_NS on it and leaves the rest to
 * later turns.
 */
#ifndef STATGATE_INGRESS_CLEANER_H
#define STATGATE_INGRESS_CLEANER_H

#include <stdbool.h>
#include <uv.h>

#include "host/stopwatch.h"
#include "machines/machines.h"

enum {
    CLEANER_SWEEP_MS = 250,  /**< how often to look for series and samples past their time */
    CLEANER_TURN_NS = 250000 /**< a turn starts no step after this */
};

/** Private except for `watch`; must not move. */
struct cleaner {
    struct stopwatch watch; /**< of its callbacks */
    struct machines *machines;
    struct store *store;
    uv_timer_t timer;
    uv_idle_t idle; /* runs while one of these has work left: */
    bool releasing; /* release the values of ended processes */
    bool sweeping;  /* remove series and samples past their time */
    bool closed;
};

/** Start sweeping; machines and store are borrowed. */
void cleaner_start(struct cleaner *cleaner, uv_loop_t *loop, struct machines *machines,
                   struct store *store);
/** Call when processes ended (owners_end): starts to release what they owned. */
void cleaner_release(struct cleaner *cleaner);
/** Stop; the loop must run once more before the struct is freed. */
void cleaner_close(struct cleaner *cleaner);

#endif
