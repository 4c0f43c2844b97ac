/* SPDX-License-Identifier: MIT */
/* The store of the next process, restored from the object of the one before: the same with the same
 * catalogs, and with others all that still fits. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "built.h"
#include "store/store.h"

static const double quantiles[] = {0, 0.5, 1};
static const double buckets[] = {1, 5};
static const double none = 0;
static const char *const words[] = {"a", "b", NULL};

static const struct built_family families[] = {
    {.name = "c_total", .kind = KIND_COUNTER, .users = 50, .words = words},
    {.name = "g", .kind = KIND_GAUGE, .users = 20, .ttl_ms = 10000},
    {.name = "g_max", .kind = KIND_GAUGE, .merge = MERGE_MAX, .users = 20},
    {.name = "g_sum", .kind = KIND_GAUGE, .merge = MERGE_SUM, .users = 20},
    {.name = "h", .kind = KIND_HISTOGRAM, .users = 20, .buckets = buckets, .bucket_count = 2},
    {.name = "i_info", .kind = KIND_INFO, .merge = MERGE_LATEST, .users = 20},
    {.name = "r",
     .kind = KIND_RELAYED,
     .merge = MERGE_LATEST,
     .users = 20,
     .quantiles = quantiles,
     .quantile_count = 3},
    {.name = "read_total", .kind = KIND_READING, .merge = MERGE_READING, .users = 20},
    {.name = "s",
     .kind = KIND_SUMMARY,
     .users = 20,
     .quantiles = quantiles,
     .quantile_count = 3,
     .window_ms = 8000},
    {.name = "st", .kind = KIND_STATESET, .users = 20},
    {.name = "up", .kind = KIND_UPDOWNCOUNTER, .merge = MERGE_SUM, .users = 20, .floor = &none},
    {.name = "z_total", .kind = KIND_COUNTER, .words = words, .zeros = true},
};
enum { FAMILIES = sizeof families / sizeof *families };

static struct built before;
static struct built after;
static owner_id one;
static owner_id two;

static const struct series *make(const char *name, const char *user, int word) {
    const struct store_label labels[2] = {
        {.id = -1, .text = user, .len = user != NULL ? strlen(user) : 0}, {.id = word}};
    const struct store_label label = {.id = word};
    const struct catalog_family *family = built_family(&before, name);
    const struct series *series = NULL;
    int at;
    cr_assert(store_series(before.store, family, user != NULL ? labels : &label, before.now,
                           &series, &at) == STORE_FOUND);
    return series;
}

static void count(const char *name, const struct series *series, double value, double rate) {
    const struct catalog_family *family = built_family(&before, name);
    cr_assert(store_number(before.store, family, series, value, rate, 1, before.now) ==
              NUMBER_TAKEN);
}

static void item(int u, owner_id owner, uint32_t number, double value) {
    const struct catalog_family *family = built_family(&before, "r");
    cr_assert(store_own(before.store, family, built_series(&before, "r", u), owner, number, value,
                        before.now) == OWN_TAKEN);
}

static void fill_host(void) {
    count("c_total", make("c_total", "1", 0), 2.5, 1);
    count("c_total", make("c_total", "2", 1), 4, 1);
    count("z_total", make("z_total", NULL, 1), 7, 1);
    count("g", make("g", "1", 0), -3, 1);
    for (int i = 0; i < 9; i++)
        count("h", make("h", "1", 0), i, 0.3);
    for (int i = 0; i < 12; i++) {
        count("s", make("s", "1", 0), i * i, 1);
        count("s", make("s", "2", 0), 1e9 / (i + 1), 1);
        before.now.mono_ms += 500;
    }
    count("st", make("st", "1", 0), 1, 1);
    (void)make("st", "2", 0);
}

/* Sums whose last bit depends on the order of parts. */
static void fill_owned(void) {
    one = owners_begin(before.owners, 101);
    two = owners_begin(before.owners, 102);
    const owner_id third = owners_begin(before.owners, 103);
    owners_describe(before.owners, two, 4711);
    const owner_id all[] = {two, third, one};
    for (int i = 0; i < 3; i++) {
        built_own(&before, "g_sum", 1, all[i], 0.1 * (i + 1));
        built_own(&before, "g_max", 1, all[i], i);
        built_own(&before, "read_total", 1, all[i], 0.7 * (i + 1));
        built_own(&before, "up", 1, all[i], i);
        built_own(&before, "i_info", i, all[i], 1);
    }
    built_own(&before, "read_total", 1, two, 0.2); /* a reset */
    for (int i = 0; i < 4; i++)                    /* its value is in the series */
        built_own(&before, "g_sum", 1, one, 0.3 + i * 0.1);
    built_own(&before, "i_info", 3, two, 1);
    item(1, one, RELAYED_COUNT, 3);
    item(1, two, RELAYED_COUNT, 5);
    item(1, two, RELAYED_QUANTILES + 1, 0.25);
    built_own(&before, "up", 2, third, 1);
    built_end(&before, third);
}

static void setup(void) {
    built_init_object(&before, families, FAMILIES);
    fill_host();
    fill_owned();
}

static void teardown(void) {
    built_done(&before);
}

TestSuite(restore, .init = setup, .fini = teardown);

