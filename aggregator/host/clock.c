/*
 * clock.c - clock_gettime in the units of this project. The clocks used here always exist on Linux.
 */
#include "host/clock.h"

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
