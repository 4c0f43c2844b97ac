/* SPDX-License-Identifier: MIT */
/* Each allocation of a store fails in turn; after that there is memory again. The request is
 * refused, nothing else is lost, and the same request succeeds later. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "built.h"
#include "scarce.h"
#include "store/store.h"

enum {
    CHUNK = 300, /* more than one chunk of an order */
    FEW = 40,
    STRANGER = 100000
};

static const double quantiles[] = {0.5};
static const char *const words[] = {"a", "b", NULL};

static const struct built_family families[] = {
    {.name = "c_total", .kind = KIND_COUNTER, .users = CHUNK},
    {.name = "g", .kind = KIND_GAUGE, .merge = MERGE_SUM, .users = FEW},
    {.name = "h", .kind = KIND_HISTOGRAM, .users = FEW, .words = words},
    {.name = "i_info", .kind = KIND_INFO, .merge = MERGE_LATEST, .users = FEW},
    {.name = "q", .kind = KIND_GAUGE, .users = FEW, .set = true},
    {.name = "s",
     .kind = KIND_SUMMARY,
     .users = FEW,
     .quantiles = quantiles,
     .quantile_count = 1,
     .window_ms = 1000},
    {.name = "st", .kind = KIND_STATESET, .users = FEW},
    {.name = "z_total", .kind = KIND_COUNTER, .words = words, .zeros = true},
};

static struct built b;

/* A refused series is requested again with another label value. The pool has room for exactly these
 * values, so if a refusal left a value behind, there would be no room for the last one. */
static struct {
    const struct catalog_family *family;
    int u;
} renamed;

static void setup(void) {
    built_load(&b, families, sizeof families / sizeof *families);
}

static void teardown(void) {
    catalog_set_done(&b.set);
}

TestSuite(store_memory, .init = setup, .fini = teardown);

static void relent(const struct memory *memory) {
    ((struct scarce *)memory->arg)->granted = SIZE_MAX;
}

static size_t refused(const struct memory *memory) {
    return ((const struct scarce *)memory->arg)->refused;
}

static enum store_result ask(const struct catalog_family *family, int u,
                             const struct series **ret_series) {
    char text[16];
    const bool other = family == renamed.family && u == renamed.u;
    (void)snprintf(text, sizeof text, "%d", other ? u + STRANGER : u);
    const struct store_label labels[2] = {{.id = -1, .text = text, .len = strlen(text)}};
    int label = -1;
    bool made;
    if (family->source == SOURCE_QUERY)
        return store_set_series(b.store, family, labels, b.now, ret_series, &label, &made);
    return store_obtain(b.store, family, labels, b.now, ret_series, &label, &made);
}

/* The series of user `u`. If there is no memory for it, nothing else is missing. */
static const struct series *make(const struct memory *memory, const struct catalog_family *family,
                                 int u) {
    const struct series *series = NULL;
    const struct store_figures before = built_figures(&b);
    if (ask(family, u, &series) == STORE_FOUND)
        return series;
    cr_assert(refused(memory) > 0, "%s %d is refused for no reason", family->name, u);
    cr_assert(series == NULL);
    const struct store_figures after = built_figures(&b);
    cr_assert(after.series == before.series);
    cr_assert(after.parts == before.parts);
    cr_assert(ask(family, u, &series) == STORE_NO_MEMORY, "it stays refused");
    relent(memory);
    renamed.family = family;
    renamed.u = u;
    cr_assert(ask(family, u, &series) == STORE_FOUND, "%s %d", family->name, u);
    return series;
}

static void put(const struct catalog_family *family, const struct series *series, int u,
                owner_id owner) {
    if (family->source == SOURCE_QUERY)
        cr_assert(series_write(b.store, series, u, b.now));
    else if (family_is_owned(family))
        cr_assert(store_own(b.store, family, series, owner, 0, family->kind->is_description ? 1 : u,
                            b.now) == OWN_TAKEN);
    else
        cr_assert(store_number(b.store, family, series, family->kind->items == ITEMS_STATES ? 1 : u,
                               1, 1, b.now) == NUMBER_TAKEN);
}

