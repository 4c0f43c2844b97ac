/* Numbers of earlier daemons, by family and place. */
#include "self/offsets.h"

#include <stdlib.h>

#include "store/store.h"

bool offsets_init(struct offsets *offsets, size_t family_count) {
    *offsets = (struct offsets){.families = calloc(family_count + 1, sizeof *offsets->families),
                                .count = family_count};
    return offsets->families != NULL;
}

void offsets_done(struct offsets *offsets) {
    for (size_t i = 0; offsets->families != NULL && i < offsets->count; i++) {
        free(offsets->families[i].values);
        free(offsets->families[i].buckets);
    }
    free(offsets->families);
    *offsets = (struct offsets){0};
}

static uint32_t bucket_items(const struct catalog_family *family) {
    return family->kind->items == ITEMS_BUCKETS ? family->bucket_count + 1 : 0;
}

/* The offset of a series. NULL: nothing is added to its family. */
static double *value_of(const struct offsets *offsets, const struct store *store,
                        const struct catalog_family *family, const struct series *series) {
    if (offsets->families == NULL || offsets->families[family->index].values == NULL)
        return NULL;
    return &offsets->families[family->index].values[store_place(store, family, series)];
}

static uint64_t *buckets_of(const struct offsets *offsets, const struct store *store,
                            const struct catalog_family *family, const struct series *series) {
    if (offsets->families == NULL || offsets->families[family->index].buckets == NULL)
        return NULL;
    return &offsets->families[family->index]
                .buckets[(size_t)store_place(store, family, series) * bucket_items(family)];
}

static void take(const struct offsets *offsets, const struct store *store,
                 const struct catalog_family *family, const struct series *series) {
    *value_of(offsets, store, family, series) = series->value;
    uint64_t *buckets = buckets_of(offsets, store, family, series);
    for (uint32_t i = 0; i < bucket_items(family); i++)
        buckets[i] = series_buckets(series)[i];
}

bool offsets_take(struct offsets *offsets, struct store *store, const struct catalog_family *family,
                  struct store_time now) {
    struct offsets_family *of = &offsets->families[family->index];
    size_t budget = SIZE_MAX;
    struct store_cursor cursor;
    of->values = calloc(family->bound + 1, sizeof *of->values);
    if (bucket_items(family) > 0)
        of->buckets = calloc((family->bound + 1) * bucket_items(family), sizeof *of->buckets);
    if (of->values == NULL || (bucket_items(family) > 0 && of->buckets == NULL))
        return false;
    (void)store_settle(store, family, &budget);
    store_cursor_open(store, &cursor, family);
    for (const struct series *series; (series = store_cursor_next(store, &cursor, now)) != NULL;)
        take(offsets, store, family, series);
    store_cursor_close(store, &cursor);
    return true;
}

void offsets_lower(const struct offsets *offsets, const struct store *store,
                   const struct catalog_family *family, const struct series *series, double value) {
    double *offset = value_of(offsets, store, family, series);
    if (offset == NULL)
        return;
    *offset = series->value > value ? series->value - value : 0;
}

double offsets_value(const struct offsets *offsets, const struct store *store,
                     const struct catalog_family *family, const struct series *series,
                     double value) {
    const double *offset = value_of(offsets, store, family, series);
    return offset != NULL ? *offset + value : value;
}

void offsets_buckets(const struct offsets *offsets, const struct store *store,
                     const struct catalog_family *family, const struct series *series,
                     uint64_t *buckets) {
    const uint64_t *offset = buckets_of(offsets, store, family, series);
    for (uint32_t i = 0; offset != NULL && i < bucket_items(family); i++)
        buckets[i] += offset[i];
}
