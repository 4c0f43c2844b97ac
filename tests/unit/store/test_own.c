/* SPDX-License-Identifier: MIT */
/* Values that belong to processes: what each kind does, and what is left when a process ends. */
#include "assertions.h"
#include <float.h>
#include <math.h>
#include <string.h>

#include "built.h"
#include "store/store.h"

static const double zero = 0;
static const double halves[] = {0.5, 0.99};

static const struct built_family every[] = {
    {.name = "drop_total", .kind = KIND_READING, .merge = MERGE_READING_DROP, .users = 10},
    {.name = "flight", .kind = KIND_UPDOWNCOUNTER, .merge = MERGE_SUM, .users = 10},
    {.name = "floored", .kind = KIND_UPDOWNCOUNTER, .merge = MERGE_SUM, .floor = &zero},
    {.name = "g_max", .kind = KIND_GAUGE, .merge = MERGE_MAX, .users = 10},
    {.name = "g_min", .kind = KIND_GAUGE, .merge = MERGE_MIN, .users = 10},
    {.name = "g_sum", .kind = KIND_GAUGE, .merge = MERGE_SUM, .users = 10, .absent = &zero},
    {.name = "i_info", .kind = KIND_INFO, .merge = MERGE_LATEST, .users = 10},
    {.name = "read_total", .kind = KIND_READING, .merge = MERGE_READING, .users = 10},
    {.name = "relayed",
     .kind = KIND_RELAYED,
     .merge = MERGE_LATEST,
     .users = 10,
     .quantiles = halves,
     .quantile_count = 2},
    {.name = "ttl", .kind = KIND_GAUGE, .merge = MERGE_SUM, .users = 10, .ttl_ms = 5000}};

static struct built b;
static owner_id one;
static owner_id two;
static owner_id three;

static void set_up(void) {
    built_init(&b, every, sizeof every / sizeof every[0]);
    one = owners_begin(b.owners, 101);
    two = owners_begin(b.owners, 102);
    three = owners_begin(b.owners, 103);
}

static void tear_down(void) {
    built_done(&b);
}

TestSuite(own, .init = set_up, .fini = tear_down, .timeout = 300);

static enum store_own own(const char *family, int u, owner_id owner, uint32_t item, double value) {
    return store_own(b.store, built_family(&b, family), built_series(&b, family, u), owner, item,
                     value, b.now);
}

Test(own, a_floor_holds_for_each_part) {
    built_own(&b, "floored", -1, one, 3);
    built_own(&b, "floored", -1, two, -2);
    cr_expect(epsilon_eq(dbl, built_value(&b, "floored", -1), 3, 0), "two has 0, not -2");
    built_own(&b, "floored", -1, two, 1);
    built_own(&b, "floored", -1, one, -9);
    cr_expect(epsilon_eq(dbl, built_value(&b, "floored", -1), 1, 0));
}

Test(own, what_a_type_cannot_take_changes_nothing) {
    static const char *const families[] = {"g_sum", "g_min", "flight", "read_total", "drop_total"};
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        built_own(&b, families[i], 1, one, 7);
        cr_expect(own(families[i], 1, one, 0, (double)NAN) == OWN_BEYOND);
        cr_expect(own(families[i], 1, one, 0, (double)INFINITY) == OWN_BEYOND);
        cr_expect(own(families[i], 1, two, 0, -(double)INFINITY) != OWN_TAKEN);
        cr_expect(epsilon_eq(dbl, built_value(&b, families[i], 1), 7, 0));
    }
    cr_expect(own("read_total", 1, one, 0, -1) == OWN_BAD_VALUE);
    cr_expect(own("i_info", 1, one, 0, 2) == OWN_BAD_VALUE);
    cr_expect(own("relayed", 1, one, RELAYED_COUNT, -1) == OWN_BAD_VALUE);
    cr_expect(own("relayed", 1, one, RELAYED_COUNT, 1.5) == OWN_BAD_VALUE);
    cr_expect(own("relayed", 1, one, RELAYED_SUM, -1) == OWN_BAD_VALUE);
    cr_expect(own("relayed", 1, one, RELAYED_QUANTILES, -1) == OWN_BAD_VALUE);
    cr_expect(own("relayed", 1, one, RELAYED_QUANTILES + 2, 1) == OWN_BAD_VALUE, "no such item");
    cr_expect(own("relayed", 1, one, UINT32_MAX, 1) == OWN_BAD_VALUE);
    cr_expect(built_figures(&b).parts == 5);
}

