/* SPDX-License-Identifier: MIT */
/* Parts at their bounds: a full table, endless processes, many parts of one series. */
#include "assertions.h"
#include <stdlib.h>

#include "built.h"
#include "store/store.h"

enum { WIDE = 20 };

static const struct built_family families[] = {
    {.name = "flight", .kind = KIND_UPDOWNCOUNTER, .merge = MERGE_SUM, .users = WIDE},
    {.name = "g", .kind = KIND_GAUGE, .merge = MERGE_SUM, .users = WIDE},
    {.name = "i_info", .kind = KIND_INFO, .merge = MERGE_LATEST, .users = 20000},
    {.name = "read_total", .kind = KIND_READING, .merge = MERGE_READING, .users = WIDE}};

static struct built b;

static void set_up(void) {
    built_init(&b, families, sizeof families / sizeof families[0]);
}

static void tear_down(void) {
    built_done(&b);
}

TestSuite(own_bounds, .init = set_up, .fini = tear_down, .timeout = 300);

static enum store_own own(const char *family, int u, owner_id owner, double value) {
    return store_own(b.store, built_family(&b, family), built_series(&b, family, u), owner, 0,
                     value, b.now);
}

Test(own_bounds, a_full_table_refuses_counts_and_has_room_again) {
    static owner_id owners[OWNERS_MAX];
    for (int32_t i = 0; i < OWNERS_MAX; i++) {
        owners[i] = owners_begin(b.owners, i + 1);
        for (int u = 0; u < PARTS_MAX / OWNERS_MAX; u++)
            cr_assert(own("g", u, owners[i], 1) == OWN_TAKEN);
    }
    cr_expect(built_figures(&b).parts == PARTS_MAX);
    cr_expect(own("read_total", 0, owners[5], 1) == OWN_FULL);
    cr_expect(store_is_vacant(built_family(&b, "read_total"), built_series(&b, "read_total", 0)));
    store_remove(b.store, built_series(&b, "read_total", 0));
    cr_expect(own("g", WIDE - 1, owners[5], 1) == OWN_FULL);
    store_remove(b.store, built_series(&b, "g", WIDE - 1));
    cr_expect(built_figures(&b).parts_full == 2);
    cr_expect(own("g", 3, owners[5], 8) == OWN_TAKEN, "what is there goes on");
    cr_expect(epsilon_eq(dbl, built_value(&b, "g", 3), OWNERS_MAX + 7, 0));
    cr_expect(epsilon_eq(dbl, built_value(&b, "g", 0), OWNERS_MAX, 0), "nothing was lost");
    built_end(&b, owners[7]);
    cr_expect(built_figures(&b).parts == PARTS_MAX - PARTS_MAX / OWNERS_MAX);
    for (int u = 0; u < PARTS_MAX / OWNERS_MAX; u++)
        cr_expect(own("read_total", u, owners[5], 1) == OWN_TAKEN);
    cr_expect(own("flight", 0, owners[5], 1) == OWN_FULL);
    for (int32_t i = 0; i < OWNERS_MAX; i++)
        if (i != 7)
            built_end(&b, owners[i]);
    cr_expect(built_figures(&b).parts == 0);
    cr_expect(built_shown(&b, "g") == 0);
}

Test(own_bounds, the_parts_of_one_series_are_merged_within_bounded_units) {
    static owner_id owners[OWNERS_MAX];
    for (int32_t i = 0; i < OWNERS_MAX; i++) {
        owners[i] = owners_begin(b.owners, i + 1);
        for (int u = 0; u < 8; u++)
            cr_assert(own("flight", u, owners[i], u + 1) == OWN_TAKEN);
    }
    const struct catalog_family *family = built_family(&b, "flight");
    cr_expect(built_shown(&b, "flight") == 8);
    cr_assert(own("flight", 1, owners[9], 5) == OWN_TAKEN);
    struct store_cursor cursor;
    store_cursor_open(b.store, &cursor, family);
    const struct series *series = store_cursor_next(b.store, &cursor, b.now);
    cr_expect(epsilon_eq(dbl, series->value, OWNERS_MAX, 0));
    cr_expect(cursor.units == 0, "nothing changed since the walk before");
    series = store_cursor_next(b.store, &cursor, b.now);
    cr_expect(epsilon_eq(dbl, series->value, 2.0 * OWNERS_MAX + 5, 0));
    cr_expect(cursor.units >= OWNERS_MAX / 8);
    cr_expect(cursor.units <= OWNERS_MAX / 2);
    store_cursor_close(b.store, &cursor);
}

