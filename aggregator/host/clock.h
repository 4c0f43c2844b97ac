/*
 * clock.h - reads the kernel's clocks. Only the programs and the libraries with I/O call these
 * functions; the pure libraries get the time as an argument.
 */
#ifndef STATGATE_HOST_CLOCK_H
#define STATGATE_HOST_CLOCK_H

#include <stdint.h>
#include <time.h>

/** Read a clock that every Linux has (clock_gettime(2)), in nanoseconds. */
int64_t clock_ns(clockid_t clock);
/** Monotonic time in nanoseconds since an arbitrary start: for durations and ages. */
int64_t clock_mono_ns(void);
/** Unix time in milliseconds: for times that people and scrapers read. */
int64_t clock_real_ms(void);

/** Both clocks, read one after the other. */
struct clock_now {
    int64_t mono_ms;
    int64_t real_ms;
};
struct clock_now clock_now(void);

/** Milliseconds from `now_ms` to the next multiple of `every_ms`: 1 to `every_ms`. Timers that wait
 * this long fire together, so an idle loop wakes once for all of them. */
static inline uint64_t clock_until_next(uint64_t now_ms, uint64_t every_ms) {
    return every_ms - now_ms % every_ms;
}

#endif
