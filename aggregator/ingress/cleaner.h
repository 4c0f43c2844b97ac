/*
 * cleaner.h - removes what has ended, on the libuv loop: series past their time to live, what the
 * windows of summaries have passed, and what ended processes owned.
 *
 * However much that is, a turn of the loop spends CLEANER_TURN_NS on it and leaves the rest to later
 * turns.
 */
#ifndef STATGATE_INGRESS_CLEANER_H
#define STATGATE_INGRESS_CLEANER_H

#include <stdbool.h>
#include <uv.h>

#include "host/stopwatch.h"
#include "machines/machines.h"
#include "store/store.h"

enum {
    CLEANER_SWEEP_MS = 250,  /**< how often to look for what is past its time */
    CLEANER_TURN_NS = 250000 /**< a turn starts no step after this */
};

/** Private but for `watch`; must not move. */
struct cleaner {
    struct stopwatch watch; /**< of its callbacks */
    struct machines *machines;
    struct store *store;
    uv_timer_t timer;
    uv_idle_t idle; /* runs while there is more to do of these: */
    bool releasing; /* ended processes had things */
    bool sweeping;  /* time has passed */
    bool closed;
};

/** Start sweeping; machines and store are borrowed. */
void cleaner_start(struct cleaner *cleaner, uv_loop_t *loop, struct machines *machines,
                   struct store *store);
/** Processes ended (owners_end): start to release what they owned. */
void cleaner_release(struct cleaner *cleaner);
/** Stop; the loop must run once more before the struct is freed. */
void cleaner_close(struct cleaner *cleaner);

#endif
