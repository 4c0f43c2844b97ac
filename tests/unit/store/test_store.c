/* SPDX-License-Identifier: MIT */
/* The store through its interface: presence, bounds, folding, the end of series. */
#include "assertions.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "fixture.h"
#include "store/store.h"

static struct store_label text_label(const char *text) {
    return (struct store_label){.id = -1, .text = text, .len = strlen(text)};
}

static void expect_dump(struct fixture *fx, const char *family, const char *expected) {
    char *text = fixture_dump(fx, family);
    cr_expect(eq(str, text, expected));
    free(text);
}

Test(store, a_full_pattern_label_folds_to_otherwise_and_frees_with_the_last_series) {
    struct fixture fx;
    fixture_families(&fx, "\"g\":{\"type\":\"gauge\",\"help\":\"\",\"labels\":{\"user\":{"
                          "\"pattern\":\"slug\",\"max\":2,\"otherwise\":\"other\"}}}");
    const struct catalog_family *family = fixture_family(&fx, "g");
    struct store_label label = text_label("a");
    const struct series *a = NULL;
    const struct series *b = NULL;
    const struct series *c = NULL;
    int at = -1;
    cr_expect(store_series(fx.store, family, &label, fx.now, &a, &at) == STORE_FOUND);
    label = text_label("b");
    cr_expect(store_series(fx.store, family, &label, fx.now, &b, &at) == STORE_FOUND);
    label = text_label("c");
    cr_expect(store_series(fx.store, family, &label, fx.now, &c, &at) == STORE_FOLDED_LABEL);
    cr_expect(at == 0);
    expect_dump(&fx, NULL, "g{user=\"a\"} 0\ng{user=\"b\"} 0\ng{user=\"other\"} 0\n");
    const uint32_t generation = a->generation;
    store_remove(fx.store, a);
    cr_expect(a->generation != generation, "a remembered pointer must be recognised as stale");
    const struct series *d = NULL;
    label = text_label("c");
    cr_expect(store_series(fx.store, family, &label, fx.now, &d, &at) == STORE_FOUND);
    expect_dump(&fx, NULL, "g{user=\"b\"} 0\ng{user=\"c\"} 0\ng{user=\"other\"} 0\n");
    struct store_figures figures;
    store_figures(fx.store, &figures);
    cr_expect(figures.series == 3);
    cr_expect(figures.pattern_full == 0, "a fold is not refused");
    cr_expect(figures.series_freed == 1);
    fixture_done(&fx);
}

Test(store, a_full_pattern_label_without_otherwise_is_refused_and_leaves_nothing) {
    struct fixture fx;
    fixture_families(&fx, "\"g\":{\"type\":\"gauge\",\"help\":\"\",\"labels\":{"
                          "\"u\":{\"pattern\":\"slug\",\"max\":9},"
                          "\"v\":{\"pattern\":\"slug\",\"max\":1}}}");
    const struct catalog_family *family = fixture_family(&fx, "g");
    struct store_label labels[2] = {text_label("a"), text_label("x")};
    const struct series *series = NULL;
    int at = -1;
    cr_expect(store_series(fx.store, family, labels, fx.now, &series, &at) == STORE_FOUND);
    for (int i = 0; i < 100; i++) { /* a new u each time must not fill the pool of u */
        char u[16];
        (void)snprintf(u, sizeof u, "u%d", i);
        labels[0] = text_label(u);
        labels[1] = text_label("y");
        const struct series *untouched = NULL;
        cr_expect(store_series(fx.store, family, labels, fx.now, &untouched, &at) ==
                  STORE_LABEL_FULL);
        cr_expect(untouched == NULL);
        cr_expect(at == 1);
    }
    labels[0] = text_label("b");
    labels[1] = text_label("x");
    cr_expect(store_series(fx.store, family, labels, fx.now, &series, &at) == STORE_FOUND);
    fixture_done(&fx);
}

Test(store, churn_in_a_full_family_keeps_memory_flat) {
    struct fixture fx;
    fixture_families(&fx, "\"g\":{\"type\":\"gauge\",\"help\":\"\",\"labels\":{"
                          "\"u\":{\"pattern\":\"integer\",\"max\":64}}}");
    const struct catalog_family *family = fixture_family(&fx, "g");
    struct store_figures figures;
    uint64_t bytes = 0;
    for (int i = 0; i < 20000; i++) {
        char u[16];
        (void)snprintf(u, sizeof u, "%06d", i);
        const struct store_label label = text_label(u);
        const struct series *series = NULL;
        int at;
        cr_assert(store_series(fx.store, family, &label, fx.now, &series, &at) == STORE_FOUND);
        if (i % 3 == 0) {
            size_t budget = SIZE_MAX;
            (void)store_settle(fx.store, family, &budget);
        }
        store_remove(fx.store, series);
        store_figures(fx.store, &figures);
        if (i == 100)
            bytes = figures.bytes;
        else if (i > 100)
            cr_assert(figures.bytes <= bytes + 4096);
    }
    cr_expect(figures.series == 0);
    fixture_done(&fx);
}

Test(store, counters_refuse_what_falls_or_overflows) {
    struct fixture fx;
    fixture_families(&fx, "\"a_total\":{\"type\":\"counter\",\"help\":\"\"}");
    const struct catalog_family *family = fixture_family(&fx, "a_total");
    const struct series *series = store_find(fx.store, family, (uint32_t[1]){0});
    cr_assert(series != NULL);
    cr_expect(series_add(fx.store, family, series, 1e308, fx.now));
    cr_expect(not(series_add(fx.store, family, series, 1e308, fx.now)),
              "the sum would not be finite");
    cr_expect(not(series_add(fx.store, family, series, -1, fx.now)));
    cr_expect(epsilon_eq(dbl, series->value, 1e308, 0));
    fixture_done(&fx);
}

Test(store, an_up_down_counter_with_a_floor_never_goes_below) {
    struct fixture fx;
    fixture_families(&fx, "\"c\":{\"type\":\"updowncounter\",\"help\":\"\",\"floor\":0}");
    fixture_send(&fx, "c:2|c\nc:-5|c\nc:1|g");
    expect_dump(&fx, NULL, "c 1\n");
    fixture_done(&fx);
}

/* Buckets up to 0, 1, 2, ...: each counts a value at its bound and one below it. */
static void check_buckets(int count) {
    struct fixture fx;
    char families[2048] = "\"h\":{\"type\":\"histogram\",\"help\":\"\",\"buckets\":[0";
    for (int i = 1; i < count; i++)
        (void)snprintf(families + strlen(families), sizeof families - strlen(families), ",%d", i);
    (void)snprintf(families + strlen(families), sizeof families - strlen(families), "]}");
    fixture_families(&fx, families);
    const struct catalog_family *family = fixture_family(&fx, "h");
    const struct series *series = store_find(fx.store, family, (uint32_t[1]){0});
    for (int i = 0; i < count; i++) {
        cr_expect(series_observe(fx.store, family, series, i, 1, fx.now));
        cr_expect(series_observe(fx.store, family, series, i + 0.5, 1, fx.now));
    }
    cr_expect(series_buckets(series)[0] == 1, "%d buckets", count);
    for (int i = 1; i < count; i++)
        cr_expect(series_buckets(series)[i] == 2, "%d of %d buckets", i, count);
    cr_expect(series_buckets(series)[count] == 1, "%d buckets", count);
    fixture_done(&fx);
}

Test(store, any_number_of_buckets_is_searched_to_the_same_answer) {
    for (int count = 1; count <= 30; count++)
        check_buckets(count);
    check_buckets(100);
}
