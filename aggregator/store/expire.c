/* Ending series: time to live, and removal; and freeing sub-windows that are too old. */
#include "store/expire.h"
#include "store/cursor_private.h"
#include "store/end.h"
#include "store/kinds.h"
#include "store/order.h"
#include "store/parts.h"
#include "store/pool.h"
#include "store/slab.h"
#include "store/window.h"

static uint32_t series_slot(const struct store *store, const struct store_family *sf,
                            const struct series *series) {
    return slab_find(sf, series_ids(sf->family, series), store->seed);
}

size_t expire_slot(struct store *store, struct store_family *sf, uint32_t slot) {
    struct series *series = slab_series(sf, slot);
    const struct catalog_family *family = sf->family;
    size_t parts = 0;
    undo_word(sf->undo, series);
    series->flags &= (uint8_t)~SERIES_LIVE;
    undo_release(); /* another process that copies the series must see its end first */
    if (family_is_owned(family))
        parts = parts_release(store, series);
    if (store->kinds[series->kind].end != NULL)
        store->kinds[series->kind].end(store, sf, series);
    if (series->flags & SERIES_SORTED) {
        cursor_step_past(sf, series);
        order_remove(sf, slot, &store->held);
    }
    slab_index_remove(sf, slot, store->seed);
    const uint32_t *ids = series_ids(family, series);
    for (uint32_t i = 0; i < family->label_count; i++)
        if (ids[i] >= family->labels[i].value_count)
            pool_release(&sf->pools[i], ids[i]);
    if (series->flags & SERIES_FALLBACK)
        sf->live_fallback--;
    sf->live--;
    sf->changes++;
    store->figures.series--;
    store_count(store, sf, -1);
    store->figures.series_freed++;
    slab_give(sf, slot);
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
    LOOKS_A_UNIT = 16, /* slots are adjacent in memory */
    END_UNITS = 10,    /* search order, index and pools, free texts */
    WINDOW_UNITS = 4,
    LOOKS_A_MS = 16384, /* most slots per ms that laps examine on average */
    RECLAIM_UNITS = 16, /* units of a step of expire_reclaim, until a series ended, */
    RECLAIM_STEPS = 32  /* and most steps of a call */
};

static bool is_swept(const struct catalog_family *family) {
    return family->ttl_ms > 0 || family->kind->has_window;
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

static void spend(size_t *budget, size_t units) {
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
    if (family->kind->has_window)
        return WINDOW_UNITS + window_pass(store, family, series, now);
    if (series_expired(family, series, now))
        return END_UNITS + expire_slot(store, sf, slot);
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
        spend(budget, tend(store, sf, slot, now) + (slot % LOOKS_A_UNIT == 0));
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
        if (i % LOOKS_A_UNIT == 0)
            spend(budget, 1);
        struct store_family *sf = store->families[store->swept];
        if (!sweep(store, sf, now, budget))
            return false;
        store->swept = sf->next_swept;
    }
    return true;
}
