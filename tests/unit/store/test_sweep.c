/* SPDX-License-Identifier: MIT */
/* The time to live: an expired series is never met, and is swept in steps. */
#include "assertions.h"
#include <stdio.h>
#include <string.h>

#include "built.h"
#include "store/store.h"

enum { USERS = 1000, TTL_MS = 1000 };

static const char *const words[] = {"a", "b", "c", NULL};

static const struct built_family families[] = {
    {.name = "folds",
     .kind = KIND_GAUGE,
     .users = USERS,
     .users_otherwise = true,
     .ttl_ms = TTL_MS},
    {.name = "forever", .kind = KIND_GAUGE, .users = 10},
    {.name = "label", .kind = KIND_GAUGE, .users = USERS, .ttl_ms = TTL_MS},
    {.name = "series",
     .kind = KIND_GAUGE,
     .users = USERS,
     .words = words,
     .max_series = USERS,
     .ttl_ms = TTL_MS},
    {.name = "states", .kind = KIND_STATESET, .users = USERS, .ttl_ms = TTL_MS}};

static struct built b;

static void set_up(void) {
    built_init(&b, families, sizeof families / sizeof families[0]);
}

static void tear_down(void) {
    built_done(&b);
}

TestSuite(sweep, .init = set_up, .fini = tear_down, .timeout = 300);

/* Writes to the series of the users first .. last - 1. */
static void write_all(const char *family, int first, int last) {
    for (int u = first; u < last; u++)
        (void)series_write(b.store, built_series(&b, family, u), u, b.now);
}

static uint64_t living(const char *family) {
    return store_family_count(b.store, built_family(&b, family));
}

static void sweep_all(void) {
    size_t budget = SIZE_MAX;
    cr_assert(store_expire(b.store, b.now, &budget));
}

Test(sweep, values_of_a_full_label_make_room_at_once_when_their_time_is_over) {
    static const char *const names[] = {"label", "folds", "states"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        write_all(names[i], 0, USERS);
        b.now.mono_ms += TTL_MS;
        write_all(names[i], USERS, 2 * USERS);
        cr_expect(built_shown(&b, names[i]) == USERS);
    }
    cr_expect(built_figures(&b).pattern_full == 0);
}

Test(sweep, series_of_a_full_family_make_room_at_once_when_their_time_is_over) {
    const struct catalog_family *family = built_family(&b, "series");
    const struct series *series;
    int at;
    for (int word = 0; word < 2; word++, b.now.mono_ms += TTL_MS)
        for (int u = 0; u < USERS; u++) {
            char text[16];
            const int len = snprintf(text, sizeof text, "%d", u);
            const struct store_label labels[] = {{.id = -1, .text = text, .len = (size_t)len},
                                                 {.id = word}};
            cr_assert(store_series(b.store, family, labels, b.now, &series, &at) == STORE_FOUND,
                      "%d %d", word, u);
        }
    cr_expect(built_figures(&b).series_full == 0);
}

Test(sweep, a_full_family_of_the_living_refuses_and_loses_none) {
    const struct store_label label = {.id = -1, .text = "4711", .len = 4};
    const struct series *series = NULL;
    int at;
    write_all("label", 0, USERS);
    b.now.mono_ms += TTL_MS - 1;
    for (int i = 0; i < 100; i++)
        cr_assert(store_series(b.store, built_family(&b, "label"), &label, b.now, &series, &at) ==
                  STORE_LABEL_FULL);
    cr_expect(built_shown(&b, "label") == USERS);
}

Test(sweep, a_budget_ends_some_and_the_next_call_goes_on) {
    write_all("label", 0, USERS);
    write_all("states", 0, USERS);
    write_all("forever", 0, 10);
    b.now.mono_ms += TTL_MS;
    size_t calls = 0;
    uint64_t before = (uint64_t)2 * USERS;
    for (size_t budget = 0; !store_expire(b.store, b.now, &budget); budget = 100, calls++) {
        const uint64_t left = living("label") + living("states");
        cr_assert(left + 20 >= before, "a budget is kept");
        before = left;
    }
    cr_expect(calls >= 100);
    cr_expect(living("label") + living("states") == 0);
    cr_expect(living("forever") == 10);
}

/* Random writes at random times. What a lap concludes about the next expiry must hold. */
Test(sweep, nothing_that_is_due_is_passed_over) {
    int64_t written_ms[USERS];
    uint64_t random = 1;
    for (int u = 0; u < USERS; u++)
        written_ms[u] = INT64_MIN / 2;
    for (int round = 0; round < 3000; round++) {
        const int writes = (int)(built_random(&random) % 8);
        for (int i = 0; i < writes; i++) {
            const int u = (int)(built_random(&random) % USERS);
            write_all("label", u, u + 1);
            written_ms[u] = b.now.mono_ms;
        }
        b.now.mono_ms += (int64_t)(built_random(&random) % 16);
        size_t budget = (size_t)(built_random(&random) % 100);
        if (round % 8 != 0) {
            (void)store_expire(b.store, b.now, &budget);
            continue;
        }
        uint64_t alive = 0;
        for (int u = 0; u < USERS; u++)
            alive += b.now.mono_ms - written_ms[u] < TTL_MS;
        for (int lap = 0; lap < 2; lap++) /* the current lap may have passed some of them already */
            sweep_all();
        cr_assert(living("label") == alive, "round %d", round);
    }
}
