/* SPDX-License-Identifier: MIT */
/*
 * clock.h - the clocks, and the time that a piece of work took.
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

/* ---- stopwatch ----
 * counts callbacks that took longer than a millisecond: by wall time, and by the CPU
 * time of this thread. A callback that is slow by wall time alone was kept waiting by the machine.
 *
 * Reading the CPU time is a system call, so it is read only after a callback that was slow by wall
 * time, and before one if the last reading is older than STOPWATCH_FRESH_NS. The time between that
 * reading and the callback is subtracted as if all of it had been CPU time. So no callback is
 * wrongly called slow, but one that exceeded the limit by less than STOPWATCH_FRESH_NS may be
 * missed.
 */

enum { STOPWATCH_SLOW_NS = 1000000, STOPWATCH_FRESH_NS = 250000 };

/** Start with a zeroed struct. */
struct stopwatch {
    uint64_t callbacks;
    uint64_t slow;           /**< took longer than STOPWATCH_SLOW_NS of wall time */
    uint64_t slow_cpu;       /**< of these: also took that much CPU time */
    uint64_t longest_ns;     /**< wall time */
    uint64_t longest_cpu_ns; /**< CPU time, among those slow by wall time */
    uint64_t begun_ns;       /**< private, like the rest */
    uint64_t read_ns;
    uint64_t read_cpu_ns;
};

/** A callback begins. Returns the monotonic time in nanoseconds. */
uint64_t host_stopwatch_start(struct stopwatch *watch);
/** The callback ends. Returns its wall time in nanoseconds. */
uint64_t host_stopwatch_stop(struct stopwatch *watch);

#endif
