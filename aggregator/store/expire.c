/* SPDX-License-Identifier: MIT */
/* expire.c - how series end: by time, by hand, and with the set they came in. */
#include "store/store_private.h"

/* ---- expire ----
 * Ending series: time to live, and removal; and freeing sub-windows that are too old.
 */

static uint32_t series_slot(const struct store *store, const struct store_family *sf,
                            const struct series *series) {
    return store_slab_find(sf, series_ids(sf->family, series), store->seed);
}

size_t expire_slot(struct store *store, struct store_family *sf, uint32_t slot) {
    struct series *series = slab_series(sf, slot);
    const struct catalog_family *family = sf->family;
    size_t parts = 0;
    undo_word(sf->undo, series);
    series->flags &= (uint8_t)~SERIES_LIVE;
    undo_release(); /* another process that copies the series must see its end first */
    if (family_is_owned(family))
        parts = store_parts_release(store, series);
    if (store->kinds[series->kind].end != NULL)
        store->kinds[series->kind].end(store, sf, series);
    if (series->flags & SERIES_SORTED) {
        store_cursor_step_past(sf, series);
        store_order_remove(sf, slot, &store->held);
    }
    store_slab_index_remove(sf, slot, store->seed);
    const uint32_t *ids = series_ids(family, series);
    for (uint32_t i = 0; i < family->label_count; i++)
        if (ids[i] >= family->labels[i].value_count)
            store_pool_release(&sf->pools[i], ids[i]);
    if (series->flags & SERIES_FALLBACK)
        sf->live_fallback--;
    sf->live--;
    store->figures.series--;
    store_count(store, sf, -1);
    store->figures.series_freed++;
    store_slab_give(sf, slot);
    return parts;
}

/* The table that a live series is in. */
static struct store_family *family_of(const struct store *store, const struct series *series) {
    struct store_family *shown = store->families[series->family];
    if (shown->sets == NULL)
        return shown;
    struct store_family *tables = shown->sets->tables;
    const uint32_t slot = series_slot(store, &tables[0], series);
    return slot != UINT32_MAX && slab_series(&tables[0], slot) == series ? &tables[0] : &tables[1];
}

void store_remove(struct store *store, const struct series *series) {
    if (!(series->flags & SERIES_LIVE))
        return;
    struct store_family *sf = family_of(store, series);
    (void)expire_slot(store, sf, series_slot(store, sf, series));
}

/*
 * Sweeping. Expired series are found by laps over the slots of the families that time changes. A
 * lap determines the earliest time at which a series can be due next (a write can only make this
 * later), and the family is skipped until then. A caller that finds the family full continues its
 * lap at once. If writes keep postponing series that were nearly due, laps are spaced by their
 * length, so that they take at most a few percent of the time.
 */

enum {
    EXPIRE_LOOKS_A_UNIT = 16, /* slots are adjacent in memory */
    EXPIRE_END_UNITS = 10,    /* search order, index and pools, free texts */
    WINDOW_UNITS = 4,
    LOOKS_A_MS = 16384, /* most slots per ms that laps examine on average */
    RECLAIM_UNITS = 16, /* units of a step of expire_reclaim, until a series ended, */
    RECLAIM_STEPS = 32  /* and most steps of a call */
};

static bool is_swept(const struct catalog_family *family) {
    return family->ttl_ms > 0 || family_has_window(family);
}

void expire_enlist(struct store *store, struct store_family *sf) {
    if (!is_swept(sf->family))
        return;
    const uint32_t index = sf->family->index;
    struct store_family *last = store->swept_count > 0 ? store->families[store->swept] : sf;
    sf->next_swept = store->swept_count > 0 ? last->next_swept : index;
    last->next_swept = index;
    store->swept = index;
    store->swept_count++;
}

static void expire_spend(size_t *budget, size_t units) {
    *budget -= units < *budget ? units : *budget;
}

/* The earliest time at which a series written from now on can be due. */
static int64_t first_due_ms(const struct catalog_family *family, struct store_time now) {
    return family->ttl_ms > 0 ? now.mono_ms + family->ttl_ms : window_due_ms(family, now);
}

/* Examine a slot, and end its series if it is due. Returns the work units spent in addition to the
 * examination. */
static size_t tend_slot(struct store *store, struct store_family *sf, uint32_t slot,
                        struct store_time now) {
    const struct catalog_family *family = sf->family;
    struct series *series = slab_series(sf, slot);
    if (!(series->flags & SERIES_LIVE))
        return 0;
    if (family_has_window(family))
        return WINDOW_UNITS + window_pass(store, family, series, now);
    if (series_expired(family, series, now))
        return EXPIRE_END_UNITS + expire_slot(store, sf, slot);
    if (series->updated_ms + family->ttl_ms < sf->lap_due_ms)
        sf->lap_due_ms = series->updated_ms + family->ttl_ms;
    return 0;
}

