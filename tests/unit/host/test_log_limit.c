/* SPDX-License-Identifier: MIT */
#include "assertions.h"
#include "host/log.h"

static struct log_limit limit;
static uint64_t more;

static bool pass(uint64_t text, int64_t mono_ms) {
    more = 99;
    return log_limit_pass(&limit, text, mono_ms, &more);
}

Test(host_log_limit, the_same_line_comes_once_a_minute_with_how_many_more) {
    cr_assert(pass(1, 900));
    cr_expect(eq(u64, more, 0));
    for (int i = 0; i < 7; i++)
        cr_assert(not(pass(1, 60899)));
    cr_assert(pass(1, 60900));
    cr_expect(eq(u64, more, 7));
    cr_assert(not(pass(1, 120899)), "its next minute began");
    cr_assert(pass(1, 990000));
    cr_expect(eq(u64, more, 1));
}

Test(host_log_limit, as_many_different_lines_pass_and_others_are_counted) {
    for (uint64_t i = 0; i < LOG_LIMIT_LINES; i++)
        cr_assert(pass(i, 0));
    for (uint64_t i = 0; i < 5; i++)
        cr_assert(not(pass(100 + i, 1)));
    cr_assert(not(pass(3, 2)), "it has passed");
    cr_assert(pass(200, LOG_LIMIT_MS), "in the place of the first");
    cr_expect(eq(u64, more, 5));
    cr_assert(pass(3, LOG_LIMIT_MS));
    cr_expect(eq(u64, more, 1));
}
