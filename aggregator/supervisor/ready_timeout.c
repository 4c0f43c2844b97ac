/* ready_timeout.c - see ready_timeout.h. */
#include "supervisor/ready_timeout.h"

void ready_timeout_look(struct ready_timeout *timeout, bool away, int64_t now_ms,
                        uint32_t most_ms) {
    if (!away) {
        *timeout = (struct ready_timeout){0};
        return;
    }
    if (timeout->since_ms == 0)
        timeout->since_ms = now_ms;
    timeout->over = now_ms - timeout->since_ms >= (int64_t)most_ms;
}

int64_t ready_timeout_due_ms(const struct ready_timeout *timeout, uint32_t most_ms) {
    return timeout->since_ms != 0 && !timeout->over ? timeout->since_ms + most_ms : 0;
}
