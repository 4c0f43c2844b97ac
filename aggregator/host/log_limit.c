/*
 * log_limit.c - allows a fixed number of messages per period and counts the others.
 */
#include "host/log_limit.h"

static bool is_over(const struct log_limit *limit, int64_t mono_ms) {
    return mono_ms - limit->since_ms >= limit->period_ms;
}

bool log_limit_pass(struct log_limit *limit, int64_t mono_ms, uint64_t *ret_more) {
    if (limit->used == 0 || is_over(limit, mono_ms)) {
        limit->since_ms = mono_ms;
        limit->used = 0;
    }
    if (limit->used >= limit->burst) {
        limit->withheld++;
        return false;
    }
    limit->used++;
    *ret_more = limit->withheld;
    limit->withheld = 0;
    return true;
}

uint64_t log_limit_take(struct log_limit *limit, int64_t mono_ms) {
    if (limit->withheld == 0 || !is_over(limit, mono_ms))
        return 0;
    const uint64_t withheld = limit->withheld;
    limit->withheld = 0;
    return withheld;
}
