/* SPDX-License-Identifier: MIT */
#include "host/clock.h"

#include <time.h>

#include "assertions.h"

static uint64_t read_ns(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void burn(uint64_t cpu_ns) {
    const uint64_t end_ns = read_ns(CLOCK_THREAD_CPUTIME_ID) + cpu_ns;
    while (read_ns(CLOCK_THREAD_CPUTIME_ID) < end_ns)
        continue;
}

static void rest(long ns) {
    const struct timespec pause = {.tv_nsec = ns};
    (void)nanosleep(&pause, NULL);
}

/* A busy machine may add milliseconds to a thread's processor time while it sleeps, but not each
 * time: the first of so many is looked at that was spared, else the last. */
enum { TRIES = 5 };

Test(host_stopwatch, distinguishes_work_from_waiting) {
    struct stopwatch watch;
    for (int i = 0; i < TRIES; i++) {
        watch = (struct stopwatch){0};
        (void)host_stopwatch_start(&watch);
        rest(3000000);
        cr_expect(ge(u64, host_stopwatch_stop(&watch), 3000000));
        if (watch.slow_cpu == 0)
            break;
    }
    cr_expect(eq(u64, watch.slow, 1));
    cr_expect(eq(u64, watch.slow_cpu, 0), "it slept");
    cr_expect(ge(u64, watch.longest_ns, 3000000));
    cr_expect(lt(u64, watch.longest_cpu_ns, STOPWATCH_SLOW_NS));
    (void)host_stopwatch_start(&watch);
    burn(2000000);
    (void)host_stopwatch_stop(&watch);
    cr_expect(eq(u64, watch.callbacks, 2));
    cr_expect(eq(u64, watch.slow, 2));
    cr_expect(eq(u64, watch.slow_cpu, 1));
    cr_expect(ge(u64, watch.longest_cpu_ns, 2000000 - STOPWATCH_FRESH_NS));
}

/* Work of short callbacks just before is not the slow one's. */
Test(host_stopwatch, what_ran_before_does_not_count) {
    struct stopwatch watch;
    for (int i = 0; i < TRIES; i++) {
        watch = (struct stopwatch){0};
        for (int j = 0; j < 100; j++) {
            (void)host_stopwatch_start(&watch);
            burn(60000);
            (void)host_stopwatch_stop(&watch);
        }
        (void)host_stopwatch_start(&watch);
        rest(2000000);
        (void)host_stopwatch_stop(&watch);
        if (watch.slow_cpu == 0)
            break;
    }
    cr_expect(eq(u64, watch.callbacks, 101));
    cr_expect(eq(u64, watch.slow_cpu, 0));
}
