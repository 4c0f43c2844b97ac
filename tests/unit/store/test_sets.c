/* SPDX-License-Identifier: MIT */
/* Families whose series come as one set, which is replaced as a whole and emptied in steps. */
#include "assertions.h"
#include <stdio.h>
#include <string.h>

#include "built.h"
#include "store/store.h"

static const struct built_family one[] = {
    {.name = "g", .kind = KIND_GAUGE, .users = 50, .set = true}};

static bool begin(struct built *b, const char *name) {
    size_t budget = SIZE_MAX;
    return store_set_begin(b->store, built_family(b, name), &budget);
}

static enum store_result try_put(struct built *b, const char *name, int u, double value,
                                 int *ret_label) {
    char text[16];
    (void)snprintf(text, sizeof text, "%d", u);
    const struct store_label label = {.id = -1, .text = text, .len = strlen(text)};
    const struct series *series = NULL;
    bool made = false;
    const enum store_result result = store_set_series(b->store, built_family(b, name), &label,
                                                      b->now, &series, ret_label, &made);
    if (series)
        (void)series_write(b->store, series, made ? value : series->value + value, b->now);
    return result;
}

static void put(struct built *b, const char *name, int u, double value) {
    int label = -1;
    cr_assert(try_put(b, name, u, value, &label) == STORE_FOUND, "%d", u);
    cr_assert(label == -1);
}

/* Replaces the set by the users from..to-1, each with this value. */
static void replace(struct built *b, const char *name, int from, int to, double value) {
    cr_assert(begin(b, name));
    for (int u = from; u < to; u++)
        put(b, name, u, value);
    store_set_commit(b->store, built_family(b, name));
}

static const char *text_of(struct built *b, const struct catalog_family *family,
                           const struct series *series) {
    return store_label_value(b->store, family, 0, series_ids(family, series)[0]).text;
}

/* The series that the walk still meets, in order, as "u=value ...". */
static const char *rest(struct built *b, struct store_cursor *cursor) {
    static char out[4096];
    size_t len = 0;
    out[0] = '\0';
    const struct series *series;
    while ((series = store_cursor_next(b->store, cursor, b->now)))
        len += (size_t)snprintf(out + len, sizeof out - len, "%s%s=%g", len ? " " : "",
                                text_of(b, cursor->family, series), series->value);
    return out;
}

static const char *shown(struct built *b, const char *name) {
    const struct catalog_family *family = built_family(b, name);
    size_t budget = SIZE_MAX;
    cr_assert(store_settle(b->store, family, &budget));
    struct store_cursor cursor;
    store_cursor_open(b->store, &cursor, family);
    const char *out = rest(b, &cursor);
    store_cursor_close(b->store, &cursor);
    return out;
}

static bool tidy(struct built *b) {
    size_t budget = SIZE_MAX;
    return store_set_tidy(b->store, &budget);
}

Test(sets, find_and_remove_mean_the_right_set) {
    static const char *const words[] = {"a", "b", NULL};
    const struct built_family families[] = {
        {.name = "g", .kind = KIND_GAUGE, .words = words, .set = true}};
    struct built b;
    built_init(&b, families, 1);
    const struct catalog_family *family = built_family(&b, "g");
    const uint32_t ids[] = {1};
    const struct store_label label = {.id = 1};
    const struct series *series[2];
    bool made;
    int at;
    cr_expect(store_find(b.store, family, ids) == NULL, "nothing is shown");
    for (int i = 0; i < 2; i++) {
        cr_assert(begin(&b, "g"));
        cr_assert(store_set_series(b.store, family, &label, b.now, &series[i], &at, &made) ==
                  STORE_FOUND);
        cr_expect(made);
        if (i == 0)
            store_set_commit(b.store, family);
    }
    cr_expect(store_find(b.store, family, ids) == series[0]);
    store_remove(b.store, series[1]);
    cr_expect(store_find(b.store, family, ids) == series[0]);
    cr_expect(built_figures(&b).series == 1);
    store_remove(b.store, series[0]);
    cr_expect(store_find(b.store, family, ids) == NULL);
    cr_expect(built_figures(&b).series == 0);
    built_done(&b);
}

