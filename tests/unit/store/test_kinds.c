/* SPDX-License-Identifier: MIT */
/* Each kind of family has a row of functions, and its samples change exactly the fields that the
 * catalog's row names as its state. */
#include "assertions.h"
#include <stdlib.h>
#include <string.h>

#include "built.h"
#include "store/store.h"

static const double median[] = {0.5};

/* One family of each kind for every way in which values can belong to processes. */
static const struct built_family made[] = {
    {.kind = KIND_COUNTER},
    {.kind = KIND_READING, .merge = MERGE_READING},
    {.kind = KIND_READING, .merge = MERGE_READING_DROP},
    {.kind = KIND_GAUGE},
    {.kind = KIND_GAUGE, .merge = MERGE_SUM},
    {.kind = KIND_GAUGE, .merge = MERGE_MIN},
    {.kind = KIND_GAUGE, .merge = MERGE_MAX},
    {.kind = KIND_UPDOWNCOUNTER},
    {.kind = KIND_UPDOWNCOUNTER, .merge = MERGE_SUM},
    {.kind = KIND_HISTOGRAM},
    {.kind = KIND_SUMMARY, .quantiles = median, .quantile_count = 1, .window_ms = 1000},
    {.kind = KIND_RELAYED, .merge = MERGE_LATEST, .quantiles = median, .quantile_count = 1},
    {.kind = KIND_INFO, .merge = MERGE_LATEST},
    {.kind = KIND_STATESET},
};
enum { MADE = sizeof made / sizeof made[0] };

/* A copy of a series without its labels. */
struct copy {
    struct series series;
    uint64_t *body; /* new */
    size_t body_bytes;
    uint64_t parts;
};

static struct copy copy_of(const struct built *b, const struct catalog_family *family,
                           const struct series *series) {
    struct copy copy = {.series = *series,
                        .body_bytes = family->body_words * sizeof copy.body[0],
                        .parts = built_figures(b).parts};
    copy.body = malloc(copy.body_bytes + 1);
    cr_assert(copy.body != NULL);
    memcpy(copy.body, series_body(series), copy.body_bytes);
    return copy;
}

/* The fields that differ. `updated_ms` shares memory with other members, so it counts as the one
 * that the kind uses. If the kind uses none, it may change with each sample. */
static unsigned difference(const struct copy *a, const struct copy *b,
                           const struct kind_row *kind) {
    const unsigned shared = (kind->state | kind->own_state) & (STATE_UPDATED | STATE_CARRY);
    unsigned state = 0;
    if (a->series.value != b->series.value)
        state |= STATE_VALUE;
    if (a->series.updated_ms != b->series.updated_ms)
        state |= shared;
    if (memcmp(a->body, b->body, a->body_bytes) != 0)
        state |= STATE_BODY;
    if (a->parts != b->parts)
        state |= STATE_PARTS;
    return state;
}

static void send(struct built *b, const struct catalog_family *family,
                 const struct series *series) {
    const double value = 1;
    if (!family_is_owned(family)) {
        cr_expect(store_number(b->store, family, series, value, 0.3, 1, b->now) == NUMBER_TAKEN,
                  "%s", family->kind->type);
        return;
    }
    const owner_id owner = owners_begin(b->owners, 7);
    cr_assert(owner != OWNER_NONE);
    cr_expect(store_own(b->store, family, series, owner, RELAYED_SUM, value, b->now) == OWN_TAKEN);
}

static void check(const struct built_family *from) {
    struct built b;
    struct built_family built = *from;
    built.name = "f";
    built_init(&b, &built, 1);
    const struct catalog_family *family = built_family(&b, "f");
    const struct series *series = NULL;
    int label;
    cr_assert(store_series(b.store, family, NULL, b.now, &series, &label) == STORE_FOUND);
    cr_expect(series->kind == from->kind);
    const struct copy before = copy_of(&b, family, series);
    b.now.mono_ms += 10;
    send(&b, family, series);
    const struct copy after = copy_of(&b, family, series);
    const unsigned expected =
        family_is_owned(family) ? family->kind->own_state : family->kind->state;
    cr_expect(difference(&before, &after, family->kind) == (expected & ~(unsigned)STATE_WINDOW),
              "case %td: %x", from - made, difference(&before, &after, family->kind));
    free(before.body);
    free(after.body);
    built_done(&b);
}

Test(kinds, a_sample_changes_the_state_that_its_kind_says) {
    for (size_t i = 0; i < MADE; i++)
        check(&made[i]);
}

Test(kinds, none_is_left_out) {
    for (size_t kind = 0; kind < KIND_COUNT; kind++) {
        bool host = catalog_kind_rows[kind].state == 0 || catalog_kind_rows[kind].is_machine;
        bool process = catalog_kind_rows[kind].own_state == 0;
        for (size_t i = 0; i < MADE; i++) {
            host |= made[i].kind == kind && made[i].merge == MERGE_NONE;
            process |= made[i].kind == kind && made[i].merge != MERGE_NONE;
        }
        cr_expect(host && process, "kind %zu has no family here", kind);
    }
}

/* When a process ends, nothing of it remains, whatever it had. */
Test(kinds, the_end_of_a_process_takes_its_parts) {
    for (size_t i = 0; i < MADE; i++) {
        if (made[i].merge == MERGE_NONE)
            continue;
        struct built b;
        struct built_family built = made[i];
        built.name = "f";
        built_init(&b, &built, 1);
        const struct catalog_family *family = built_family(&b, "f");
        const struct series *series = NULL;
        int label;
        cr_assert(store_series(b.store, family, NULL, b.now, &series, &label) == STORE_FOUND);
        send(&b, family, series);
        cr_expect(built_figures(&b).parts == 1, "case %zu", i);
        built_end(&b, owners_find(b.owners, 7));
        cr_expect(built_figures(&b).parts == 0, "case %zu", i);
        built_done(&b);
    }
}
