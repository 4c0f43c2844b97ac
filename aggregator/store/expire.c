/* The end of series: time to live, and removal; and of what windows have passed. */
#include "store/store_private.h"

static uint32_t series_slot(const struct store *store, const struct store_family *sf,
                            const struct series *series) {
    return family_find(sf, series_ids(sf->family, series), store->seed);
}

size_t family_end_slot(struct store *store, struct store_family *sf, uint32_t slot) {
    struct series *series = family_series(sf, slot);
    const struct catalog_family *family = sf->family;
    size_t parts = 0;
    if (family_is_owned(family))
        parts = parts_release(store, series);
    if (family->type == FAMILY_INFO) {
        if (parts > 0)
            info_show_latest(store, family);
        if (sf->shown == series)
            sf->shown = NULL;
    }
    if (family_has_window(family))
        window_free(store, series);
    if (series->flags & SERIES_SORTED) {
        cursors_step_past(sf, series);
        order_remove(sf, slot, &store->figures.bytes);
    }
    family_index_remove(sf, slot, store->seed);
    const uint32_t *ids = series_ids(family, series);
    for (uint32_t i = 0; i < family->label_count; i++)
        if (ids[i] >= family->labels[i].value_count)
            pool_release(&sf->pools[i], ids[i], &store->figures.bytes);
    if (series->flags & SERIES_FALLBACK)
        sf->live_fallback--;
    sf->live--;
    store->figures.series--;
    store->figures.series_freed++;
    family_give_slot(sf, slot);
    return parts;
}

/* The table that a live series stands in. */
static struct store_family *family_of(const struct store *store, const struct series *series) {
    struct store_family *shown = store->families[series->family];
    if (!shown->sets)
        return shown;
    struct store_family *tables = shown->sets->tables;
    const uint32_t slot = series_slot(store, &tables[0], series);
    return slot != UINT32_MAX && family_series(&tables[0], slot) == series ? &tables[0]
                                                                           : &tables[1];
}

void store_remove(struct store *store, struct series *series) {
    if (!(series->flags & SERIES_LIVE))
        return;
    struct store_family *sf = family_of(store, series);
    (void)family_end_slot(store, sf, series_slot(store, sf, series));
}

/* Look at a series. Returns how many parts or pages it gave back. */
static size_t tend(struct store *store, struct store_family *sf, uint32_t slot,
                   struct store_time now, size_t *ended) {
    struct series *series = family_series(sf, slot);
    if (!(series->flags & SERIES_LIVE))
        return 0;
    if (series_expired(sf->family, series, now)) {
        ++*ended;
        return family_end_slot(store, sf, slot);
    }
    return family_has_window(sf->family) ? window_pass(store, sf->family, series, now) : 0;
}

size_t store_expire(struct store *store, struct store_time now, size_t budget) {
    size_t ended = 0;
    const size_t families = store->set->family_count;
    for (size_t visited = 0; visited <= families && budget > 0;) {
        if (store->expire_family >= families)
            store->expire_family = 0;
        if (families == 0)
            break;
        struct store_family *sf = store->families[store->expire_family];
        if (sf->family->ttl_ms > 0 || family_has_window(sf->family))
            for (; store->expire_slot < sf->used && budget > 0; store->expire_slot++, budget--) {
                const size_t freed = tend(store, sf, store->expire_slot, now, &ended);
                budget -= freed < budget ? freed : budget - 1;
            }
        if (budget == 0)
            break;
        store->expire_slot = 0;
        store->expire_family++;
        visited++;
    }
    return ended;
}
