/*
 * rate.h - events per second over about the last ten seconds, from a count of the present window
 * and the part of the previous window's count that lies within ten seconds. Private to this folder.
 */
#ifndef STATGATE_LEDGER_RATE_H
#define STATGATE_LEDGER_RATE_H

#include <stdint.h>

enum { RATE_WINDOW_MS = 10000 };

struct rate {
    int64_t window; /* number of the present window */
    uint64_t present;
    uint64_t before;
};

static inline void rate_count(struct rate *rate, uint64_t count, int64_t real_ms) {
    const int64_t window = real_ms / RATE_WINDOW_MS;
    if (window != rate->window) {
        rate->before = window == rate->window + 1 ? rate->present : 0;
        rate->present = 0;
        rate->window = window;
    }
    rate->present += count;
}

/** Events per second at this time. */
static inline double rate_read(const struct rate *rate, int64_t real_ms) {
    const int64_t window = real_ms / RATE_WINDOW_MS;
    const double rest = 1 - (double)(real_ms % RATE_WINDOW_MS) / RATE_WINDOW_MS;
    double count = 0;
    if (window == rate->window)
        count = (double)rate->present + (double)rate->before * rest;
    else if (window == rate->window + 1)
        count = (double)rate->present * rest;
    return count * 1000 / RATE_WINDOW_MS;
}

#endif
