/*
 * watchdog.h - when a daemon that gives no sign of life hangs. Pure.
 *
 * Ticks are counted, not time: a tick that comes late counts as one, however late it is. So time in
 * which neither process runs (suspend, a freezer, a paused machine) does not make a daemon hang.
 */
#ifndef STATGATE_SUPERVISOR_WATCHDOG_H
#define STATGATE_SUPERVISOR_WATCHDOG_H

#include <stdbool.h>
#include <stdint.h>

enum {
    WATCHDOG_TICK_MS = 1000,
    WATCHDOG_TICKS = 10,    /**< in a row without a sign of life */
    WATCHDOG_SLACK_MS = 250 /**< a beat may be late by this much before the first tick */
};

/** Zeroed: nobody is watched. */
struct watchdog {
    int64_t due_ms;  /**< of the next tick, on the monotonic clock; 0: nobody is watched */
    unsigned missed; /**< ticks since the last sign of life */
};

/** A sign of life, or the start of a process. The first one begins the watch: once it is ready, a
 * process that never gives one is not watched. */
void watchdog_beat(struct watchdog *watchdog, int64_t now_ms);
/** Whether a tick is due. It is counted, and the next one is due a second from now. */
bool watchdog_tick(struct watchdog *watchdog, int64_t now_ms);
/** Whether so many ticks came in a row: WATCHDOG_TICKS in a process that hangs. */
bool watchdog_is_over(const struct watchdog *watchdog, unsigned ticks);
/** How many ticks a start may take until the daemon is ready: six times as long as senders wait for
 * one, WATCHDOG_TICKS at least. */
unsigned watchdog_start_ticks(uint32_t ready_timeout_ms);

#endif
