/* SPDX-License-Identifier: MIT */
/* How long to wait before the next daemon. */
#include "supervisor/supervisor_private.h"

#include "assertions.h"

TestSuite(backoff, .timeout = 300);

Test(backoff, doubles_from_100_ms_to_5_s) {
    static const uint32_t expected[] = {100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000};
    struct backoff backoff = {0};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        cr_expect(
            eq(u32, supervisor_backoff_next_ms(&backoff, i % 2 == 0 ? -1 : 499), expected[i]));
}

Test(backoff, is_none_after_500_ms_of_readiness) {
    struct backoff backoff = {0};
    cr_expect(eq(u32, supervisor_backoff_next_ms(&backoff, 500), 0));
    cr_expect(eq(u32, supervisor_backoff_next_ms(&backoff, 0), 100));
    cr_expect(eq(u32, supervisor_backoff_next_ms(&backoff, 499), 200));
    cr_expect(eq(u32, supervisor_backoff_next_ms(&backoff, 1000000), 0));
    cr_expect(eq(u32, supervisor_backoff_next_ms(&backoff, -1), 100));
}