Test(own, a_series_made_for_a_bad_value_is_vacant) {
    static const char *const families[] = {"g_sum",      "flight", "read_total",
                                           "drop_total", "i_info", "relayed"};
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        cr_expect(own(families[i], 3, one, 0, (double)NAN) != OWN_TAKEN);
        cr_expect(store_is_vacant(built_family(&b, families[i]), built_series(&b, families[i], 3)),
                  "%s", families[i]);
    }
}

Test(own, totals_that_would_not_be_finite_are_refused) {
    built_own(&b, "g_sum", 1, one, 1e308);
    cr_expect(own("g_sum", 1, two, 0, 1e308) == OWN_BEYOND);
    built_own(&b, "g_sum", 1, two, -1e308);
    cr_expect(epsilon_eq(dbl, built_value(&b, "g_sum", 1), 0, 0));
    built_own(&b, "read_total", 1, one, 1e308);
    cr_expect(own("read_total", 1, two, 0, 1e308) == OWN_BEYOND);
    cr_expect(own("read_total", 1, one, 0, 0.9e308) == OWN_BEYOND, "a reset");
    cr_expect(epsilon_eq(dbl, built_value(&b, "read_total", 1), 1e308, 0));
    built_end(&b, one);
    cr_expect(own("read_total", 1, two, 0, 1e308) == OWN_BEYOND, "beside the ended one");
    for (int32_t i = 0; i < 100; i++)
        built_own(&b, "g_sum", 2, owners_begin(b.owners, 1000 + i), 1);
    cr_expect(own("g_sum", 2, two, 0, 1e301) == OWN_BEYOND, "too many to add up each time");
    built_own(&b, "g_sum", 2, two, 1e299);
    built_own(&b, "flight", 1, two, DBL_MAX);
    cr_expect(own("flight", 1, two, 0, DBL_MAX) == OWN_BEYOND);
}

Test(own, an_unknown_or_ended_owner_gets_no_part) {
    owners_end(b.owners, one);
    cr_expect(own("g_sum", 1, one, 0, 1) == OWN_FULL);
    cr_expect(own("g_sum", 1, OWNER_NONE, 0, 1) == OWN_FULL);
    cr_expect(built_figures(&b).parts == 0);
}

Test(own, a_gauge_past_its_time_to_live_takes_its_parts_along) {
    built_own(&b, "ttl", 1, one, 1);
    built_own(&b, "ttl", 1, two, 2);
    b.now.mono_ms += 4999;
    cr_expect(built_shown(&b, "ttl") == 1);
    b.now.mono_ms += 1;
    cr_expect(built_shown(&b, "ttl") == 0);
    size_t budget = SIZE_MAX;
    cr_expect(store_expire(b.store, b.now, &budget));
    cr_expect(built_figures(&b).parts == 0);
    cr_expect(owners_at(b.owners, one)->part_count == 0);
    built_own(&b, "ttl", 1, one, 7);
    cr_expect(epsilon_eq(dbl, built_value(&b, "ttl", 1), 7, 0));
}

Test(own, touch_and_fetch_are_harmless_whatever_the_arguments) {
    const struct series *series = built_series(&b, "g_sum", 1);
    store_own_touch(b.store, series, one);
    store_own_fetch(b.store, series, one);
    built_own(&b, "g_sum", 1, one, 3);
    store_own_fetch(b.store, series, one);
    store_own_fetch(b.store, series, OWNER_NONE);
    cr_expect(epsilon_eq(dbl, built_value(&b, "g_sum", 1), 3, 0));
}