static void fill(const struct memory *memory, const char *name, int users, int step,
                 owner_id owner) {
    const struct catalog_family *family = built_family(&b, name);
    for (int u = users; u > 0; u -= step)
        put(family, make(memory, family, u), u, owner);
}

/* The number of series that a view meets. Checks their order, and that each has a value that was
 * put into it. */
static size_t walk(const struct catalog_family *family) {
    struct store_cursor cursor;
    const struct series *series;
    char last[16] = "";
    size_t count = 0;
    store_cursor_open(b.store, &cursor, family);
    while ((series = store_cursor_next(b.store, &cursor, b.now)) != NULL) {
        const struct catalog_value value =
            store_label_value(b.store, family, 0, series_ids(family, series)[0]);
        cr_assert(strcmp(value.text, last) > 0);
        (void)snprintf(last, sizeof last, "%s", value.text);
        if (family->kind->only_grows && !family->zeros)
            cr_assert(series->value == strtol(last, NULL, 10) % STRANGER);
        count++;
    }
    store_cursor_close(b.store, &cursor);
    return count;
}

/* A view leaves out series for whose sorting there is no memory; a later view has them all. */
static void expect_shown(const struct memory *memory, const char *name, size_t expected) {
    const struct catalog_family *family = built_family(&b, name);
    const size_t before = refused(memory);
    size_t budget = SIZE_MAX;
    cr_assert(store_settle(b.store, family, &budget));
    const size_t met = walk(family);
    if (refused(memory) == before) {
        cr_assert(met == expected, "%s: %zu", name, met);
        return;
    }
    cr_assert(met < expected);
    relent(memory);
    cr_assert(store_settle(b.store, family, &budget));
    cr_assert(walk(family) == expected, "%s", name);
}

static bool use_all(const struct memory *memory, void *arg) {
    (void)arg;
    renamed.family = NULL;
    if (!built_open(&b, memory))
        return false;
    const owner_id owner = owners_begin(b.owners, 7);
    const struct catalog_family *set = built_family(&b, "q");
    size_t budget = SIZE_MAX;
    cr_assert(store_set_begin(b.store, set, &budget));
    for (size_t i = 0; i + 1 < sizeof families / sizeof *families; i++)
        fill(memory, families[i].name, i == 0 ? CHUNK : FEW, 1, owner);
    store_set_commit(b.store, set);
    expect_shown(memory, "z_total", 2);
    expect_shown(memory, "c_total", CHUNK);
    for (int u = 1; u <= CHUNK; u += 2) /* frees chunks of the order; texts and places are reused */
        store_remove(b.store, make(memory, built_family(&b, "c_total"), u));
    fill(memory, "c_total", CHUNK - 1, 2, owner);
    expect_shown(memory, "c_total", CHUNK);
    expect_shown(memory, "g", FEW);
    expect_shown(memory, "h", FEW);
    expect_shown(memory, "i_info", 1);
    expect_shown(memory, "q", FEW);
    expect_shown(memory, "s", FEW);
    expect_shown(memory, "st", FEW);
    built_end(&b, owner);
    cr_assert(built_figures(&b).parts == 0);
    store_free(b.store);
    return true;
}

Test(store_memory, whatever_has_no_memory_is_refused_and_nothing_else_is_lost) {
    cr_expect(scarce_each_spared(use_all, NULL) > 100);
}

static bool use_owners(const struct memory *memory, void *arg) {
    (void)arg;
    struct owners *owners = owners_new(memory, NULL, OWNERS_MAX);
    owners_free(owners);
    return owners != NULL;
}

Test(store_memory, owners) {
    cr_expect(eq(sz, scarce_each(use_owners, NULL), 3));
}
