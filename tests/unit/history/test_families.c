/* SPDX-License-Identifier: MIT */
/* Curves of families: accepted samples. */
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

TestSuite(history_families, .init = setup, .fini = teardown);

Test(history_families, points_are_of_five_seconds) {
    counts(&f, "c_total", 3);
    pass(&f, 3);
    counts(&f, "c_total", 4);
    pass(&f, 1);
    expect_family(&f, "c_total", HISTORY_SHORT, 2, "- -");
    pass(&f, 1);
    expect_family(&f, "c_total", HISTORY_SHORT, 2, "- 7");
    expect_family(&f, "a_total", HISTORY_SHORT, 2, "- 0");
    cr_assert(history_family_curve(f.history, family(&f, "c_total"), HISTORY_FAMILY_ACCEPTED,
                                   HISTORY_SHORT, &points));
    cr_expect(eq(u32, points.count, 60));
    cr_expect(eq(u32, points.step_ms, 5000));
    cr_expect(eq(i64, points.end_mono_ms, 1005000));
}

Test(history_families, and_of_ten_minutes_for_a_day) {
    pass(&f, 200); /* 1,200 s */
    counts(&f, "a_total", 8);
    pass(&f, 600);
    expect_family(&f, "a_total", HISTORY_LONG, 3, "- 0 8");
    pass(&f, 24 * 3600 - 600);
    cr_assert(history_family_curve(f.history, family(&f, "a_total"), HISTORY_FAMILY_ACCEPTED,
                                   HISTORY_LONG, &points));
    cr_expect(eq(u32, points.count, 144));
    cr_expect(eq(u32, points.values[0], 8));
}

Test(history_families, their_counts_may_wrap) {
    fixture_done(&f);
    fixture_load(&f, fixture_catalogs);
    counts(&f, "a_total", UINT32_MAX - 1);
    cr_assert(fixture_make(&f, memory_heap(), NULL));
    pass_ms(&f, 0);
    counts(&f, "a_total", 5);
    pass(&f, 5);
    expect_family(&f, "a_total", HISTORY_SHORT, 1, "5");
}

Test(history_families, those_without_samples_have_none) {
    static const char *const names[] = {"e_total", "d_attempts_total"};
    double rate;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct catalog_family *none = family(&f, names[i]);
        cr_expect(not(history_family_curve(f.history, none, HISTORY_FAMILY_ACCEPTED, HISTORY_SHORT,
                                           &points)));
        cr_expect(not(history_family_rate(f.history, none, HISTORY_FAMILY_ACCEPTED, &rate)));
    }
}

Test(history_families, what_is_folded_is_apart) {
    double rate;
    counts(&f, "b", 3);
    folds(&f, "b", 40);
    pass(&f, 5);
    expect_family(&f, "b", HISTORY_SHORT, 1, "3");
    expect_folds(&f, "b", 1, "40");
    cr_assert(history_family_rate(f.history, family(&f, "b"), HISTORY_FAMILY_FOLDED, &rate));
    cr_expect(epsilon_eq(dbl, rate, 8, 1e-9));
    cr_expect(not(history_family_curve(f.history, family(&f, "a_total"), HISTORY_FAMILY_FOLDED,
                                       HISTORY_SHORT, &points)),
              "without `otherwise`");
}

Test(history_families, attempts_count_words) {
    counts(&f, "d", 5);
    pass(&f, 5);
    expect_family(&f, "d", HISTORY_SHORT, 1, "5");
}

Test(history_families, the_rate_is_that_of_the_last_ten_seconds) {
    double rate;
    cr_expect(
        not(history_family_rate(f.history, family(&f, "a_total"), HISTORY_FAMILY_ACCEPTED, &rate)));
    counts(&f, "a_total", 40);
    pass(&f, 5);
    cr_assert(
        history_family_rate(f.history, family(&f, "a_total"), HISTORY_FAMILY_ACCEPTED, &rate));
    cr_expect(epsilon_eq(dbl, rate, 8, 1e-9));
    pass(&f, 5);
    cr_assert(
        history_family_rate(f.history, family(&f, "a_total"), HISTORY_FAMILY_ACCEPTED, &rate));
    cr_expect(epsilon_eq(dbl, rate, 4, 1e-9));
    pass(&f, 5);
    cr_assert(
        history_family_rate(f.history, family(&f, "a_total"), HISTORY_FAMILY_ACCEPTED, &rate));
    cr_expect(epsilon_eq(dbl, rate, 0, 1e-9));
}
