/* SPDX-License-Identifier: MIT */
/* Curves of services: what they count, and when a point is known. */
#include "assertions.h"
#include "fixture.h"

static struct fixture f;
static struct history_points points;

static void setup(void) {
    fixture_init(&f);
}

static void teardown(void) {
    fixture_done(&f);
}

TestSuite(history_curves, .init = setup, .fini = teardown);

Test(history_curves, nothing_is_known_at_first) {
    expect_curve(&f, 0, HISTORY_SAMPLES, HISTORY_SHORT, 3, "- - -");
    expect_curve(&f, HISTORY_ALL, HISTORY_FOLDED, HISTORY_LONG, 3, "- - -");
    double rate;
    cr_expect(not(history_rate(f.history, 0, HISTORY_SAMPLES, &rate)));
}

Test(history_curves, the_daemons_own_service_has_none) {
    double rate;
    cr_expect(not(history_curve(f.history, 2, HISTORY_SAMPLES, HISTORY_SHORT, &points)));
    cr_expect(not(history_rate(f.history, 2, HISTORY_SAMPLES, &rate)));
}

Test(history_curves, seconds_in_which_nobody_looked_are_unknown) {
    pass(&f, 2);
    accepts(&f, 10, 0, 5);
    pass_ms(&f, 10000); /* as of a process that was stopped */
    accepts(&f, 10, 0, 6);
    pass(&f, 1);
    expect_curve(&f, 0, HISTORY_SAMPLES, HISTORY_SHORT, 13, "0 0 - - - - - - - - - 5 6");
}

Test(history_curves, clocks_may_begin_at_zero) {
    fixture_done(&f);
    fixture_load(&f, fixture_catalogs);
    f.mono_ms = 0;
    cr_assert(fixture_make(&f, NULL));
    pass_ms(&f, 0);
    for (int i = 0; i < 300; i++) {
        accepts(&f, 10, 0, 1);
        pass(&f, 1);
    }
    expect_curve(&f, 0, HISTORY_SAMPLES, HISTORY_SHORT, 3, "1 1 1");
    expect_curve(&f, 0, HISTORY_SAMPLES, HISTORY_LONG, 2, "- 300");
}

Test(history_curves, a_count_stops_at_the_largest_number) {
    accepts(&f, 10, 0, UINT32_MAX);
    pass(&f, 1);
    cr_assert(history_curve(f.history, 0, HISTORY_SAMPLES, HISTORY_SHORT, &points));
    cr_expect(eq(u32, points.values[299], UINT32_MAX - 2));
}

Test(history_curves, the_rate_is_that_of_the_last_ten_seconds) {
    double rate;
    accepts(&f, 10, 0, 50);
    pass(&f, 1);
    cr_assert(history_rate(f.history, 0, HISTORY_SAMPLES, &rate));
    cr_expect(epsilon_eq(dbl, rate, 50, 1e-9), "of the seconds that are known");
    pass(&f, 9);
    cr_assert(history_rate(f.history, 0, HISTORY_SAMPLES, &rate));
    cr_expect(epsilon_eq(dbl, rate, 5, 1e-9));
    cr_assert(history_rate(f.history, HISTORY_ALL, HISTORY_SAMPLES, &rate));
    cr_expect(epsilon_eq(dbl, rate, 5, 1e-9));
    pass(&f, 1);
    cr_assert(history_rate(f.history, 0, HISTORY_SAMPLES, &rate));
    cr_expect(epsilon_eq(dbl, rate, 0, 1e-9));
}

Test(history_curves, a_lap_in_small_steps_counts_the_same) {
    accepts(&f, 10, 0, 5);
    accepts(&f, 11, 1, 6);
    f.mono_ms += 1000;
    size_t steps = 1;
    for (size_t budget = 1; !history_tick(f.history, f.mono_ms, &budget); budget = 1)
        steps++;
    cr_expect(ge(sz, steps, 4));
    expect_curve(&f, 0, HISTORY_SAMPLES, HISTORY_SHORT, 2, "- 5");
    expect_curve(&f, 1, HISTORY_SAMPLES, HISTORY_SHORT, 2, "- 6");
}

static size_t units_of_a_lap(int64_t later_ms) {
    enum { MANY = 100000 };
    size_t budget = MANY;
    f.mono_ms += later_ms;
    cr_assert(history_tick(f.history, f.mono_ms, &budget));
    return MANY - budget;
}

Test(history_curves, a_lap_that_clears_old_points_is_more_work) {
    (void)units_of_a_lap(1000);
    (void)units_of_a_lap(1000);
    const size_t usual = units_of_a_lap(1000);
    cr_expect(gt(sz, units_of_a_lap(3600000), 5 * usual));
    cr_expect(eq(sz, units_of_a_lap(1000), usual));
}
