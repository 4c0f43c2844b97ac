/* SPDX-License-Identifier: MIT */
#include <time.h>

#include "assertions.h"
#include "host/clock.h"
#include "host/program.h"

Test(host_clock, both_clocks_in_one_call) {
    const int64_t mono_ms = clock_mono_ns() / 1000000;
    const int64_t real_ms = clock_real_ms();
    const struct clock_now now = clock_now();
    cr_expect(ge(i64, now.mono_ms, mono_ms));
    cr_expect(le(i64, now.mono_ms, mono_ms + 60000));
    cr_expect(ge(i64, now.real_ms, real_ms));
    cr_expect(le(i64, now.real_ms, real_ms + 60000));
}
