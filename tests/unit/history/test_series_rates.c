/* SPDX-License-Identifier: MIT */
/* The rates at which series that somebody watches grow. */
#include "assertions.h"
#include "fixture.h"

static struct fixture f;

static void setup(void) {
    fixture_init(&f);
}

static void teardown(void) {
    fixture_done(&f);
}

TestSuite(history_series_rates, .init = setup, .fini = teardown);

static struct history_series series = {.family = 1, .place = 7, .generation = 3, .total = 100};

static bool look(int64_t ms, double total, double *ret_rate) {
    struct history_series looked_at = series;
    looked_at.total = total;
    return history_series_rate(f.history, &looked_at, f.mono_ms + ms, ret_rate);
}

static void expect_rate(int64_t ms, double total, double expected) {
    double rate = -1;
    cr_expect(look(ms, total, &rate));
    cr_expect(epsilon_eq(dbl, rate, expected, 1e-9));
}

Test(history_series_rates, is_what_it_grew_by_since_somebody_looked) {
    double rate;
    cr_expect(not(look(0, 100, &rate)));
    cr_expect(not(look(900, 109, &rate)), "too short a time");
    expect_rate(2000, 120, 10);
    expect_rate(2500, 150, 10);
    expect_rate(4000, 160, 20);
    expect_rate(9000, 160, 0);
}

Test(history_series_rates, a_total_that_fell_begins_again) {
    double rate;
    (void)look(0, 100, &rate);
    expect_rate(1000, 110, 10);
    cr_expect(not(look(1100, 3, &rate)));
    expect_rate(2100, 5, 2);
}

Test(history_series_rates, another_series_in_the_same_place_begins_again) {
    double rate;
    (void)look(0, 100, &rate);
    expect_rate(1000, 110, 10);
    series.generation++;
    cr_expect(not(look(2000, 120, &rate)));
    series.generation--;
}

Test(history_series_rates, after_a_long_time_nothing_is_known_of_now) {
    double rate;
    (void)look(0, 100, &rate);
    cr_expect(not(look(300001, 200, &rate)));
    expect_rate(301001, 205, 5);
}

/* How many of so many series have a rate; each is looked at. */
static size_t count_known(uint32_t first, size_t count, int64_t ms) {
    size_t known = 0;
    double rate;
    for (uint32_t i = 0; i < count; i++) {
        const struct history_series one = {.family = 2, .place = first + i, .total = (double)ms};
        known += history_series_rate(f.history, &one, f.mono_ms + ms, &rate);
    }
    return known;
}

Test(history_series_rates, so_many_have_a_place_and_keep_it) {
    (void)count_known(1, 50, 0);
    (void)count_known(100, 10 * (size_t)HISTORY_RATES_MAX, 0);
    cr_expect(eq(sz, count_known(1, 50, 1000), 50), "others do not push them out");
    const size_t known = count_known(100, 10 * (size_t)HISTORY_RATES_MAX, 1000);
    cr_expect(le(sz, known, HISTORY_RATES_MAX));
    cr_expect(gt(sz, known, HISTORY_RATES_MAX * 9 / 10 - 50));
}

Test(history_series_rates, who_is_not_looked_at_makes_way) {
    (void)count_known(1, 10 * (size_t)HISTORY_RATES_MAX, 0);
    (void)count_known(20000, 50, 31000);
    cr_expect(eq(sz, count_known(20000, 50, 32000), 50));
}
