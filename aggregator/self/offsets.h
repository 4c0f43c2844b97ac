/*
 * offsets.h - counts of earlier daemons in the daemon's own series, which are added to the counts
 * of this one. Private to self/.
 */
#ifndef STATGATE_SELF_OFFSETS_H
#define STATGATE_SELF_OFFSETS_H

#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"

struct offsets_family {
    double *values;    /* by place: values of a counter, or sums of a histogram */
    uint64_t *buckets; /* bucket_count + 1 counts by place, for a histogram */
};

/** If zeroed, nothing is added. */
struct offsets {
    struct offsets_family *families; /* by index in the set; NULL: nothing is added */
    size_t count;
};

/** Make room for `family_count` families, with nothing to add for any of them. False: out of
 * memory; offsets_done is safe then. */
bool offsets_init(struct offsets *offsets, size_t family_count);
void offsets_done(struct offsets *offsets);

/** Take the present values of the family's series as offsets. The offsets are initialized. False:
 * out of memory. */
bool offsets_take(struct offsets *offsets, struct store *store, const struct catalog_family *family,
                  struct store_time now);
/** Lower the offset of a counter: `value` is already included in the count of this process, so only
 * the rest is added. */
void offsets_lower(const struct offsets *offsets, const struct store *store,
                   const struct catalog_family *family, const struct series *series, double value);

/** The value that a counter shows, or the sum of a histogram: `value` plus the offset. */
double offsets_value(const struct offsets *offsets, const struct store *store,
                     const struct catalog_family *family, const struct series *series,
                     double value);
/** Add the offsets to the bucket counts of a histogram. */
void offsets_buckets(const struct offsets *offsets, const struct store *store,
                     const struct catalog_family *family, const struct series *series,
                     uint64_t *buckets);

#endif
