/*
 * stopwatch.h - counts callbacks that took longer than a millisecond: by wall time, and by the CPU
 * time of this thread. A callback that is slow by wall time alone was kept waiting by the machine.
 *
 * Reading the CPU time is a system call, so it is read only after a callback that was slow by wall
 * time, and before one if the last reading is older than STOPWATCH_FRESH_NS. The time between that
 * reading and the callback is subtracted as if all of it had been CPU time. So no callback is
 * wrongly called slow, but one that exceeded the limit by less than STOPWATCH_FRESH_NS may be
 * missed.
 */
#ifndef STATGATE_HOST_STOPWATCH_H
#define STATGATE_HOST_STOPWATCH_H

#include <stdint.h>

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
uint64_t stopwatch_start(struct stopwatch *watch);
/** The callback ends. Returns its wall time in nanoseconds. */
uint64_t stopwatch_stop(struct stopwatch *watch);

#endif
