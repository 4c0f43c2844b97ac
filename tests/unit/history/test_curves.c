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

static void reject(int32_t pid, const struct catalog *service, uint64_t count) {
    const struct ledger_entry entry = {
        .service = service, .label = -1, .reason = SG_REJECT_BAD_VALUE};
    ledger_reject(f.ledger, sends(&f, pid), &entry, (struct sg_span){"x", 1}, 0, count, f.real_ms);
}

Test(history_curves, nothing_is_known_at_first) {
    expect_curve(&f, 0, HISTORY_SAMPLES, HISTORY_SHORT, 3, "- - -");
    expect_curve(&f, HISTORY_ALL, HISTORY_FOLDED, HISTORY_LONG, 3, "- - -");
    double rate;
    cr_expect(not(history_rate(f.history, 0, HISTORY_SAMPLES, &rate)));
}

Test(history_curves, a_second_has_what_happened_in_it) {
    accepts(&f, 10, 0, 5);
    pass(&f, 1);
    pass(&f, 1);
    accepts(&f, 10, 0, 7);
    pass(&f, 1);
    expect_curve(&f, 0, HISTORY_SAMPLES, HISTORY_SHORT, 4, "- 5 0 7");
    expect_curve(&f, 1, HISTORY_SAMPLES, HISTORY_SHORT, 4, "- 0 0 0");
    expect_curve(&f, HISTORY_ALL, HISTORY_SAMPLES, HISTORY_SHORT, 4, "- 5 0 7");
}

Test(history_curves, what_was_counted_before_the_first_tick_is_of_no_second) {
    fixture_done(&f);
    fixture_load(&f, fixture_catalogs);
    accepts(&f, 10, 0, 100);
    cr_assert(fixture_make(&f, NULL));
    pass_ms(&f, 0);
    accepts(&f, 10, 0, 1);
    pass(&f, 1);
    expect_curve(&f, 0, HISTORY_SAMPLES, HISTORY_SHORT, 2, "- 1");
}

Test(history_curves, each_verdict_has_its_curve) {
    const struct ledger_entry fold = {
        .service = f.set.catalogs[0], .label = -1, .reason = SG_REJECT_SERIES_LIMIT};
    accepts(&f, 10, 0, 5);
    ledger_fold(f.ledger, sends(&f, 10), &fold, 3);
    ledger_ignore(f.ledger, sends(&f, 10), &fold, 2);
    reject(10, f.set.catalogs[0], 1);
    reject(10, NULL, 8);
    pass(&f, 1);
    expect_curve(&f, 0, HISTORY_SAMPLES, HISTORY_SHORT, 1, "11");
    expect_curve(&f, 0, HISTORY_REJECTED, HISTORY_SHORT, 1, "1");
    expect_curve(&f, 0, HISTORY_FOLDED, HISTORY_SHORT, 1, "3");
    expect_curve(&f, HISTORY_ALL, HISTORY_REJECTED, HISTORY_SHORT, 1, "9");
    expect_curve(&f, HISTORY_ALL, HISTORY_SAMPLES, HISTORY_SHORT, 1, "19");
}

Test(history_curves, the_daemons_own_service_has_none) {
    double rate;
    cr_expect(not(history_curve(f.history, 2, HISTORY_SAMPLES, HISTORY_SHORT, &points)));
    cr_expect(not(history_rate(f.history, 2, HISTORY_SAMPLES, &rate)));
}

Test(history_curves, five_minutes_are_sums_of_whole_ones) {
    pass(&f, 200); /* 1,200 s: five minutes begin */
    for (int i = 0; i < 300; i++) {
        accepts(&f, 10, 0, 2);
        expect_curve(&f, 0, HISTORY_SAMPLES, HISTORY_LONG, 2, "- 0");
        pass(&f, 1);
    }
    expect_curve(&f, 0, HISTORY_SAMPLES, HISTORY_LONG, 3, "- 0 600");
    cr_assert(history_curve(f.history, 0, HISTORY_SAMPLES, HISTORY_LONG, &points));
    cr_expect(eq(i64, points.end_mono_ms, 1500000));
    cr_expect(eq(u32, points.step_ms, 300000));
    cr_expect(eq(u32, points.count, 288));
}

