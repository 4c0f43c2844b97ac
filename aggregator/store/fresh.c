/* The list of series that are not in the order yet; views sort them into the order. */
#include "store/fresh.h"

#include "base/heap.h"
#include "store/cursor.h"
#include "store/order.h"

enum { FRESH_LEAST = 16 };

uint64_t fresh_bytes(uint64_t series_bound) {
    uint64_t capacity = FRESH_LEAST;
    while (capacity < series_bound)
        capacity *= 2;
    return heap_bytes(capacity * sizeof(uint32_t));
}

bool fresh_add(struct store *store, struct store_family *sf, uint32_t slot) {
    struct series *series = slab_series(sf, slot);
    if (series->flags & SERIES_IN_FRESH)
        return true;
    if (sf->fresh_count == sf->fresh_capacity) {
        const uint32_t capacity = sf->fresh_capacity == 0 ? FRESH_LEAST : sf->fresh_capacity * 2;
        uint32_t *fresh =
            held_resize(&store->held, sf->fresh, sf->fresh_capacity, capacity, sizeof *fresh);
        if (fresh == NULL)
            return false;
        sf->fresh = fresh;
        sf->fresh_capacity = capacity;
    }
    sf->fresh[sf->fresh_count++] = slot;
    series->flags |= SERIES_IN_FRESH;
    return true;
}

bool store_settle(struct store *store, const struct catalog_family *family, size_t *budget) {
    enum { INSERT_UNITS = 24 }; /* about twenty comparisons of two cold series */
    struct store_family *sf = store_family(store, family);
    while (sf->fresh_count > 0) {
        if (*budget < INSERT_UNITS) {
            *budget = 0;
            return false;
        }
        *budget -= INSERT_UNITS;
        const uint32_t slot = sf->fresh[sf->fresh_count - 1];
        struct series *series = slab_series(sf, slot);
        if ((series->flags & (SERIES_LIVE | SERIES_SORTED)) == SERIES_LIVE) {
            if (!order_insert(sf, slot, &store->held))
                return true; /* out of memory: the series stays fresh, and the view leaves it out */
            series->flags |= SERIES_SORTED;
        }
        series->flags &= (uint8_t)~SERIES_IN_FRESH;
        sf->fresh_count--;
    }
    return true;
}