static size_t tend(struct store *store, struct store_family *sf, uint32_t slot,
                   struct store_time now) {
    const size_t units = tend_slot(store, sf, slot, now);
    undo_commit(store->undo);
    return units;
}

/* Continue the family's lap if something may be due. False: *budget ran out before its end. */
static bool sweep(struct store *store, struct store_family *sf, struct store_time now,
                  size_t *budget) {
    if (now.mono_ms < sf->due_ms)
        return true;
    if (sf->lap_slot == 0)
        sf->lap_due_ms = first_due_ms(sf->family, now);
    while (sf->lap_slot < sf->used) {
        if (*budget == 0)
            return false;
        const uint32_t slot = sf->lap_slot++;
        expire_spend(budget, tend(store, sf, slot, now) + (slot % EXPIRE_LOOKS_A_UNIT == 0));
    }
    const int64_t rested_ms = now.mono_ms + sf->used / LOOKS_A_MS;
    sf->due_ms = sf->lap_due_ms > rested_ms ? sf->lap_due_ms : rested_ms;
    sf->lap_slot = 0;
    return true;
}

bool expire_reclaim(struct store *store, struct store_family *sf, struct store_time now) {
    const uint32_t before = sf->live;
    for (int i = 0; sf->family->ttl_ms > 0 && i < RECLAIM_STEPS && sf->live == before; i++) {
        size_t budget = RECLAIM_UNITS;
        if (sweep(store, sf, now, &budget))
            break;
    }
    return sf->live < before;
}

bool store_expire(struct store *store, struct store_time now, size_t *budget) {
    for (size_t i = 0; i < store->swept_count; i++) {
        if (*budget == 0)
            return false;
        if (i % EXPIRE_LOOKS_A_UNIT == 0)
            expire_spend(budget, 1);
        struct store_family *sf = store->families[store->swept];
        if (!sweep(store, sf, now, budget))
            return false;
        store->swept = sf->next_swept;
    }
    return true;
}

/* ---- sets: Families whose series come as one set: two tables that take turns. ---- */

/* An index that finds nothing. Never written to: no series is made in `nothing`. */
static uint32_t free_cell;

void store_sets_init(struct family_sets *sets, const struct catalog_family *family,
                     struct held *held) {
    sets->nothing =
        (struct store_family){.family = family, .index = {.cells = &free_cell}, .sets = sets};
    for (unsigned turn = 0; turn < 2; turn++) {
        store_slab_init(&sets->tables[turn], family, turn, NULL, held);
        sets->tables[turn].sets = sets;
    }
}

void store_sets_done(struct family_sets *sets) {
    store_slab_done(&sets->tables[0]);
    store_slab_done(&sets->tables[1]);
}

static struct store_family *shown_of(const struct store *store, const struct family_sets *sets) {
    return store_family(store, sets->nothing.family);
}

static struct store_family *under_way_of(struct family_sets *sets) {
    return sets->under_way == 0 ? NULL : &sets->tables[sets->under_way - 1];
}

static bool is_empty(const struct store_family *sf) {
    return sf->order.count == 0 && sf->fresh_count == 0;
}

static bool is_stale(const struct store *store, const struct store_family *sf) {
    return sf != shown_of(store, sf->sets) && sf != under_way_of(sf->sets) && !is_empty(sf);
}

/* End the last series of the order, which needs no search and moves no other series. */
static void end_last(struct store *store, struct store_family *sf) {
    const uint32_t slot = store_order_last(sf);
    struct series *series = slab_series(sf, slot);
    store_cursor_step_past(sf, series);
    store_order_pop(sf, &store->held);
    if (sf->order.count > 0)
        __builtin_prefetch(slab_series(sf, store_order_last(sf)));
    series->flags &= (uint8_t)~SERIES_SORTED;
    (void)expire_slot(store, sf, slot);
}

static void end_fresh(struct store *store, struct store_family *sf) {
    const uint32_t slot = sf->fresh[--sf->fresh_count];
    struct series *series = slab_series(sf, slot);
    series->flags &= (uint8_t)~SERIES_IN_FRESH;
    if ((series->flags & (SERIES_LIVE | SERIES_SORTED)) == SERIES_LIVE)
        (void)expire_slot(store, sf, slot);
}

/* End all series of a table; each is in the order or in the fresh list. False: the budget ran
 * out. */
static bool empty(struct store *store, struct store_family *sf, size_t *budget) {
    enum { END_UNITS = 4 }; /* search index and pools, free texts */
    while (!is_empty(sf)) {
        if (*budget < END_UNITS) {
            *budget = 0;
            return false;
        }
        *budget -= END_UNITS;
        if (sf->order.count > 0)
            end_last(store, sf);
        else
            end_fresh(store, sf);
    }
    return true;
}