Test(history_curves, points_are_kept_for_five_minutes) {
    accepts(&f, 10, 0, 9);
    pass(&f, 300);
    cr_assert(history_curve(f.history, 0, HISTORY_SAMPLES, HISTORY_SHORT, &points));
    cr_expect(eq(u32, points.values[0], 9));
    accepts(&f, 10, 0, 4);
    pass(&f, 1);
    cr_assert(history_curve(f.history, 0, HISTORY_SAMPLES, HISTORY_SHORT, &points));
    cr_expect(eq(u32, points.values[0], 0));
    cr_expect(eq(u32, points.values[299], 4));
    pass(&f, 2000);
    cr_assert(history_curve(f.history, 0, HISTORY_SAMPLES, HISTORY_SHORT, &points));
    for (uint32_t i = 0; i < points.count; i++)
        cr_assert(eq(u32, points.values[i], 0));
}

Test(history_curves, a_day_is_kept) {
    accepts(&f, 10, 0, 9);
    pass(&f, 200);
    pass(&f, 24 * 3600 - 300);
    cr_assert(history_curve(f.history, 0, HISTORY_SAMPLES, HISTORY_LONG, &points));
    cr_expect(eq(u32, points.values[0], 9));
    pass(&f, 300);
    cr_assert(history_curve(f.history, 0, HISTORY_SAMPLES, HISTORY_LONG, &points));
    cr_expect(eq(u32, points.values[0], 0));
}

Test(history_curves, a_tick_may_be_late_or_early) {
    pass_ms(&f, 10);
    accepts(&f, 10, 0, 1);
    pass_ms(&f, 1400);
    accepts(&f, 10, 0, 2);
    pass_ms(&f, 600);
    expect_curve(&f, 0, HISTORY_SAMPLES, HISTORY_SHORT, 2, "1 2");
    cr_assert(history_curve(f.history, 0, HISTORY_SAMPLES, HISTORY_SHORT, &points));
    cr_expect(eq(i64, points.end_mono_ms, 1002000));
}

Test(history_curves, seconds_in_which_nobody_looked_are_unknown) {
    pass(&f, 2);
    accepts(&f, 10, 0, 5);
    pass_ms(&f, 10000); /* as of a process that was stopped */
    accepts(&f, 10, 0, 6);
    pass(&f, 1);
    expect_curve(&f, 0, HISTORY_SAMPLES, HISTORY_SHORT, 13, "0 0 - - - - - - - - - 5 6");
}

Test(history_curves, after_an_hour_away_old_points_do_not_come_back) {
    for (int i = 0; i < 300; i++) {
        accepts(&f, 10, 0, 5);
        pass(&f, 1);
    }
    pass_ms(&f, 3600000);
    cr_assert(history_curve(f.history, 0, HISTORY_SAMPLES, HISTORY_SHORT, &points));
    for (uint32_t i = 0; i < 299; i++)
        cr_assert(eq(u32, points.values[i], HISTORY_UNKNOWN));
    cr_expect(eq(u32, points.values[299], 0));
}

Test(history_curves, another_time_of_day_moves_nothing) {
    pass(&f, 2);
    accepts(&f, 10, 0, 5);
    f.real_ms -= 7200000;
    pass(&f, 1);
    accepts(&f, 10, 0, 6);
    f.real_ms += 36000000;
    pass(&f, 1);
    expect_curve(&f, 0, HISTORY_SAMPLES, HISTORY_SHORT, 5, "- 0 0 5 6");
}

Test(history_curves, ticks_amid_a_second_add_up) {
    accepts(&f, 10, 0, 5);
    pass_ms(&f, 700);
    accepts(&f, 10, 0, 6);
    pass_ms(&f, 300);
    expect_curve(&f, 0, HISTORY_SAMPLES, HISTORY_SHORT, 2, "- 11");
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

Test(history_curves, names_are_those_of_the_views) {
    cr_expect(eq(str, (char *)(uintptr_t)history_curve_text(HISTORY_SAMPLES), "samples"));
    cr_expect(eq(str, (char *)(uintptr_t)history_curve_text(HISTORY_FOLDED), "folded"));
    cr_expect(eq(str, (char *)(uintptr_t)history_span_text(HISTORY_SHORT), "5m"));
    cr_expect(eq(str, (char *)(uintptr_t)history_span_text(HISTORY_LONG), "24h"));
}
