/* SPDX-License-Identifier: MIT */
/* Sets, compared with plain maps: random starts, series, commits, hides, clears, tidying and
 * walks. */
#include "assertions.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "built.h"
#include "store/store.h"

enum { NUMBERS = 40, MOST = 15, WORDS = 3, FAMILIES = 2, WALKS = 3, STEPS = 200000 };

/* A set of a family: the shown one, or the one that is being built. A value above 0 means that the
 * series exists. */
struct map {
    int values[NUMBERS][WORDS];
};
struct model {
    struct map shown;
    struct map under_way;
    bool started;
    int serial; /* of the shown set */
};

static const char *const words[] = {"a", "b", "c", NULL};
static const struct built_family families[FAMILIES] = {
    {.name = "f", .kind = KIND_GAUGE, .users = MOST, .words = words, .set = true},
    {.name = "g_total",
     .kind = KIND_COUNTER,
     .users = MOST,
     .words = words,
     .max_series = 30,
     .set = true}};

struct world {
    struct built b;
    struct model models[FAMILIES];
    struct store_cursor walks[WALKS];
    struct map walked[WALKS]; /* what the walk may still meet of the set with which it started */
    int walk_family[WALKS];   /* -1: not open */
    int walk_serial[WALKS];   /* of that set */
    bool walk_whole[WALKS];   /* it must meet the whole set, because nothing was emptied during the
                                 walk */
    int whole_walks;          /* such walks that ended, over sets that were replaced meanwhile */
    uint64_t random;
    int value;
};

static unsigned pick(struct world *w, unsigned count) {
    return (unsigned)(built_random(&w->random) >> 20) % count;
}

static const struct catalog_family *family_at(const struct world *w, int f) {
    return built_family(&w->b, families[f].name);
}

static size_t map_count(const struct map *map, size_t *ret_numbers) {
    size_t count = 0;
    size_t numbers = 0;
    for (int n = 0; n < NUMBERS; n++) {
        bool any = false;
        for (int i = 0; i < WORDS; i++) {
            count += map->values[n][i] > 0;
            any |= map->values[n][i] > 0;
        }
        numbers += any;
    }
    if (ret_numbers)
        *ret_numbers = numbers;
    return count;
}

static bool has_number(const struct map *map, int n) {
    return map->values[n][0] > 0 || map->values[n][1] > 0 || map->values[n][2] > 0;
}

static void step_begin(struct world *w, int f) {
    size_t budget = pick(w, 60);
    const bool ready = store_set_begin(w->b.store, family_at(w, f), &budget);
    w->models[f].started = ready;
    memset(&w->models[f].under_way, 0, sizeof w->models[f].under_way);
    for (int i = 0; i < WALKS; i++) /* walks over a set that is no longer shown */
        if (w->walk_family[i] == f && w->walk_serial[i] != w->models[f].serial)
            w->walk_whole[i] = false;
}

static enum store_result expected_of(const struct world *w, int f, int n, int word) {
    const struct model *m = &w->models[f];
    size_t numbers;
    const size_t count = map_count(&m->under_way, &numbers);
    if (!m->started)
        return STORE_SERIES_FULL;
    if (m->under_way.values[n][word] > 0)
        return STORE_FOUND;
    if (numbers == MOST && !has_number(&m->under_way, n))
        return STORE_LABEL_FULL;
    return count == family_at(w, f)->bound ? STORE_SERIES_FULL : STORE_FOUND;
}

static void step_series(struct world *w, int f) {
    const int n = (int)pick(w, NUMBERS);
    const int word = (int)pick(w, WORDS);
    char text[16];
    (void)snprintf(text, sizeof text, "%d", n);
    const struct store_label labels[] = {{.id = -1, .text = text, .len = strlen(text)},
                                         {.id = word}};
    const struct series *series = NULL;
    int label;
    bool made = false;
    const enum store_result expected = expected_of(w, f, n, word);
    const bool expected_new = w->models[f].under_way.values[n][word] == 0;
    const enum store_result result =
        store_set_series(w->b.store, family_at(w, f), labels, w->b.now, &series, &label, &made);
    cr_assert(result == expected);
    if (result != STORE_FOUND)
        return;
    cr_assert(made == expected_new);
    w->models[f].under_way.values[n][word] = ++w->value;
    cr_assert(series_write(w->b.store, series, w->value, w->b.now));
}

static void step_commit(struct world *w, int f) {
    struct model *m = &w->models[f];
    store_set_commit(w->b.store, family_at(w, f));
    if (!m->started)
        return;
    m->shown = m->under_way;
    m->serial++;
    m->started = false;
}

static void step_hide(struct world *w, int f, bool clear) {
    struct model *m = &w->models[f];
    if (clear) {
        store_set_clear(w->b.store, family_at(w, f));
        m->started = false;
    } else {
        store_set_hide(w->b.store, family_at(w, f));
    }
    memset(&m->shown, 0, sizeof m->shown);
    m->serial++;
}

