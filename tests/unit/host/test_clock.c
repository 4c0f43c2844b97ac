/* SPDX-License-Identifier: MIT */
#include <time.h>

#include "assertions.h"
#include "host/clock.h"
#include "host/program.h"

Test(host_clock, monotonic_time_is_the_kernels) {
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    const int64_t now = clock_mono_ns();
    clock_gettime(CLOCK_MONOTONIC, &after);
    cr_expect(ge(i64, now, before.tv_sec * INT64_C(1000000000) + before.tv_nsec));
    cr_expect(le(i64, now, after.tv_sec * INT64_C(1000000000) + after.tv_nsec));
}

Test(host_clock, monotonic_time_does_not_fall) {
    int64_t before = clock_mono_ns();
    cr_assert(lt(i64, 0, before));
    for (int i = 0; i < 1000; i++) {
        const int64_t now = clock_mono_ns();
        cr_assert(ge(i64, now, before));
        before = now;
    }
}

Test(host_clock, real_time_is_unix_time_in_milliseconds) {
    const int64_t before = (int64_t)time(NULL);
    const int64_t now_ms = clock_real_ms();
    const int64_t after = (int64_t)time(NULL) + 1;
    /* time(2) may lag by a tick of the coarse clock. */
    cr_expect(ge(i64, now_ms, before * 1000));
    cr_expect(le(i64, now_ms, after * 1000 + 100));
}

Test(host_clock, both_clocks_in_one_call) {
    const int64_t mono_ms = clock_mono_ns() / 1000000;
    const int64_t real_ms = clock_real_ms();
    const struct clock_now now = clock_now();
    cr_expect(ge(i64, now.mono_ms, mono_ms));
    cr_expect(le(i64, now.mono_ms, mono_ms + 60000));
    cr_expect(ge(i64, now.real_ms, real_ms));
    cr_expect(le(i64, now.real_ms, real_ms + 60000));
}

Test(host_entropy, numbers_differ_in_all_their_bits) {
    uint64_t ones = 0;
    uint64_t zeros = 0;
    for (int i = 0; i < 200; i++) {
        uint64_t value;
        cr_assert(host_entropy_u64(&value));
        ones |= value;
        zeros |= ~value;
    }
    cr_expect(eq(u64, ones, UINT64_MAX));
    cr_expect(eq(u64, zeros, UINT64_MAX));
}
