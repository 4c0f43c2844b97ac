/* SPDX-License-Identifier: MIT */
/* Quantiles over a sliding window: how exact they are, for how long, and what happens without
 * pages. */
#include "assertions.h"
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "built.h"
#include "store/store.h"

enum { QUANTILES = 9, WINDOW_MS = 80000, SUMMARIES = 2000 };

static const double quantiles[QUANTILES] = {0, 0.001, 0.07, 0.25, 0.5, 0.9, 0.99, 0.999, 1};

static const struct built_family families[] = {{.name = "many",
                                                .kind = KIND_SUMMARY,
                                                .users = SUMMARIES,
                                                .quantiles = quantiles,
                                                .quantile_count = QUANTILES,
                                                .window_ms = WINDOW_MS},
                                               {.name = "s",
                                                .kind = KIND_SUMMARY,
                                                .quantiles = quantiles,
                                                .quantile_count = QUANTILES,
                                                .window_ms = WINDOW_MS}};

static struct built b;

static void set_up(void) {
    built_init(&b, families, sizeof families / sizeof families[0]);
}

static void tear_down(void) {
    built_done(&b);
}

TestSuite(window, .init = set_up, .fini = tear_down, .timeout = 300);

static bool observe(double value, double weight) {
    return store_number(b.store, built_family(&b, "s"), built_series(&b, "s", -1), value,
                        1 / weight, 0, b.now) == NUMBER_TAKEN;
}

static bool ask(double *ret_values) {
    size_t units = 0;
    const bool any = store_quantiles(b.store, built_family(&b, "s"), built_series(&b, "s", -1),
                                     b.now, ret_values, &units);
    cr_expect(units > 0);
    cr_expect(units <= 1024);
    return any;
}

static int by_value(const void *a, const void *z) {
    const double x = *(const double *)a;
    const double y = *(const double *)z;
    return (x > y) - (x < y);
}

static double uniform(uint64_t *state) {
    return (double)(built_random(state) >> 11) * 0x1p-53;
}

static double draw(int distribution, uint64_t *state) {
    const double u = uniform(state);
    switch (distribution) {
    case 0: /* uniform */
        return u * 1000;
    case 1: /* exponential, as latencies in seconds */
        return -log(1 - u) * 0.02;
    case 2: /* log-normal */
        return exp(2 * sqrt(-2 * log(1 - u)) * cos(6.283185307179586 * uniform(state)));
    case 3: /* Pareto: a heavy tail */
        return 1e-6 / pow(1 - u, 1.5);
    case 4: /* a third are 0, the others one of three values */
        return u < 0.33 ? 0 : u < 0.5 ? 0.001 : u < 0.9 ? 5 : 70000;
    default: /* over seventeen powers of ten */
        return pow(10, u * 17 - 9);
    }
}

Test(window, quantiles_are_within_one_percent_of_exact_ones) {
    enum { COUNT = 20011, DISTRIBUTIONS = 6 };
    double *values = malloc(COUNT * sizeof *values);
    uint64_t state = 42;
    for (int distribution = 0; distribution < DISTRIBUTIONS; distribution++) {
        b.now.mono_ms += INT64_C(10) * WINDOW_MS;
        for (int i = 0; i < COUNT; i++) {
            values[i] = draw(distribution, &state);
            if (i % 4000 == 0)
                b.now.mono_ms += WINDOW_MS / 8;
            cr_assert(observe(values[i], 1));
        }
        qsort(values, COUNT, sizeof *values, by_value);
        double found[QUANTILES];
        cr_assert(ask(found));
        for (int q = 0; q < QUANTILES; q++) {
            const double rank = fmax(ceil(quantiles[q] * COUNT), 1);
            const double exact = values[(size_t)rank - 1];
            cr_expect(fabs(found[q] - exact) <= 0.01 * exact, "distribution %d, %g: %g for %g",
                      distribution, quantiles[q], found[q], exact);
        }
        cr_expect(epsilon_eq(dbl, found[0], values[0], 0));
        cr_expect(epsilon_eq(dbl, found[QUANTILES - 1], values[COUNT - 1], 0));
    }
    cr_expect(built_figures(&b).pages_full == 0);
    free(values);
}

Test(window, ranks_are_the_nearest_ones) {
    for (int i = 1; i <= 100; i++)
        cr_assert(observe(pow(1.1, i), 1));
    double found[QUANTILES];
    cr_assert(ask(found));
    /* 0.07 * 100 is slightly above 7 in binary, but must select the seventh value. */
    static const int ranks[QUANTILES] = {1, 1, 7, 25, 50, 90, 99, 100, 100};
    for (int q = 0; q < QUANTILES; q++)
        cr_expect(epsilon_eq(dbl, found[q] / pow(1.1, ranks[q]), 1, 0.01), "%g", quantiles[q]);
}

