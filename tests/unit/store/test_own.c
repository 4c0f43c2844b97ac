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

static bool exists(const char *family, int u) {
    const uint64_t before = store_family_count(b.store, built_family(&b, family));
    const struct series *series = built_series(&b, family, u);
    const bool existed = store_family_count(b.store, built_family(&b, family)) == before;
    if (!existed)
        store_remove(b.store, series);
    return existed;
}

Test(own, a_summed_gauge_adds_the_latest_of_each_process) {
    built_own(&b, "g_sum", 1, one, 3);
    built_own(&b, "g_sum", 1, two, 4);
    built_own(&b, "g_sum", 2, two, 40);
    built_own(&b, "g_sum", 1, one, 5);
    cr_expect(epsilon_eq(dbl, built_value(&b, "g_sum", 1), 9, 0));
    built_end(&b, two);
    cr_expect(epsilon_eq(dbl, built_value(&b, "g_sum", 1), 5, 0));
    cr_expect(not(exists("g_sum", 2)), "its last part went");
    built_end(&b, one);
    cr_expect(not(exists("g_sum", 1)));
    cr_expect(built_figures(&b).parts == 0);
}

Test(own, the_absent_value_drops_one_part) {
    built_own(&b, "g_sum", 1, one, 3);
    built_own(&b, "g_sum", 1, two, 4);
    built_own(&b, "g_sum", 1, one, 0);
    cr_expect(epsilon_eq(dbl, built_value(&b, "g_sum", 1), 4, 0));
    built_own(&b, "g_sum", 1, two, 0);
    cr_expect(not(exists("g_sum", 1)));
    built_own(&b, "g_sum", 1, two, 0);
    cr_expect(not(exists("g_sum", 1)), "nothing to drop");
}

Test(own, min_and_max_are_over_the_living) {
    static const double values[3] = {-2, 7, 3};
    const owner_id owners[3] = {one, two, three};
    for (int i = 0; i < 3; i++) {
        built_own(&b, "g_min", 1, owners[i], values[i]);
        built_own(&b, "g_max", 1, owners[i], values[i]);
    }
    cr_expect(epsilon_eq(dbl, built_value(&b, "g_min", 1), -2, 0));
    cr_expect(epsilon_eq(dbl, built_value(&b, "g_max", 1), 7, 0));
    built_own(&b, "g_max", 1, two, 1);
    cr_expect(epsilon_eq(dbl, built_value(&b, "g_max", 1), 3, 0));
    built_end(&b, one);
    cr_expect(epsilon_eq(dbl, built_value(&b, "g_min", 1), 3, 0));
}

Test(own, in_flight_requests_of_a_crashed_process_go) {
    for (int i = 0; i < 3; i++) {
        built_own(&b, "flight", 1, one, 1);
        built_own(&b, "flight", 1, two, 1);
    }
    built_own(&b, "flight", 1, two, -1);
    cr_expect(epsilon_eq(dbl, built_value(&b, "flight", 1), 5, 0));
    built_end(&b, one);
    cr_expect(epsilon_eq(dbl, built_value(&b, "flight", 1), 2, 0));
    built_end(&b, two);
    cr_expect(exists("flight", 1), "it stays, at 0");
    cr_expect(epsilon_eq(dbl, built_value(&b, "flight", 1), 0, 0));
}

Test(own, a_floor_holds_for_each_part) {
    built_own(&b, "floored", -1, one, 3);
    built_own(&b, "floored", -1, two, -2);
    cr_expect(epsilon_eq(dbl, built_value(&b, "floored", -1), 3, 0), "two has 0, not -2");
    built_own(&b, "floored", -1, two, 1);
    built_own(&b, "floored", -1, one, -9);
    cr_expect(epsilon_eq(dbl, built_value(&b, "floored", -1), 1, 0));
}

