#include "host/stopwatch.h"

#include "host/clock.h"

static uint64_t read_ns(clockid_t clock) {
    return (uint64_t)clock_ns(clock);
}

uint64_t stopwatch_start(struct stopwatch *watch) {
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

uint64_t stopwatch_stop(struct stopwatch *watch) {
    const uint64_t took_ns = read_ns(CLOCK_MONOTONIC) - watch->begun_ns;
    watch->callbacks++;
    if (took_ns > watch->longest_ns)
        watch->longest_ns = took_ns;
    if (took_ns > STOPWATCH_SLOW_NS)
        note_slow(watch);
    return took_ns;
}