Test(sets, outside_of_a_set_no_series_is_made) {
    struct built b;
    built_init(&b, one, 1);
    const struct catalog_family *family = built_family(&b, "g");
    const struct store_label label = {.id = -1, .text = "1", .len = 1};
    const struct series *series = NULL;
    int at = 7;
    cr_expect(store_series(b.store, family, &label, b.now, &series, &at) == STORE_SERIES_FULL);
    cr_expect(at == -1);
    cr_expect(try_put(&b, "g", 1, 1, &at) == STORE_SERIES_FULL, "none is under way");
    replace(&b, "g", 1, 2, 1);
    cr_expect(store_series(b.store, family, &label, b.now, &series, &at) == STORE_SERIES_FULL);
    cr_expect(try_put(&b, "g", 2, 1, &at) == STORE_SERIES_FULL, "that one is committed");
    cr_expect(series == NULL);
    store_set_commit(b.store, family);
    cr_expect(eq(str, shown(&b, "g"), "1=1"), "a commit of nothing changes nothing");
    built_done(&b);
}

Test(sets, values_that_all_change_each_time_never_fill_the_label) {
    struct built b;
    built_init(&b, one, 1);
    for (int round = 0; round < 200; round++) {
        replace(&b, "g", round * 50, round * 50 + 50, round);
        cr_assert(built_shown(&b, "g") == 50);
    }
    cr_expect(built_figures(&b).pattern_full == 0);
    cr_expect(built_figures(&b).series_full == 0);
    built_done(&b);
}

Test(sets, label_and_family_are_full_in_each_set_by_itself) {
    const struct built_family families[] = {
        {.name = "f", .kind = KIND_GAUGE, .users = 3, .users_otherwise = true, .set = true},
        {.name = "g", .kind = KIND_GAUGE, .users = 3, .set = true},
        {.name = "h",
         .kind = KIND_GAUGE,
         .users = 9,
         .users_otherwise = true,
         .max_series = 3,
         .set = true}};
    struct built b;
    built_init(&b, families, 3);
    for (int round = 0; round < 3; round++) {
        int label = -1;
        cr_assert(begin(&b, "f") && begin(&b, "g") && begin(&b, "h"));
        for (int u = 0; u < 3; u++) {
            put(&b, "f", 10 * round + u, 1);
            put(&b, "g", 10 * round + u, 1);
        }
        cr_expect(try_put(&b, "f", 8, 1, &label) == STORE_FOLDED_LABEL);
        cr_expect(label == 0);
        cr_expect(try_put(&b, "f", 9, 1, &label) == STORE_FOLDED_LABEL);
        cr_expect(try_put(&b, "g", 9, 1, &label) == STORE_LABEL_FULL);
        cr_expect(label == 0);
        put(&b, "h", 1, 1);
        put(&b, "h", 2, 1);
        cr_expect(try_put(&b, "h", 3, 1, &label) == STORE_FOLDED_SERIES);
        cr_expect(try_put(&b, "h", 4, 1, &label) == STORE_FOLDED_SERIES);
        store_set_commit(b.store, built_family(&b, "f"));
        store_set_commit(b.store, built_family(&b, "g"));
        store_set_commit(b.store, built_family(&b, "h"));
        cr_expect(built_shown(&b, "f") == 4);
        cr_expect(built_shown(&b, "g") == 3);
        cr_expect(eq(str, shown(&b, "h"), "1=1 2=1 other=2"));
        cr_expect(built_figures(&b).pattern_full == (uint64_t)(round + 1));
        cr_expect(built_figures(&b).series_full == 0);
    }
    built_done(&b);
}

