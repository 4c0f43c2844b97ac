/* SPDX-License-Identifier: MIT */
/* A store in an object that runs out of memory at each block in turn. The request is refused as
 * with a full table, nothing else is lost, and the same request succeeds once there is memory. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "assertions.h"
#include "built.h"
#include "store/store.h"

enum { BLOCK = 65536, USERS = 1500, SUMMARIES = 60 };

static const double quantiles[] = {0.5};

static const struct built_family families[] = {
    {.name = "c_total", .kind = KIND_COUNTER, .users = USERS},
    {.name = "g", .kind = KIND_GAUGE, .merge = MERGE_SUM, .users = USERS},
    {.name = "s",
     .kind = KIND_SUMMARY,
     .users = SUMMARIES,
     .quantiles = quantiles,
     .quantile_count = 1,
     .window_ms = 1000},
};
enum { FAMILIES = sizeof families / sizeof *families };

static struct built b;
static uint64_t refused;

/* Grants memory again, so that the refused request can be repeated. */
static void relent(void) {
    refused++;
    b.region.granted = UINT64_MAX;
}

static bool is_short(void) {
    return b.region.granted < BLOCK;
}

static const struct series *make(const char *name, int u) {
    const struct catalog_family *family = built_family(&b, name);
    const struct store_figures before = built_figures(&b);
    char text[CATALOG_VALUE_MAX + 1];
    const int len = snprintf(text, sizeof text, "1%018d", u);
    const struct store_label label = {.id = -1, .text = text, .len = (size_t)len};
    const struct series *series = NULL;
    int at;
    enum store_result result = store_series(b.store, family, &label, b.now, &series, &at);
    if (result != STORE_FOUND) {
        cr_assert(result == STORE_NO_MEMORY);
        cr_assert(is_short());
        cr_assert(built_figures(&b).series == before.series);
        relent();
        result = store_series(b.store, family, &label, b.now, &series, &at);
    }
    cr_assert(result == STORE_FOUND);
    return series;
}

static void own(const struct series *series, owner_id owner, double value) {
    const struct catalog_family *family = built_family(&b, "g");
    const uint64_t full = built_figures(&b).parts_full;
    enum store_own result = store_own(b.store, family, series, owner, 0, value, b.now);
    if (result != OWN_TAKEN) {
        cr_assert(result == OWN_FULL);
        cr_assert(is_short());
        cr_assert(built_figures(&b).parts_full == full + 1);
        relent();
        result = store_own(b.store, family, series, owner, 0, value, b.now);
    }
    cr_assert(result == OWN_TAKEN);
}

static owner_id begin(int32_t pid) {
    owner_id owner = owners_begin(b.owners, pid);
    if (owner == OWNER_NONE) {
        cr_assert(is_short());
        relent();
        owner = owners_begin(b.owners, pid);
    }
    cr_assert(owner != OWNER_NONE);
    return owner;
}

/* An observation counts even if there is no memory for its page. */
static void observe(const struct series *series, double value) {
    const uint64_t full = built_figures(&b).pages_full;
    cr_assert(store_number(b.store, built_family(&b, "s"), series, value, 1, 0, b.now) ==
              NUMBER_TAKEN);
    if (built_figures(&b).pages_full == full)
        return;
    cr_assert(is_short());
    relent();
}

static void commit(void) {
    undo_commit(object_undo(b.object));
}

static void fill(void) {
    for (int u = 0; u < USERS; u++) {
        const owner_id owner = begin(u + 1);
        own(make("g", u), owner, u);
        cr_assert(store_number(b.store, built_family(&b, "c_total"), make("c_total", u), u, 1, 0,
                               b.now) == NUMBER_TAKEN);
        if (u < SUMMARIES)
            for (int power = 0; power < 30; power++)
                observe(make("s", u), ldexp(1, power));
        commit();
    }
}

/* Everything that was accepted is in the object, also for the next process. */
static void expect_all(void) {
    struct image image;
    struct built next;
    built_image(&b, &image);
    const struct store_restored restored = built_restore(&next, families, FAMILIES, &image, b.now);
    cr_assert(restored.kept == 2 * USERS + SUMMARIES);
    cr_assert(built_figures(&next).parts == USERS);
    cr_assert(built_shown(&next, "c_total") == USERS);
    built_drop(&b, &image);
    built_done(&next);
}

/* True when nothing was refused. */
static bool try_with(uint64_t blocks) {
    refused = 0;
    built_load(&b, families, FAMILIES);
    cr_assert(built_open_object(&b, memory_heap()));
    b.region.granted = blocks * BLOCK;
    fill();
    expect_all();
    built_done(&b);
    return refused == 0;
}

Test(reach, what_has_no_memory_is_refused_and_nothing_else_is_lost) {
    uint64_t blocks = 0;
    while (!try_with(blocks))
        blocks++;
    cr_expect(blocks > 10);
}

Test(reach, a_table_of_processes_that_cannot_grow_is_full) {
    struct owners_figures figures;
    built_load(&b, families, FAMILIES);
    cr_assert(built_open_object(&b, memory_heap()));
    b.region.granted = 0;
    while (owners_begin(b.owners, 1 + (int32_t)refused) != OWNER_NONE)
        refused++;
    owners_figures(b.owners, &figures);
    cr_expect(figures.refused == 1);
    cr_expect(figures.live == refused);
    cr_expect(refused < 2 * (size_t)BLOCK / sizeof(struct owner), "no more than its block has");
    built_done(&b);
}
