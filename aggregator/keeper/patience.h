/*
 * patience.h - how long those who wait for a daemon are left waiting. Pure.
 */
#ifndef STATGATE_KEEPER_PATIENCE_H
#define STATGATE_KEEPER_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

/** Zeroed: a daemon is ready, or none ever was. */
struct patience {
    int64_t since_ms; /**< since when no daemon is ready, on the monotonic clock; 0: one is */
    bool over;
};

/** Note whether a daemon is missing now. A daemon that starts and dies again does not count: only
 * one that is ready ends the time. */
void patience_look(struct patience *patience, bool away, int64_t now_ms, uint32_t most_ms);
/** When the patience ends; 0: it has ended, or nobody waits. */
int64_t patience_due_ms(const struct patience *patience, uint32_t most_ms);

#endif