Test(sets, ten_thousand_series_go_in_slices) {
    const struct built_family many[] = {
        {.name = "g", .kind = KIND_GAUGE, .users = 10000, .set = true},
        {.name = "h", .kind = KIND_GAUGE, .users = 10000, .set = true}};
    struct built b;
    built_init(&b, many, 2);
    const struct catalog_family *family = built_family(&b, "g");
    for (int settled = 0; settled < 2; settled++) {
        replace(&b, "g", 0, 10000, 1);
        replace(&b, "h", 0, 10000, 1);
        if (settled)
            cr_assert(built_shown(&b, "g") == 10000);
        store_set_clear(b.store, family);
        store_set_clear(b.store, built_family(&b, "h"));
        uint64_t before = built_figures(&b).series;
        cr_assert(before >= 20000);
        size_t slices = 1;
        size_t budget = 1000;
        for (; !store_set_tidy(b.store, &budget); slices++) {
            const uint64_t left = built_figures(&b).series;
            cr_assert(left < before, "each call gets on");
            cr_assert(before - left <= 1000, "and no further than its budget");
            before = left;
            budget = 1000;
        }
        cr_expect(slices >= 20);
        cr_expect(built_figures(&b).series == 0);
    }
    replace(&b, "g", 0, 10000, 1);
    replace(&b, "g", 10000, 20000, 1);
    size_t calls = 0;
    for (size_t budget = 500; !store_set_begin(b.store, family, &budget); budget = 500)
        calls++;
    cr_expect(calls >= 20);
    cr_expect(built_figures(&b).series == 10000);
    cr_expect(built_shown(&b, "g") == 10000, "what is shown stays");
    built_done(&b);
}

Test(sets, memory_stays_the_same_over_a_thousand_replacements) {
    struct built b;
    built_init(&b, one, 1);
    uint64_t expected = 0;
    for (int round = 0; round < 1000; round++) {
        const int first = 100000 + round * 40; /* texts of equal length */
        replace(&b, "g", first, first + 40 + round % 2 * 10, 1);
        cr_assert(built_shown(&b, "g") == (size_t)(40 + round % 2 * 10));
        if (round % 7 == 3) {
            cr_assert(begin(&b, "g"));
            put(&b, "g", 5, 1);
            store_set_clear(b.store, built_family(&b, "g"));
        }
        if (round % 100 != 99)
            continue;
        store_set_clear(b.store, built_family(&b, "g"));
        cr_assert(tidy(&b));
        if (expected == 0)
            expected = built_figures(&b).bytes;
        cr_assert(built_figures(&b).bytes == expected, "round %d", round);
    }
    built_done(&b);
}

Test(sets, two_full_sets_need_no_more_than_the_arithmetic_says) {
    const struct built_family full[] = {
        {.name = "g", .kind = KIND_GAUGE, .users = 3000, .set = true}};
    const struct built_family none[] = {{.name = "g", .kind = KIND_GAUGE, .set = true}};
    struct built b;
    built_init(&b, none, 1);
    const uint64_t little = built_figures(&b).bytes - store_family_bytes(built_family(&b, "g"));
    built_done(&b);
    built_init(&b, full, 1);
    const uint64_t promised = store_family_bytes(built_family(&b, "g"));
    for (int round = 0; round < 2; round++) {
        replace(&b, "g", round * 3000, round * 3000 + 3000, 1);
        cr_assert(built_shown(&b, "g") == 3000);
    }
    cr_expect(built_figures(&b).series == 6000);
    const uint64_t used = built_figures(&b).bytes;
    cr_expect(used <= promised + little + sizeof(void *) * 64);
    cr_expect(used * 3 >= promised, "and not far too much");
    built_done(&b);
}

Test(sets, other_families_are_not_touched) {
    const struct built_family families[] = {
        {.name = "g", .kind = KIND_GAUGE, .users = 5, .set = true},
        {.name = "h", .kind = KIND_GAUGE, .users = 5}};
    struct built b;
    built_init(&b, families, 2);
    const struct catalog_family *plain = built_family(&b, "h");
    (void)series_write(b.store, built_series(&b, "h", 1), 4, b.now);
    cr_expect(begin(&b, "h"), "no set to start");
    store_set_commit(b.store, plain);
    store_set_hide(b.store, plain);
    store_set_clear(b.store, plain);
    int label = 7;
    cr_expect(try_put(&b, "h", 2, 1, &label) == STORE_SERIES_FULL);
    replace(&b, "g", 1, 3, 1);
    store_set_clear(b.store, built_family(&b, "g"));
    cr_expect(tidy(&b));
    cr_expect(eq(str, shown(&b, "h"), "1=4"));
    built_done(&b);
}