Test(own, readings_keep_what_ended_and_what_was_before_a_reset) {
    built_own(&b, "read_total", 1, one, 100);
    cr_expect(epsilon_eq(dbl, built_value(&b, "read_total", 1), 100, 0),
              "a first reading counts whole");
    built_own(&b, "read_total", 1, one, 150);
    built_own(&b, "read_total", 1, two, 10);
    cr_expect(epsilon_eq(dbl, built_value(&b, "read_total", 1), 160, 0));
    built_own(&b, "read_total", 1, one, 5);
    cr_expect(epsilon_eq(dbl, built_value(&b, "read_total", 1), 165, 0), "a reset");
    built_end(&b, one);
    cr_expect(epsilon_eq(dbl, built_value(&b, "read_total", 1), 165, 0));
    built_end(&b, two);
    cr_expect(epsilon_eq(dbl, built_value(&b, "read_total", 1), 165, 0));
    built_own(&b, "read_total", 1, three, 1);
    cr_expect(epsilon_eq(dbl, built_value(&b, "read_total", 1), 166, 0));
}

Test(own, a_reading_of_zero_is_there_and_stays) {
    built_own(&b, "read_total", 1, one, 0);
    built_end(&b, one);
    cr_expect(exists("read_total", 1));
    cr_expect(epsilon_eq(dbl, built_value(&b, "read_total", 1), 0, 0));
}