Test(window, weights_count_and_carry_as_in_a_histogram) {
    const struct series *series = built_series(&b, "s", -1);
    for (int i = 0; i < 300; i++)
        cr_assert(observe(2, 1 / 0.3));
    cr_expect(series_summary(series)->count == 1000);
    cr_expect(epsilon_eq(dbl, series->value, 2000, 0));
    for (int i = 0; i < 9000; i++)
        cr_assert(observe(7, 1));
    double found[QUANTILES];
    cr_assert(ask(found));
    cr_expect(epsilon_eq(dbl, found[2], 2, 0.02), "a tenth is 2");
    cr_expect(epsilon_eq(dbl, found[3], 7, 0.07));
    cr_assert(observe(1, 0.25), "less than a half: carried only");
    cr_expect(series_summary(series)->count == 10000);
    cr_assert(ask(found));
    cr_expect(epsilon_eq(dbl, found[0], 2, 0), "not observed yet");
}

Test(window, what_cannot_be_observed_changes_nothing) {
    cr_expect(not(observe(-1, 1)));
    cr_expect(not(observe((double)NAN, 1)));
    cr_expect(not(observe((double)INFINITY, 1)));
    cr_expect(not(observe(1, 1e300)));
    cr_expect(not(observe(DBL_MAX, 2)), "the sum would not be finite");
    const struct series *series = built_series(&b, "s", -1);
    cr_expect(series_summary(series)->count == 0);
    double found[QUANTILES];
    cr_expect(not(ask(found)));
}

Test(window, the_ends_of_the_number_line_are_exact) {
    double found[QUANTILES];
    cr_assert(observe(0x1p-1074, 1));
    cr_assert(observe(-0.0, 1));
    cr_assert(observe(DBL_MAX, 1));
    cr_assert(ask(found));
    cr_expect(epsilon_eq(dbl, found[0], 0, 0));
    cr_expect(epsilon_eq(dbl, found[QUANTILES - 1], DBL_MAX, 0));
    cr_expect(epsilon_eq(dbl, found[4], 0x1p-1074, 0x1p-1074));
}

Test(window, counts_of_a_bin_stop_at_their_maximum) {
    const double most = 9007199254740992.0;
    cr_assert(observe(1, most));
    cr_assert(observe(1, most / 2));
    cr_assert(observe(100, 1000));
    double found[QUANTILES];
    cr_assert(ask(found));
    cr_expect(epsilon_eq(dbl, found[4], 1, 0.01));
    cr_expect(epsilon_eq(dbl, found[QUANTILES - 1], 100, 0));
    cr_expect(series_summary(built_series(&b, "s", -1))->count == (uint64_t)most / 2 * 3 + 1000);
}

static const struct series *fill_pool(void) {
    /* Each series can take 32 pages in each of its eight sub-windows, until no page is left. */
    const struct series *series = NULL;
    const uint32_t pages = 32;
    for (int u = 0; u < SUMMARIES; u++) {
        series = built_series(&b, "many", u);
        for (uint32_t page = 0; page < pages; page++)
            cr_assert(store_number(b.store, built_family(&b, "many"), series,
                                   exp(0.0198 * 64 * (page + 0.5)), 1, 0, b.now) == NUMBER_TAKEN);
    }
    return series;
}

Test(window, an_empty_pool_refuses_no_observation) {
    for (int turn = 0; turn < 5; turn++) {
        (void)fill_pool();
        b.now.mono_ms += WINDOW_MS / 8;
    }
    const struct store_figures full = built_figures(&b);
    cr_expect(full.pages_full > 0);
    b.now.mono_ms -= WINDOW_MS / 8;
    cr_assert(observe(10, 1)); /* a window without any page */
    cr_assert(observe(1000, 3));
    double found[QUANTILES];
    cr_assert(ask(found));
    cr_expect(epsilon_eq(dbl, found[0], 10, 0));
    cr_expect(epsilon_eq(dbl, found[4], 100, 1e-9), "in the middle between the ends");
    cr_expect(epsilon_eq(dbl, found[QUANTILES - 1], 1000, 0));
    cr_expect(series_summary(built_series(&b, "s", -1))->count == 4);
    cr_expect(built_figures(&b).pages_full > full.pages_full);

    b.now.mono_ms += WINDOW_MS; /* without further observations the sweep frees the pages */
    size_t budget = SIZE_MAX;
    cr_expect(store_expire(b.store, b.now, &budget));
    const uint64_t pages_full = built_figures(&b).pages_full;
    (void)fill_pool();
    cr_assert(observe(1, 1));
    cr_expect(built_figures(&b).pages_full == pages_full);
    for (int u = 0; u < SUMMARIES; u++)
        store_remove(b.store, built_series(&b, "many", u));
    for (int turn = 0; turn < 4; turn++)
        (void)fill_pool();
    cr_expect(built_figures(&b).pages_full == pages_full, "removed series gave theirs back");
    for (int u = 0; u < SUMMARIES; u++)
        store_remove(b.store, built_series(&b, "many", u));
    cr_expect(built_figures(&b).bytes < full.bytes + 1000000, "windows and pages are used again");
}

Test(window, the_arithmetic_covers_windows_and_pages) {
    for (int u = 0; u < SUMMARIES; u++)
        (void)built_series(&b, "many", u);
    const uint64_t bytes = store_shared_bytes(&b.set) +
                           store_family_bytes(built_family(&b, "many")) +
                           store_family_bytes(built_family(&b, "s")) + 4096;
    cr_expect(built_figures(&b).bytes <= bytes);
    cr_expect(store_shared_bytes(&b.set) >= (uint64_t)WINDOW_PAGES_MAX * 64 * 4);
}
