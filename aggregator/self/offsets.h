/*
 * offsets.h - what former daemons counted in the daemon's own series, to be added to what this one
 * counts. Private to self/.
 */
#ifndef STATGATE_SELF_OFFSETS_H
#define STATGATE_SELF_OFFSETS_H

#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"

struct offsets_family {
    double *values;    /* by place: of a counter; of a histogram, its sum */
    uint64_t *buckets; /* of a histogram, bucket_count + 1 by place */
};

/** Zeroed: nothing is added. */
struct offsets {
    struct offsets_family *families; /* by index in the set; NULL: nothing is added */
    size_t count;
};

/** Room for so many families, none of which has anything to add. False: out of memory; offsets_done is
 * safe then. */
bool offsets_init(struct offsets *offsets, size_t family_count);
void offsets_done(struct offsets *offsets);

/** What the family's series have now is what to add. Offsets are initialized. False: out of memory. */
bool offsets_take(struct offsets *offsets, struct store *store, const struct catalog_family *family,
                  struct store_time now);
/** This much of what a counter has is counted already by those who count: the rest is what to add. */
void offsets_lower(const struct offsets *offsets, const struct store *store,
                   const struct catalog_family *family, const struct series *series, double value);

/** What a counter shows, or the sum of a histogram. */
double offsets_value(const struct offsets *offsets, const struct store *store,
                     const struct catalog_family *family, const struct series *series,
                     double value);
/** Add to the counts of a histogram. */
void offsets_buckets(const struct offsets *offsets, const struct store *store,
                     const struct catalog_family *family, const struct series *series,
                     uint64_t *buckets);

#endif