Test(own, dropped_readings_go_with_their_process) {
    built_own(&b, "drop_total", 1, one, 1.8446744073709552e+19);
    built_own(&b, "drop_total", 1, two, 10);
    built_end(&b, one);
    cr_expect(epsilon_eq(dbl, built_value(&b, "drop_total", 1), 10, 0));
    built_end(&b, two);
    cr_expect(not(exists("drop_total", 1)));
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

static int shown_info(void) {
    const struct catalog_family *family = built_family(&b, "i_info");
    struct store_cursor cursor;
    size_t budget = SIZE_MAX;
    int found = -1;
    (void)store_settle(b.store, family, &budget);
    store_cursor_open(b.store, &cursor, family);
    const struct series *series;
    while ((series = store_cursor_next(b.store, &cursor, b.now))) {
        cr_expect(found == -1, "one series at most");
        cr_expect(epsilon_eq(dbl, series->value, 1, 0));
        const struct catalog_value value =
            store_label_value(b.store, family, 0, series_ids(family, series)[0]);
        found = value.text[0] - '0';
    }
    store_cursor_close(b.store, &cursor);
    return found;
}

Test(own, info_shows_the_latest_writer_and_falls_back_when_it_ends) {
    cr_expect(shown_info() == -1);
    built_own(&b, "i_info", 1, one, 1);
    built_own(&b, "i_info", 2, two, 1);
    built_own(&b, "i_info", 3, three, 1);
    cr_expect(shown_info() == 3);
    built_own(&b, "i_info", 1, one, 1);
    cr_expect(shown_info() == 1, "said again, it is the latest");
    built_end(&b, one);
    cr_expect(shown_info() == 3);
    built_end(&b, two);
    cr_expect(shown_info() == 3, "a hidden one went");
    cr_expect(not(exists("i_info", 2)));
    built_end(&b, three);
    cr_expect(shown_info() == -1);
    cr_expect(store_family_count(b.store, built_family(&b, "i_info")) == 0);
}

Test(own, a_new_version_of_one_process_replaces_its_old) {
    built_own(&b, "i_info", 1, one, 1);
    built_own(&b, "i_info", 1, two, 1);
    built_own(&b, "i_info", 2, one, 1);
    cr_expect(shown_info() == 2);
    cr_expect(exists("i_info", 1), "two still says so");
    built_own(&b, "i_info", 2, two, 1);
    cr_expect(not(exists("i_info", 1)));
    cr_expect(built_figures(&b).parts == 2);
    store_remove(b.store, built_series(&b, "i_info", 2));
    cr_expect(built_figures(&b).parts == 0);
    cr_expect(shown_info() == -1);
}

Test(own, removing_the_shown_info_shows_the_one_before) {
    built_own(&b, "i_info", 1, one, 1);
    built_own(&b, "i_info", 2, two, 1);
    built_own(&b, "i_info", 1, three, 1);
    store_remove(b.store, built_series(&b, "i_info", 1));
    cr_expect(shown_info() == 2);
    cr_expect(built_figures(&b).parts == 1);
}

Test(own, a_relayed_summary_is_its_latest_writers_and_starts_from_nothing) {
    const struct series *series = built_series(&b, "relayed", 1);
    const struct series_relayed *relayed = series_relayed(series);
    cr_expect(own("relayed", 1, one, RELAYED_SUM, 12.5) == OWN_TAKEN);
    cr_expect(own("relayed", 1, one, RELAYED_COUNT, 3) == OWN_TAKEN);
    cr_expect(own("relayed", 1, one, RELAYED_QUANTILES + 1, 4) == OWN_TAKEN);
    cr_expect(relayed->present == 0xbu);
    cr_expect(epsilon_eq(dbl, relayed->items[RELAYED_SUM], 12.5, 0));
    cr_expect(epsilon_eq(dbl, relayed->items[RELAYED_QUANTILES + 1], 4, 0));
    cr_expect(own("relayed", 1, two, RELAYED_COUNT, 9) == OWN_TAKEN);
    cr_expect(relayed->present == 2u);
    cr_expect(epsilon_eq(dbl, relayed->items[RELAYED_COUNT], 9, 0));
    cr_expect(built_figures(&b).parts == 1);
    built_end(&b, one);
    cr_expect(exists("relayed", 1), "it is not one's any more");
    built_end(&b, two);
    cr_expect(not(exists("relayed", 1)));
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

Test(own, removing_a_series_frees_its_parts_only) {
    built_own(&b, "g_min", 1, one, 1);
    built_own(&b, "g_min", 1, two, 2);
    built_own(&b, "g_min", 2, one, 3);
    store_remove(b.store, built_series(&b, "g_min", 1));
    cr_expect(built_figures(&b).parts == 1);
    cr_expect(owners_at(b.owners, one)->part_count == 1);
    cr_expect(epsilon_eq(dbl, built_value(&b, "g_min", 2), 3, 0));
    built_end(&b, one);
    cr_expect(not(exists("g_min", 2)));
}

/* There are more processes than a series has places, so some share a place. */
Test(own, each_of_many_processes_has_its_value) {
    enum { MANY = 2 * SERIES_WRITERS + 1, ROUNDS = 3 * SERIES_WRITERS };
    const double first = 100 * ROUNDS + 1; /* what the first one writes last */
    owner_id many[MANY];
    double sum = 0;
    for (int i = 0; i < MANY; i++)
        many[i] = owners_begin(b.owners, 1000 + i);
    for (int round = 1; round <= ROUNDS; round++) {
        sum = 0;
        for (int i = 0; i < MANY; i++) {
            const double value = round * 100 + i + 1;
            built_own(&b, "g_sum", 1, many[i], value);
            built_own(&b, "flight", 1, many[i], 1);
            built_own(&b, "read_total", 1, many[i], value);
            sum += value;
        }
        cr_expect(epsilon_eq(dbl, built_value(&b, "g_sum", 1), sum, 0));
        cr_expect(epsilon_eq(dbl, built_value(&b, "flight", 1), round * MANY, 0));
        cr_expect(epsilon_eq(dbl, built_value(&b, "read_total", 1), sum, 0));
    }
    built_end(&b, many[0]); /* the next process that writes gets its place */
    cr_expect(epsilon_eq(dbl, built_value(&b, "g_sum", 1), sum - first, 0));
    cr_expect(epsilon_eq(dbl, built_value(&b, "read_total", 1), sum, 0));
    for (int round = 1; round <= 2; round++) {
        built_own(&b, "g_sum", 1, many[SERIES_WRITERS], first + SERIES_WRITERS);
        cr_expect(epsilon_eq(dbl, built_value(&b, "g_sum", 1), sum - first, 0));
    }
    for (int i = 1; i < MANY - 1; i++)
        built_end(&b, many[i]);
    cr_expect(epsilon_eq(dbl, built_value(&b, "g_sum", 1), first + MANY - 1, 0));
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
