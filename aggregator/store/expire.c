/* The end of series: time to live, and removal. */
#include "store/store_private.h"

static uint32_t series_slot(const struct store *store, const struct store_family *sf,
                            const struct series *series) {
    return family_find(sf, series_ids(sf->family, series), store->seed);
}

static void remove_slot(struct store *store, struct store_family *sf, uint32_t slot) {
    struct series *series = family_series(sf, slot);
    const struct catalog_family *family = sf->family;
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
}

void store_remove(struct store *store, struct series *series) {
    if (!(series->flags & SERIES_LIVE))
        return;
    struct store_family *sf = &store->families[series->family];
    remove_slot(store, sf, series_slot(store, sf, series));
}

size_t store_expire(struct store *store, struct store_time now, size_t budget) {
    size_t ended = 0;
    const size_t families = store->set->family_count;
    for (size_t visited = 0; visited <= families && budget > 0;) {
        if (store->expire_family >= families)
            store->expire_family = 0;
        if (families == 0)
            break;
        struct store_family *sf = &store->families[store->expire_family];
        if (sf->family->ttl_ms > 0)
            for (; store->expire_slot < sf->used && budget > 0; store->expire_slot++, budget--) {
                const struct series *series = family_series(sf, store->expire_slot);
                if ((series->flags & SERIES_LIVE) && series_expired(sf->family, series, now)) {
                    remove_slot(store, sf, store->expire_slot);
                    ended++;
                }
            }
        if (budget == 0)
            break;
        store->expire_slot = 0;
        store->expire_family++;
        visited++;
    }
    return ended;
}