static void close_walk(struct world *w, int i) {
    store_cursor_close(w->b.store, &w->walks[i]);
    w->walk_family[i] = -1;
}

/* One step of a walk. It meets the series of its set in order, and all of them, unless the set was
 * emptied for the next one. */
static void step_walk(struct world *w, int i) {
    if (w->walk_family[i] < 0) {
        const int f = (int)pick(w, FAMILIES);
        size_t budget = SIZE_MAX;
        cr_assert(store_settle(w->b.store, family_at(w, f), &budget));
        store_cursor_open(w->b.store, &w->walks[i], family_at(w, f));
        w->walked[i] = w->models[f].shown;
        w->walk_family[i] = f;
        w->walk_serial[i] = w->models[f].serial;
        w->walk_whole[i] = true;
        return;
    }
    const struct catalog_family *family = w->walks[i].family;
    const struct series *series = store_cursor_next(w->b.store, &w->walks[i], w->b.now);
    if (!series) {
        cr_assert(!w->walk_whole[i] || map_count(&w->walked[i], NULL) == 0);
        w->whole_walks +=
            w->walk_whole[i] && w->walk_serial[i] != w->models[w->walk_family[i]].serial;
        close_walk(w, i);
        return;
    }
    const uint32_t *ids = series_ids(family, series);
    const long n = strtol(store_label_value(w->b.store, family, 0, ids[0]).text, NULL, 10);
    int *known = &w->walked[i].values[n][ids[1]];
    cr_assert(series->value == *known, "%ld %u", n, ids[1]);
    *known = 0;
}

static void compare(struct world *w) {
    size_t at_least = 0;
    size_t shown = 0;
    for (int f = 0; f < FAMILIES; f++) {
        const struct model *m = &w->models[f];
        const struct catalog_family *family = family_at(w, f);
        const size_t count = map_count(&m->shown, NULL);
        shown += count;
        at_least += count + (m->started ? map_count(&m->under_way, NULL) : 0);
        cr_assert(store_family_count(w->b.store, family) == count);
        cr_assert(built_shown(&w->b, families[f].name) == count);
        struct store_cursor cursor;
        store_cursor_open(w->b.store, &cursor, family);
        const struct series *series;
        while ((series = store_cursor_next(w->b.store, &cursor, w->b.now))) {
            const uint32_t *ids = series_ids(family, series);
            cr_assert(store_find(w->b.store, family, ids) == series);
            const long n = strtol(store_label_value(w->b.store, family, 0, ids[0]).text, NULL, 10);
            cr_assert(series->value == m->shown.values[n][ids[1]]);
        }
        store_cursor_close(w->b.store, &cursor);
    }
    cr_assert(store_service_count(w->b.store, family_at(w, 0)->catalog) == shown);
    const uint64_t series = built_figures(&w->b).series;
    cr_assert(series >= at_least);
    cr_assert(series <= 2 * w->b.set.bound);
}

/* Hides all sets and closes all walks, so that everything is given back. Once the tables have their
 * full size, the memory is the same each time. */
static void drain(struct world *w, bool grown, uint64_t *bytes) {
    for (int i = 0; i < WALKS; i++)
        if (w->walk_family[i] >= 0)
            close_walk(w, i);
    for (int f = 0; f < FAMILIES; f++)
        step_hide(w, f, true);
    size_t budget = SIZE_MAX;
    cr_assert(store_set_tidy(w->b.store, &budget));
    cr_assert(built_figures(&w->b).series == 0);
    if (!grown)
        *bytes = built_figures(&w->b).bytes;
    cr_assert(built_figures(&w->b).bytes == *bytes);
}

Test(sets_model, random_sets_agree_with_plain_maps, .timeout = 300) {
    struct world *w = calloc(1, sizeof *w);
    cr_assert(w != NULL);
    built_init(&w->b, families, FAMILIES);
    w->random = 88172645463325252ull;
    for (int i = 0; i < WALKS; i++)
        w->walk_family[i] = -1;
    uint64_t bytes = 0;
    for (int step = 0; step < STEPS; step++) {
        const int f = (int)pick(w, FAMILIES);
        const unsigned what = pick(w, 200);
        size_t budget = pick(w, 40);
        if (what < 2)
            step_begin(w, f);
        else if (what < 120)
            step_series(w, f);
        else if (what < 122)
            step_commit(w, f);
        else if (what < 123)
            step_hide(w, f, pick(w, 2) == 0);
        else if (what < 135)
            (void)store_set_tidy(w->b.store, &budget);
        else
            step_walk(w, (int)pick(w, WALKS));
        if (step % 23 == 0)
            compare(w);
        if (step % 20000 == 19999)
            drain(w, step > STEPS / 2, &bytes);
    }
    cr_expect(w->whole_walks >= 500);
    built_done(&w->b);
    free(w);
}
