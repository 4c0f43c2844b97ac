/* SPDX-License-Identifier: MIT */
/* Sorted walks while series begin and end, compared with a plain sorted list. */
#include "assertions.h"
#include <stdio.h>
#include <stdlib.h>

#include "fixture.h"
#include "store/store.h"

#define KEYS (size_t)3000

static uint64_t random_next(uint64_t *state) { /* xorshift64: repeatable */
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void open_wide(struct fixture *fx) {
    fixture_families(fx, "\"g\":{\"type\":\"gauge\",\"help\":\"\",\"labels\":{"
                         "\"a\":[\"x\",\"y\"],"
                         "\"u\":{\"pattern\":\"integer\",\"max\":4000,\"otherwise\":\"zz\"}}}");
}

static const struct series *put(struct fixture *fx, unsigned key) {
    char u[16];
    (void)snprintf(u, sizeof u, "%u", key / 2);
    const struct store_label labels[2] = {{.id = (int32_t)(key % 2)},
                                          {.id = -1, .text = u, .len = strlen(u)}};
    const struct series *series = NULL;
    int at;
    cr_assert(store_series(fx->store, fixture_family(fx, "g"), labels, fx->now, &series, &at) ==
              STORE_FOUND);
    return series;
}

/* Walks to the end, and asserts that the series, as "a,u" texts, are in strict order. Returns their
 * number. */
static size_t walk(struct fixture *fx, struct store_cursor *cursor, char *last, size_t size) {
    const struct catalog_family *family = fixture_family(fx, "g");
    const struct series *series;
    size_t count = 0;
    while ((series = store_cursor_next(fx->store, cursor, fx->now))) {
        char text[64];
        (void)snprintf(text, sizeof text, "%s,%s",
                       store_label_value(fx->store, family, 0, series_ids(family, series)[0]).text,
                       store_label_value(fx->store, family, 1, series_ids(family, series)[1]).text);
        cr_assert(strcmp(last, text) < 0, "%s must come before %s", last, text);
        (void)snprintf(last, size, "%s", text);
        count++;
    }
    return count;
}

Test(order, a_walk_is_sorted_and_complete_after_random_changes) {
    struct fixture fx;
    open_wide(&fx);
    const struct catalog_family *family = fixture_family(&fx, "g");
    bool *present = calloc(KEYS * 2u, sizeof *present);
    uint64_t state = 88172645463325252ull;
    size_t expected = 0;
    for (int step = 0; step < 40000; step++) {
        const unsigned key = (unsigned)(random_next(&state) % (KEYS * 2));
        const struct series *series = put(&fx, key);
        expected += !present[key];
        present[key] = true;
        if (random_next(&state) % 3 == 0) {
            store_remove(fx.store, series);
            present[key] = false;
            expected--;
        }
        if (step % 97 == 0) {
            size_t budget = random_next(&state) % 2000;
            (void)store_settle(fx.store, family, &budget);
        }
    }
    size_t budget = SIZE_MAX;
    cr_assert(store_settle(fx.store, family, &budget));
    struct store_cursor cursor;
    store_cursor_open(fx.store, &cursor, family);
    char last[64] = "";
    cr_expect(walk(&fx, &cursor, last, sizeof last) == expected);
    store_cursor_close(fx.store, &cursor);
    for (unsigned key = 0; key < KEYS * 2; key++) /* nothing remains after they are removed */
        if (present[key])
            store_remove(fx.store, put(&fx, key));
    cr_expect(store_family_count(fx.store, family) == 0);
    cr_expect(store_service_count(fx.store, family->catalog) == 0);
    free(present);
    fixture_done(&fx);
}

Test(order, a_walk_survives_removals_and_insertions_without_meeting_a_series_twice) {
    struct fixture fx;
    open_wide(&fx);
    const struct catalog_family *family = fixture_family(&fx, "g");
    for (unsigned key = 0; key < 2000; key++)
        (void)put(&fx, key);
    size_t budget = SIZE_MAX;
    (void)store_settle(fx.store, family, &budget);
    struct store_cursor cursor;
    store_cursor_open(fx.store, &cursor, family);
    uint64_t state = 7;
    char last[64] = "";
    size_t met = 0;
    for (;;) {
        const struct series *series = store_cursor_next(fx.store, &cursor, fx.now);
        if (!series)
            break;
        char text[64];
        (void)snprintf(text, sizeof text, "%s,%s",
                       store_label_value(fx.store, family, 0, series_ids(family, series)[0]).text,
                       store_label_value(fx.store, family, 1, series_ids(family, series)[1]).text);
        cr_assert(strcmp(last, text) < 0, "%s before %s", last, text);
        (void)snprintf(last, sizeof last, "%s", text);
        met++;
        for (int i = 0; i < 3;
             i++) /* removes near and far series, also the next one, and adds others */
            store_remove(fx.store, put(&fx, (unsigned)(random_next(&state) % 2000)));
        if (cursor.next && met % 5 == 0)
            store_remove(fx.store, cursor.next);
        (void)put(&fx, 2000 + (unsigned)(random_next(&state) % 2000));
        budget = 60;
        (void)store_settle(fx.store, family, &budget);
    }
    cr_expect(met > 100);
    store_cursor_close(fx.store, &cursor);
    fixture_done(&fx);
}

Test(order, seek_goes_behind_a_key_whether_or_not_it_exists) {
    struct fixture fx;
    open_wide(&fx);
    const struct catalog_family *family = fixture_family(&fx, "g");
    for (unsigned key = 0; key < 1200; key += 2)
        (void)put(&fx, key);
    size_t budget = SIZE_MAX;
    (void)store_settle(fx.store, family, &budget);
    struct store_cursor cursor;
    store_cursor_open(fx.store, &cursor, family);
    const struct store_key there[2] = {{"x", 1}, {"300", 3}};
    store_cursor_seek(fx.store, &cursor, there);
    const struct series *series = store_cursor_next(fx.store, &cursor, fx.now);
    cr_assert(series != NULL);
    cr_expect(
        eq(str, store_label_value(fx.store, family, 1, series_ids(family, series)[1]).text, "301"));
    const struct store_key between[2] = {{"x", 1}, {"3005", 4}};
    store_cursor_seek(fx.store, &cursor, between);
    series = store_cursor_next(fx.store, &cursor, fx.now);
    cr_expect(
        eq(str, store_label_value(fx.store, family, 1, series_ids(family, series)[1]).text, "301"));
    const struct store_key behind_all[2] = {{"y", 1}, {"", 0}};
    store_cursor_seek(fx.store, &cursor, behind_all);
    cr_expect(store_cursor_next(fx.store, &cursor, fx.now) == NULL);
    store_cursor_close(fx.store, &cursor);
    fixture_done(&fx);
}
