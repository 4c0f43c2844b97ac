/*
 * backoff.h - how long to wait before the daemon is started again. Pure.
 */
#ifndef STATGATE_SUPERVISOR_BACKOFF_H
#define STATGATE_SUPERVISOR_BACKOFF_H

#include <stdint.h>

enum {
    BACKOFF_READY_MS = 500, /**< a daemon that was ready for this long is started again at once */
    BACKOFF_FIRST_MS = 100, /**< any other after this delay, */
    BACKOFF_LAST_MS = 5000, /**< which doubles each time, up to this */
};

/** Zeroed: no daemon has ended yet. */
struct backoff {
    uint32_t last_ms;
};

/** The delay before the next start, when a daemon has ended that had been ready for ready_ms; -1:
 * never ready. */
uint32_t backoff_next_ms(struct backoff *backoff, int64_t ready_ms);

#endif