static struct store_restored restore_at(const struct built_family *next, size_t count,
                                        struct store_time now) {
    struct image image;
    undo_commit(object_undo(before.object));
    built_image(&before, &image);
    image_arrive(&image, &(struct image_host){now.mono_ms, now.real_ms, 2});
    const struct store_restored restored = built_restore(&after, next, count, &image, now);
    built_drop(&before, &image);
    return restored;
}

static struct store_restored restore_into(const struct built_family *next, size_t count,
                                          int64_t later_ms) {
    struct store_time now = before.now;
    now.mono_ms += later_ms;
    now.real_ms += later_ms;
    return restore_at(next, count, now);
}

/* Restores after the host has started again: `later_ms` later, with the monotonic clock at
 * `mono_ms`. */
static struct store_restored restore_in_next_boot(int64_t later_ms, int64_t mono_ms) {
    volatile struct object_marks *marks = object_marks(before.object);
    marks->clean = 1;
    marks->ended_mono_ms = before.now.mono_ms;
    marks->ended_real_ms = before.now.real_ms;
    marks->processes = 1;
    return restore_at(
        families, FAMILIES,
        (struct store_time){.mono_ms = mono_ms, .real_ms = before.now.real_ms + later_ms});
}

/* ---- in another boot ---- */

static bool quantiles_of(struct built *of, double ret_quantiles[3]) {
    size_t units = 0;
    return store_quantiles(of->store, built_family(of, "s"), built_series(of, "s", 1), of->now,
                           ret_quantiles, &units);
}

/* There was one observation each half second until the process ended. */
Test(restore, a_window_goes_on_over_a_boot) {
    double found[3];
    (void)restore_in_next_boot(3000, 50);
    cr_assert(quantiles_of(&after, found));
    cr_expect(lt(dbl, fabs(found[2] - 121), 2));
    cr_expect(ge(dbl, found[0], 1), "what is older than the window went");
    after.now.mono_ms += 9000;
    cr_expect(not(quantiles_of(&after, found)));
    built_done(&after);
}

Test(restore, processes_of_another_boot_have_ended) {
    (void)restore_in_next_boot(1000, 50);
    cr_expect(owners_find(after.owners, 101) == OWNER_NONE);
    cr_expect(owners_find(after.owners, 102) == OWNER_NONE);
    cr_expect(owners_ended(after.owners) != OWNER_NONE);
    for (owner_id gone = OWNER_NONE; (gone = owners_ended(after.owners)) != OWNER_NONE;)
        built_end(&after, gone);
    built_end(&before, one);
    built_end(&before, two);
    cr_expect(built_figures(&after).parts == 0);
    cr_expect(built_shown(&after, "g_sum") == built_shown(&before, "g_sum"));
    cr_expect(eq(dbl, built_value(&after, "read_total", 1), built_value(&before, "read_total", 1)));
    built_done(&after);
}

/* Restores with the same families, except for one that changed. */
static struct store_restored restore_changed(const struct built_family *changed) {
    struct built_family next[FAMILIES];
    memcpy(next, families, sizeof next);
    for (size_t i = 0; i < FAMILIES; i++)
        if (strcmp(next[i].name, changed->name) == 0)
            next[i] = *changed;
    return restore_into(next, FAMILIES, 0);
}

Test(restore, a_window_goes_on_with_other_quantiles) {
    static const double other[] = {1, 0.25};
    const struct store_restored restored =
        restore_changed(&(struct built_family){.name = "s",
                                               .kind = KIND_SUMMARY,
                                               .users = 20,
                                               .quantiles = other,
                                               .quantile_count = 1,
                                               .window_ms = 8000});
    cr_expect(restored.ended == 0);
    double found = 0;
    size_t units;
    cr_expect(store_quantiles(after.store, built_family(&after, "s"), built_series(&after, "s", 1),
                              after.now, &found, &units));
    cr_expect(eq(dbl, found, 121));
    built_done(&after);
}

Test(restore, relayed_quantiles_are_known_by_their_numbers) {
    static const double other[] = {0.25, 0.5};
    item(1, two, RELAYED_QUANTILES + 2, 7);
    const struct store_restored restored =
        restore_changed(&(struct built_family){.name = "r",
                                               .kind = KIND_RELAYED,
                                               .merge = MERGE_LATEST,
                                               .users = 20,
                                               .quantiles = other,
                                               .quantile_count = 2});
    cr_expect(restored.ended == 0);
    const struct series_relayed *relayed = series_relayed(built_series(&after, "r", 1));
    cr_expect(relayed->present == (1u << RELAYED_COUNT | 1u << (RELAYED_QUANTILES + 1)));
    cr_expect(eq(dbl, relayed->items[RELAYED_COUNT], 5));
    cr_expect(eq(dbl, relayed->items[RELAYED_QUANTILES + 1], 0.25));
    built_done(&after);
}

Test(restore, a_floor_that_was_raised_holds) {
    static const double five = 5;
    built_own(&before, "up", 3, one, 4);
    built_own(&before, "up", 3, two, 6);
    (void)restore_changed(&(struct built_family){
        .name = "up", .kind = KIND_UPDOWNCOUNTER, .merge = MERGE_SUM, .users = 20, .floor = &five});
    cr_expect(eq(dbl, built_value(&after, "up", 3), 11));
    built_done(&after);
}
