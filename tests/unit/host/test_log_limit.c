/* SPDX-License-Identifier: MIT */
#include "assertions.h"
#include "host/log.h"

Test(host_log_limit, a_burst_passes_and_the_rest_is_withheld) {
    struct log_limit limit = LOG_LIMIT(3, 1000);
    uint64_t more = 99;
    for (int i = 0; i < 3; i++) {
        cr_assert(log_limit_pass(&limit, 5000 + i, &more));
        cr_assert(eq(u64, more, 0));
    }
    for (int i = 0; i < 7; i++)
        cr_assert(not(log_limit_pass(&limit, 5999, &more)));
}

Test(host_log_limit, the_next_period_reports_how_many_more) {
    struct log_limit limit = LOG_LIMIT(1, 1000);
    uint64_t more;
    cr_assert(log_limit_pass(&limit, 0, &more));
    for (int i = 0; i < 7; i++)
        cr_assert(not(log_limit_pass(&limit, 999, &more)));
    cr_assert(log_limit_pass(&limit, 1000, &more));
    cr_expect(eq(u64, more, 7));
    cr_assert(not(log_limit_pass(&limit, 1999, &more)), "a new period began at 1000");
    cr_assert(log_limit_pass(&limit, 9000, &more));
    cr_expect(eq(u64, more, 1));
}

Test(host_log_limit, a_period_starts_with_its_first_message) {
    struct log_limit limit = LOG_LIMIT(2, 1000);
    uint64_t more;
    cr_assert(log_limit_pass(&limit, 900, &more));
    cr_assert(log_limit_pass(&limit, 1100, &more));
    cr_assert(not(log_limit_pass(&limit, 1800, &more)));
    cr_assert(log_limit_pass(&limit, 1900, &more));
}
