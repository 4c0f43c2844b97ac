/*
 * ready_timeout.h - how long those who wait for a daemon are left waiting. Pure.
 */
#ifndef STATGATE_SUPERVISOR_READY_TIMEOUT_H
#define STATGATE_SUPERVISOR_READY_TIMEOUT_H

#include <stdbool.h>
#include <stdint.h>

/** Zeroed: a daemon is ready, or none ever was. */
struct ready_timeout {
    int64_t since_ms; /**< since when no daemon is ready, on the monotonic clock; 0: one is */
    bool over;
};

/** Note whether a daemon is missing now. A daemon that starts and dies again does not count: only
 * one that is ready ends the time. */
void ready_timeout_look(struct ready_timeout *timeout, bool away, int64_t now_ms, uint32_t most_ms);
/** When the timeout ends; 0: it has ended, or nobody waits. */
int64_t ready_timeout_due_ms(const struct ready_timeout *timeout, uint32_t most_ms);

#endif
