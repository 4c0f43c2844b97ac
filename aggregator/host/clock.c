/* SPDX-License-Identifier: MIT */
/* clock.c - the clocks, and the time that a piece of work took. */
#include "host/clock.h"

/* ---- clock ----
 * clock_gettime in the units of this project. The clocks used here always exist on Linux.
 */

int64_t clock_ns(clockid_t clock) {
    struct timespec now = {0};
    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t clock_mono_ns(void) {
    return clock_ns(CLOCK_MONOTONIC);
}

int64_t clock_real_ms(void) {
    return clock_ns(CLOCK_REALTIME) / 1000000;
}

struct clock_now clock_now(void) {
    return (struct clock_now){.mono_ms = clock_mono_ns() / 1000000, .real_ms = clock_real_ms()};
}

/* ---- stopwatch ---- */

static uint64_t read_ns(clockid_t clock) {
    return (uint64_t)clock_ns(clock);
}

uint64_t host_stopwatch_start(struct stopwatch *watch) {
    watch->begun_ns = read_ns(CLOCK_MONOTONIC);
    if (watch->begun_ns - watch->read_ns >= STOPWATCH_FRESH_NS) {
        watch->read_cpu_ns = read_ns(CLOCK_THREAD_CPUTIME_ID);
        watch->read_ns = watch->begun_ns;
    }
    return watch->begun_ns;
}

static void note_slow(struct stopwatch *watch) {
    const uint64_t before_ns = watch->begun_ns - watch->read_ns;
    const uint64_t used_ns = read_ns(CLOCK_THREAD_CPUTIME_ID) - watch->read_cpu_ns;
    const uint64_t cpu_ns = used_ns > before_ns ? used_ns - before_ns : 0;
    watch->slow++;
    if (cpu_ns > STOPWATCH_SLOW_NS)
        watch->slow_cpu++;
    if (cpu_ns > watch->longest_cpu_ns)
        watch->longest_cpu_ns = cpu_ns;
}

uint64_t host_stopwatch_stop(struct stopwatch *watch) {
    const uint64_t took_ns = read_ns(CLOCK_MONOTONIC) - watch->begun_ns;
    watch->callbacks++;
    if (took_ns > watch->longest_ns)
        watch->longest_ns = took_ns;
    if (took_ns > STOPWATCH_SLOW_NS)
        note_slow(watch);
    return took_ns;
}
