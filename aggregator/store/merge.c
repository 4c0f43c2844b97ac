/* The value of a series, merged from the parts of processes: their sum, minimum or maximum. */
#include "store/merge.h"

#include "store/parts.h"

enum { PARTS_A_UNIT = 4 };

/* A walk over the parts of a series. Parts are scattered in memory and linked one to the next, so
 * waiting for each of thousands of parts would take milliseconds. So each part has a hint of a part
 * further on, to prefetch, and the walk repairs hints that changes of the list have invalidated. */
struct part_walk {
    uint32_t link; /* of the next part */
    size_t count;
    struct part *passed[PARTS_AHEAD];
};

static const struct part *walk_next(const struct store *store, struct part_walk *walk) {
    if (walk->link == 0)
        return NULL;
    struct part *part = part_at(store, walk->link);
    if (part->ahead != 0)
        __builtin_prefetch(part_at(store, part->ahead));
    struct part **before = &walk->passed[walk->count % PARTS_AHEAD];
    if (walk->count >= PARTS_AHEAD && (*before)->ahead != walk->link)
        (*before)->ahead = walk->link;
    *before = part;
    walk->count++;
    walk->link = part->next;
    return part;
}

static double sum_of_parts(const struct store *store, const struct series *series) {
    const struct series_owned *owned = series_owned(series);
    struct part_walk walk = {.link = owned->parts};
    const struct part *part;
    double sum = owned->base;
    while ((part = walk_next(store, &walk)) != NULL)
        sum += part->base + part_value(store, series, part);
    return merge_kept_finite(sum);
}

static double extreme_of_parts(const struct store *store, const struct series *series,
                               bool greatest) {
    struct part_walk walk = {.link = series_owned(series)->parts};
    const struct part *part = walk_next(store, &walk);
    double extreme = part != NULL ? part_value(store, series, part) : 0;
    while ((part = walk_next(store, &walk)) != NULL) {
        const double value = part_value(store, series, part);
        if (greatest ? value > extreme : value < extreme)
            extreme = value;
    }
    return extreme;
}

size_t store_merge(struct store *store, const struct catalog_family *family,
                   const struct series *series) {
    if (!(series->flags & SERIES_STALE))
        return 0;
    struct series *own = series_writable(series);
    own->flags &= (uint8_t)~SERIES_STALE;
    if (family->merge == MERGE_MIN || family->merge == MERGE_MAX)
        own->value = extreme_of_parts(store, series, family->merge == MERGE_MAX);
    else
        own->value = sum_of_parts(store, series);
    return 1 + series_owned(series)->part_count / PARTS_A_UNIT;
}
