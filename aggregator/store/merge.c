/* What a series shows of the parts of processes: their sum, least or greatest. */
#include "store/merge.h"

#include "store/store_private.h"

enum { PARTS_A_UNIT = 4 };

/* A walk over the parts of a series. They are anywhere in memory, and each names the next: to wait
 * for one at a time would take milliseconds for thousands. So each hints at one further on, and the
 * walk mends the hints that changes have worn. */
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

static double sum_of_parts(const struct store *store, const struct series_owned *owned) {
    struct part_walk walk = {.link = owned->parts};
    const struct part *part;
    double sum = owned->base;
    while ((part = walk_next(store, &walk)) != NULL)
        sum += part->base + part->value;
    return merge_kept_finite(sum);
}

static double extreme_of_parts(const struct store *store, const struct series_owned *owned,
                               bool greatest) {
    struct part_walk walk = {.link = owned->parts};
    const struct part *part = walk_next(store, &walk);
    double extreme = part != NULL ? part->value : 0;
    while ((part = walk_next(store, &walk)) != NULL)
        if (greatest ? part->value > extreme : part->value < extreme)
            extreme = part->value;
    return extreme;
}

size_t store_merge(struct store *store, const struct catalog_family *family,
                   const struct series *series) {
    if (!(series->flags & SERIES_STALE))
        return 0;
    struct series *own = series_writable(series);
    own->flags &= (uint8_t)~SERIES_STALE;
    const struct series_owned *owned = series_owned(series);
    writer_sync(store, owned);
    if (family->merge == MERGE_MIN || family->merge == MERGE_MAX)
        own->value = extreme_of_parts(store, owned, family->merge == MERGE_MAX);
    else
        own->value = sum_of_parts(store, owned);
    return 1 + owned->part_count / PARTS_A_UNIT;
}
