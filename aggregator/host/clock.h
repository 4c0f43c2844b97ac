/*
 * clock.h - the two clocks. Only ingress, http, keeper, daemon and cli read them; everything below
 * takes time as an argument.
 */
#ifndef STATGATE_HOST_CLOCK_H
#define STATGATE_HOST_CLOCK_H

#include <stdint.h>

/** Monotonic nanoseconds since an arbitrary start: for durations and ages. */
int64_t clock_mono_ns(void);
/** Unix time in milliseconds: for what people and scrapers read. */
int64_t clock_real_ms(void);

/** Both, read one after the other. */
struct clock_now {
    int64_t mono_ms;
    int64_t real_ms;
};
struct clock_now clock_now(void);

#endif