static void note_untidy(struct store *store, struct family_sets *sets) {
    if (sets->untidy || (!is_stale(store, &sets->tables[0]) && !is_stale(store, &sets->tables[1])))
        return;
    sets->untidy = true;
    sets->next_untidy = store->untidy;
    store->untidy = (uint32_t)(sets - store->sets) + 1;
}

/* The table to fill next: one that is not shown. Of two such tables, prefers the empty one, then
 * the one that no view walks, then the one with fewer series, so that a repeated call returns the
 * same. */
static struct store_family *spare_of(const struct store *store, struct family_sets *sets) {
    struct store_family *first = &sets->tables[0];
    struct store_family *second = &sets->tables[1];
    const struct store_family *shown = shown_of(store, sets);
    if (shown == first || shown == second)
        return shown == first ? second : first;
    if (is_empty(first) || is_empty(second))
        return is_empty(first) ? first : second;
    if ((first->cursors == NULL) != (second->cursors == NULL))
        return first->cursors != NULL ? second : first;
    return second->live < first->live ? second : first;
}

bool store_set_begin(struct store *store, const struct catalog_family *family, size_t *budget) {
    struct family_sets *sets = store_family(store, family)->sets;
    if (sets == NULL)
        return true;
    sets->under_way = 0;
    struct store_family *spare = spare_of(store, sets);
    const bool ready = empty(store, spare, budget);
    if (ready)
        sets->under_way = (uint32_t)(spare - sets->tables) + 1;
    note_untidy(store, sets);
    return ready;
}

enum store_result store_set_series(struct store *store, const struct catalog_family *family,
                                   const struct store_label *labels, struct store_time now,
                                   const struct series **ret_series, int *ret_label,
                                   bool *ret_made) {
    struct family_sets *sets = store_family(store, family)->sets;
    struct store_family *sf = sets != NULL ? under_way_of(sets) : NULL;
    if (sf != NULL)
        return obtain_series(store, sf, labels, now, ret_series, ret_label, ret_made);
    *ret_label = -1;
    return STORE_SERIES_FULL;
}

/* Show this table of its family from now on. */
static void change_to(struct store *store, struct store_family *sf) {
    const struct store_family *before = store_family(store, sf->family);
    store_count(store, before, -(int64_t)before->live);
    store->families[sf->family->index] = sf;
    store_count(store, sf, sf->live);
}

static void show(struct store *store, struct family_sets *sets, struct store_family *sf) {
    change_to(store, sf);
    sets->under_way = 0;
    note_untidy(store, sets);
}

void store_set_commit(struct store *store, const struct catalog_family *family) {
    struct family_sets *sets = store_family(store, family)->sets;
    if (sets != NULL && sets->under_way != 0)
        show(store, sets, under_way_of(sets));
}

void store_set_clear(struct store *store, const struct catalog_family *family) {
    struct family_sets *sets = store_family(store, family)->sets;
    if (sets != NULL)
        show(store, sets, &sets->nothing);
}

void store_set_hide(struct store *store, const struct catalog_family *family) {
    struct family_sets *sets = store_family(store, family)->sets;
    if (sets == NULL)
        return;
    change_to(store, &sets->nothing);
    note_untidy(store, sets);
}

/* Empty the stale tables that no view walks. False: the budget ran out. */
static bool tidy(struct store *store, struct family_sets *sets, size_t *budget) {
    for (size_t i = 0; i < 2; i++) {
        struct store_family *sf = &sets->tables[i];
        if (is_stale(store, sf) && sf->cursors == NULL && !empty(store, sf, budget))
            return false;
    }
    return true;
}

bool store_set_tidy(struct store *store, size_t *budget) {
    uint32_t *link = &store->untidy;
    while (*link != 0) {
        struct family_sets *sets = &store->sets[*link - 1];
        if (!tidy(store, sets, budget))
            return false;
        if (is_stale(store, &sets->tables[0]) || is_stale(store, &sets->tables[1])) {
            link = &sets->next_untidy;
            continue;
        }
        sets->untidy = false;
        *link = sets->next_untidy;
    }
    return true;
}

/* ---- forget: Ending series by request. ---- */

enum {
    FORGET_LOOKS_A_UNIT = 16, /* slots, or parts, are adjacent in memory */
    FORGET_END_UNITS = 20     /* search order, index and pools, free texts and windows */
};

static const uint32_t ANY = UINT32_MAX; /* no id of a label value */

static void forget_spend(size_t *budget, size_t units) {
    *budget -= units < *budget ? units : *budget;
}

/* ---- which ones ---- */

