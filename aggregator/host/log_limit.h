/*
 * log_limit.h - a rate limit for messages that input can trigger. Pure.
 */
#ifndef STATGATE_HOST_LOG_LIMIT_H
#define STATGATE_HOST_LOG_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

/** At most `burst` messages per `period_ms`. */
struct log_limit {
    unsigned burst;
    int64_t period_ms;
    int64_t since_ms; /**< start of the period, monotonic; private, as are the next two */
    unsigned used;
    uint64_t withheld;
};

/** Initializer for a static variable or a member. */
#define LOG_LIMIT(burst_, period_ms_)                                                              \
    { .burst = (burst_), .period_ms = (period_ms_) }

/**
 * Whether a message may be written now. If so, *ret_more is the number of messages withheld since
 * the last one that was written. Pure; `mono_ms` must not be negative.
 */
bool log_limit_pass(struct log_limit *limit, int64_t mono_ms, uint64_t *ret_more);
/** The number of withheld messages if the period is over, which resets the count; else 0. Call it
 * from a timer, so that the end of a flood is reported, too. */
uint64_t log_limit_take(struct log_limit *limit, int64_t mono_ms);

#endif
