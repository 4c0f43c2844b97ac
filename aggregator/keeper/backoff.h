/*
 * backoff.h - how long to wait before the daemon is started again. Pure.
 */
#ifndef STATGATE_KEEPER_BACKOFF_H
#define STATGATE_KEEPER_BACKOFF_H

#include <stdint.h>

enum {
    BACKOFF_READY_MS = 500, /**< a daemon that was ready for so long is started at once */
    BACKOFF_FIRST_MS = 100, /**< any other after this, */
    BACKOFF_LAST_MS = 5000, /**< then twice as long each time, up to this */
};

/** Zeroed: no daemon has ended yet. */
struct backoff {
    uint32_t last_ms;
};

/** Another one has ended, which had been ready for so long; -1: never. */
uint32_t backoff_next_ms(struct backoff *backoff, int64_t ready_ms);

#endif