/* The present ids of the label values. False: one has no id, so no series has that value. */
static bool find_ids(const struct store *store, const struct store_forgetting *forgetting,
                     uint32_t *ret_ids) {
    const struct catalog_family *family = forgetting->family;
    const struct store_family *sf = store_family(store, family);
    for (uint32_t i = 0; i < family->label_count; i++) {
        const struct catalog_label *label = &family->labels[i];
        const struct store_key *key = &forgetting->labels[i];
        int64_t id =
            key->text == NULL ? (int64_t)ANY : catalog_label_find_text(label, key->text, key->len);
        if (id < 0 && label->kind == LABEL_PATTERN)
            id = store_pool_find(&sf->pools[i], key->text, key->len, store->seed);
        if (id < 0)
            return false;
        ret_ids[i] = (uint32_t)id;
    }
    return true;
}

static bool has_ids(const struct catalog_family *family, const struct series *series,
                    const uint32_t *wanted) {
    const uint32_t *ids = series_ids(family, series);
    for (uint32_t i = 0; i < family->label_count; i++)
        if (wanted[i] != ANY && wanted[i] != ids[i])
            return false;
    return true;
}

/* ---- ending ---- */

/* Make a series again that exists from the start. There is room, because one has just ended. */
static void begin_again(struct store *store, const struct catalog_family *family,
                        const uint32_t *ids, struct store_time now) {
    struct store_label labels[LABELS_MAX] = {{0}};
    const struct series *series;
    int label;
    for (uint32_t i = 0; i < family->label_count; i++)
        labels[i].id = (int32_t)ids[i];
    if (store_series(store, family, labels, now, &series, &label) == STORE_FOUND &&
        family_is_owned(family))
        series_writable(series)->flags |= SERIES_STAYS;
}

/* End the series in a slot. Returns work units. */
static size_t end_slot(struct store *store, struct store_forgetting *forgetting, uint32_t slot,
                       struct store_time now) {
    const struct catalog_family *family = forgetting->family;
    struct store_family *sf = store_family(store, family);
    uint32_t ids[LABELS_MAX];
    memcpy(ids, series_ids(family, slab_series(sf, slot)), family->label_count * sizeof *ids);
    const size_t parts = expire_slot(store, sf, slot);
    forgetting->ended++;
    if (presence_has(family, ids)) {
        begin_again(store, family, ids, now);
        forgetting->again++;
    }
    undo_commit(store->undo);
    return FORGET_END_UNITS + parts;
}

/* End matching series in the slots from `next` on. False: *budget ran out before the last slot. */
static bool end_series(struct store *store, struct store_forgetting *forgetting,
                       const uint32_t *ids, struct store_time now, size_t *budget) {
    const struct catalog_family *family = forgetting->family;
    const struct store_family *sf = store_family(store, family);
    while (forgetting->next < sf->used) {
        if (*budget == 0)
            return false;
        const uint32_t slot = forgetting->next++;
        const struct series *series = slab_series(sf, slot);
        size_t units = slot % FORGET_LOOKS_A_UNIT == 0;
        if ((series->flags & SERIES_LIVE) && has_ids(family, series, ids))
            units += end_slot(store, forgetting, slot, now);
        forget_spend(budget, units);
    }
    return true;
}

/* ---- parts of an info ---- */

/* All series of an info share one list of parts, and ending each series would search the whole list
 * for its parts. So the parts are ended first, one by one, as when their processes end. */
static void end_part(struct store *store, struct store_forgetting *forgetting, struct part *part) {
    const struct catalog_family *family = forgetting->family;
    struct series *series = part_series(store, part);
    store->kinds[series->kind].leave(store, family, series, part);
    if (store_is_vacant(family, series)) {
        store_remove(store, series);
        forgetting->ended++;
    }
    undo_commit(store->undo);
}

static bool end_parts(struct store *store, struct store_forgetting *forgetting, const uint32_t *ids,
                      size_t *budget) {
    const struct catalog_family *family = forgetting->family;
    while (forgetting->next_part < store->parts.used) {
        if (*budget == 0)
            return false;
        struct part *part = part_at(store, ++forgetting->next_part);
        size_t units = forgetting->next_part % FORGET_LOOKS_A_UNIT == 0;
        if (part->owner != OWNER_NONE && part->family == family->index &&
            has_ids(family, part_series(store, part), ids)) {
            end_part(store, forgetting, part);
            units += FORGET_END_UNITS;
        }
        forget_spend(budget, units);
    }
    return true;
}

bool store_forget(struct store *store, struct store_forgetting *forgetting, struct store_time now,
                  size_t *budget) {
    uint32_t ids[LABELS_MAX] = {0};
    if (!find_ids(store, forgetting, ids))
        return true;
    if (forgetting->family->kind->is_description && !end_parts(store, forgetting, ids, budget))
        return false;
    return end_series(store, forgetting, ids, now, budget);
}
