#include "supervisor/backoff.h"

uint32_t backoff_next_ms(struct backoff *backoff, int64_t ready_ms) {
    if (ready_ms >= BACKOFF_READY_MS)
        backoff->last_ms = 0;
    else if (backoff->last_ms == 0)
        backoff->last_ms = BACKOFF_FIRST_MS;
    else
        backoff->last_ms =
            backoff->last_ms < BACKOFF_LAST_MS / 2 ? 2 * backoff->last_ms : BACKOFF_LAST_MS;
    return backoff->last_ms;
}
