/*
 * published.h - the counts of each service as they were last published. Most have not changed at
 * the next scrape, and finding the series of one costs a hundred times as much as comparing it.
 * Private to self/.
 */
#ifndef STATGATE_SELF_PUBLISHED_H
#define STATGATE_SELF_PUBLISHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct published {
    uint64_t *counts; /* `slots` of each row */
    size_t rows;
    size_t slots;
};

/** Make room for so many rows. False: out of memory; published_done is safe then. */
bool published_init(struct published *published, size_t rows, size_t slots);
void published_done(struct published *published);
/** Forget all counts: each one counts as changed. */
void published_reset(struct published *published);
/** Whether this count differs from the one of the last call. */
bool published_changes(struct published *published, size_t row, size_t slot, uint64_t count);

#endif
