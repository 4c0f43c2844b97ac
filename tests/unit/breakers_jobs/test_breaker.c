/* SPDX-License-Identifier: MIT */
/* The breaker's transitions alone. */
#include "assertions.h"
#include "breakers_jobs/breakers_jobs_private.h"

static const struct catalog_breaker rules = {
    .declared = true, .open_after = 3, .cooldown_ms = 100, .probes = 2};

static struct breaker opened_at(int64_t mono_ms) {
    struct breaker breaker;
    breaker_init(&breaker, 7);
    for (int i = 0; i < 3; i++)
        (void)breaker_outcome(&breaker, &rules, false, mono_ms);
    cr_assert(eq(int, breaker.state, BREAKER_OPEN));
    return breaker;
}

Test(breaker, opens_at_the_limit_and_not_before) {
    struct breaker breaker;
    breaker_init(&breaker, 7);
    cr_expect(eq(int, breaker_outcome(&breaker, &rules, false, 0), BREAKER_SAME));
    cr_expect(eq(int, breaker_outcome(&breaker, &rules, false, 0), BREAKER_SAME));
    cr_expect(eq(int, breaker_outcome(&breaker, &rules, true, 0), BREAKER_SAME));
    cr_expect(eq(u64, breaker.failures, 0));
    cr_expect(eq(int, breaker_outcome(&breaker, &rules, false, 0), BREAKER_SAME));
    cr_expect(eq(int, breaker_outcome(&breaker, &rules, false, 0), BREAKER_SAME));
    cr_expect(eq(int, breaker_outcome(&breaker, &rules, false, 0), BREAKER_TRIPPED));
}

Test(breaker, is_half_open_exactly_after_the_cool_down) {
    struct breaker breaker = opened_at(1000);
    const uint32_t epoch = breaker.epoch;
    int64_t at = -1;
    cr_expect(eq(int, breaker_advance(&breaker, &rules, 1099, &at), BREAKER_SAME));
    cr_expect(eq(i64, at, -1), "untouched while nothing changes");
    cr_expect(eq(int, breaker_advance(&breaker, &rules, 1100, &at), BREAKER_COOLED));
    cr_expect(eq(i64, at, 1100));
    cr_expect(eq(u32, breaker.epoch, epoch + 1));
}

Test(breaker, epochs_do_not_depend_on_how_often_time_is_given) {
    struct breaker often = opened_at(0);
    struct breaker seldom = often;
    int64_t at = 0;
    for (int64_t now = 0; now <= 1050; now++)
        while (breaker_advance(&often, &rules, now, &at) != BREAKER_SAME)
            continue;
    while (breaker_advance(&seldom, &rules, 1050, &at) != BREAKER_SAME)
        continue;
    cr_expect(eq(u32, often.epoch, seldom.epoch));
    cr_expect(eq(i64, often.since_ms, seldom.since_ms));
    cr_expect(eq(i64, at, 1000));
}

Test(breaker, epochs_pass_from_the_last_to_one_and_never_to_zero) {
    struct breaker breaker = opened_at(0);
    int64_t at;
    breaker.epoch = BREAKER_EPOCHS;
    (void)breaker_advance(&breaker, &rules, 100, &at);
    cr_expect(eq(u32, breaker.epoch, 1));
    breaker.epoch = BREAKER_EPOCHS - 1;
    (void)breaker_advance(&breaker, &rules, 300, &at);
    cr_expect(eq(u32, breaker.epoch, 1));
    breaker_init(&breaker, UINT64_MAX);
    cr_expect(lt(u32, 0, breaker.epoch));
    cr_expect(le(u32, breaker.epoch, BREAKER_EPOCHS));
}

Test(breaker, closes_after_its_probes_and_opens_at_one_failure) {
    struct breaker breaker = opened_at(0);
    int64_t at;
    (void)breaker_advance(&breaker, &rules, 100, &at);
    cr_expect(eq(int, breaker_outcome(&breaker, &rules, true, 110), BREAKER_SAME));
    cr_expect(eq(int, breaker_outcome(&breaker, &rules, false, 120), BREAKER_PROBE_FAILED));
    cr_expect(eq(u64, breaker.failures, 1));
    cr_expect(eq(int, breaker_advance(&breaker, &rules, 219, &at), BREAKER_SAME));
    cr_expect(eq(int, breaker_advance(&breaker, &rules, 220, &at), BREAKER_COOLED));
    cr_expect(eq(int, breaker_outcome(&breaker, &rules, true, 230), BREAKER_SAME),
              "probes count from 0 again");
    cr_expect(eq(int, breaker_outcome(&breaker, &rules, true, 400), BREAKER_RECOVERED));
    cr_expect(eq(int, breaker_advance(&breaker, &rules, 99999, &at), BREAKER_SAME));
}

Test(breaker, outcomes_while_open_change_the_count_of_failures_only) {
    struct breaker breaker = opened_at(0);
    cr_expect(eq(int, breaker_outcome(&breaker, &rules, false, 50), BREAKER_SAME));
    cr_expect(eq(u64, breaker.failures, 4));
    cr_expect(eq(int, breaker_outcome(&breaker, &rules, true, 60), BREAKER_SAME));
    cr_expect(eq(u64, breaker.failures, 0));
    cr_expect(eq(int, breaker.state, BREAKER_OPEN));
    int64_t at;
    cr_expect(eq(int, breaker_advance(&breaker, &rules, 100, &at), BREAKER_COOLED),
              "the cool-down starts with the opening");
}