Test(own_bounds, an_owner_is_released_in_slices) {
    const owner_id owner = owners_begin(b.owners, 1);
    const owner_id other = owners_begin(b.owners, 2);
    for (int u = 0; u < WIDE; u++) {
        built_own(&b, "g", u, owner, 1);
        built_own(&b, "read_total", u, owner, 10);
        built_own(&b, "read_total", u, other, 1);
    }
    owners_end(b.owners, owner);
    size_t slices = 0;
    for (bool done = false; !done; slices++) {
        size_t budget = 7;
        done = store_disown(b.store, owner, &budget);
        cr_expect(done ? budget < 7 : budget == 0);
        for (int u = 0; u < WIDE; u++) /* a total never falls, however much is released already */
            cr_expect(epsilon_eq(dbl, built_value(&b, "read_total", u), 11, 0));
    }
    cr_expect(slices >= WIDE, "to end a series takes a slice of this size");
    cr_expect(slices <= 2 * WIDE + 1);
    cr_expect(built_shown(&b, "g") == 0);
    cr_expect(built_figures(&b).parts == WIDE);
    owners_release(b.owners, owner);
    size_t budget = 7;
    cr_expect(store_disown(b.store, owner, &budget), "nothing is left of it");
    cr_expect(budget == 7);
}

Test(own_bounds, an_open_cursor_survives_series_that_end_with_their_process) {
    owner_id owners[WIDE];
    for (int u = 0; u < WIDE; u++) {
        owners[u] = owners_begin(b.owners, 100 + u);
        built_own(&b, "g", u, owners[u], u);
    }
    const struct catalog_family *family = built_family(&b, "g");
    (void)built_shown(&b, "g");
    struct store_cursor cursor;
    store_cursor_open(b.store, &cursor, family);
    bool gone[WIDE] = {false};
    size_t met = 0;
    const struct series *series;
    while ((series = store_cursor_next(b.store, &cursor, b.now))) {
        const int at = (int)series->value;
        cr_assert(not(gone[at]), "%d ended before", at);
        met++;
        /* End the next one, one far away, and the one just met. */
        const int next = cursor.next ? (int)cursor.next->value : -1;
        const int victims[3] = {met % 2 == 0 ? next : -1, WIDE - 1 - at, met % 3 == 0 ? at : -1};
        for (int i = 0; i < 3; i++) {
            if (victims[i] < 0 || gone[victims[i]])
                continue;
            gone[victims[i]] = true;
            built_end(&b, owners[victims[i]]);
        }
    }
    cr_expect(met >= WIDE / 4);
    store_cursor_close(b.store, &cursor);
    size_t left = 0;
    for (int u = 0; u < WIDE; u++)
        left += !gone[u];
    cr_expect(built_shown(&b, "g") == left);
}

Test(own_bounds, the_arithmetic_covers_what_a_store_takes) {
    uint64_t bytes = store_shared_bytes(&b.set);
    for (size_t i = 0; i < b.set.family_count; i++)
        bytes += store_family_bytes(b.set.families[i]);
    cr_expect(built_figures(&b).bytes <= bytes);
    cr_expect(store_shared_bytes(&b.set) >= (uint64_t)PARTS_MAX * 48);
    static const struct built_family one[] = {
        {.name = "flight", .kind = KIND_UPDOWNCOUNTER, .merge = MERGE_SUM}};
    struct built small;
    built_init(&small, one, 1);
    cr_expect(store_shared_bytes(&small.set) <= (uint64_t)OWNERS_MAX * 96, "a part a process");
    built_done(&small);
    static const struct built_family plain[] = {{.name = "g", .kind = KIND_GAUGE}};
    built_init(&small, plain, 1);
    cr_expect(store_shared_bytes(&small.set) == 0);
    built_done(&small);
}
