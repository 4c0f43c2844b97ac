/*
 * stopwatch.h - callbacks that took longer than a millisecond: by the wall, and by the CPU time of
 * this thread. What is slow by the wall alone was kept waiting by the machine.
 *
 * To read the CPU time is a system call, so it is read when a callback was slow by the wall, and
 * before one when the last reading is older than STOPWATCH_FRESH_NS; what ran between that reading
 * and the callback is taken off as if all of it had been CPU time. So no callback is called slow
 * that was not, and one may pass that was slow by less than STOPWATCH_FRESH_NS.
 */
#ifndef STATGATE_HOST_STOPWATCH_H
#define STATGATE_HOST_STOPWATCH_H

#include <stdint.h>

enum { STOPWATCH_SLOW_NS = 1000000, STOPWATCH_FRESH_NS = 250000 };

/** Start with all zero. */
struct stopwatch {
    uint64_t callbacks;
    uint64_t slow;           /**< took longer than STOPWATCH_SLOW_NS by the wall */
    uint64_t slow_cpu;       /**< of these: and of CPU time */
    uint64_t longest_ns;     /**< by the wall */
    uint64_t longest_cpu_ns; /**< of CPU time, of those slow by the wall */
    uint64_t begun_ns;       /**< private, like the rest */
    uint64_t read_ns;
    uint64_t read_cpu_ns;
};

/** A callback begins; returns the monotonic time in nanoseconds. */
uint64_t stopwatch_start(struct stopwatch *watch);
/** It ends; returns how long it took by the wall, in nanoseconds. */
uint64_t stopwatch_stop(struct stopwatch *watch);

#endif
