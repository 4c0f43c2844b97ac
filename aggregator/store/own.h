/*
 * own.h - values of series that belong to processes.
 */
#ifndef STATGATE_STORE_OWN_H
#define STATGATE_STORE_OWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/series.h"

enum store_own {
    OWN_TAKEN,
    OWN_BAD_VALUE, /**< not a value for this kind; nothing changed */
    OWN_BEYOND,    /**< a total would not be finite; nothing changed */
    OWN_FULL       /**< no place for another part; counted */
};
/**
 * Apply a value from a live owner to a series of an owned family:
 *
 *   gauge          the process's latest value; a value equal to `absent` frees the part
 *   updowncounter  a delta for the process's part; `floor` applies to each part
 *   counter        a reading; one smaller than the reading before is a reset
 *   info           (value 1, else OWN_BAD_VALUE) the process now has these labels
 *   summary        item number `item` of a relayed summary; a new writer starts from nothing
 *                  (not below 0, a count whole, else OWN_BAD_VALUE)
 *
 * The series stays even if its last part was freed: see store_is_vacant.
 */
enum store_own store_own(struct store *store, const struct catalog_family *family,
                         const struct series *series, owner_id owner, uint32_t item, double value,
                         struct store_time now);
/** True for an owned series without parts that must not be shown: the caller removes it. False for
 * an up-down counter or kept reading that once had a part, and for a series that exists from the
 * start. */
bool store_is_vacant(const struct catalog_family *family, const struct series *series);
/** Prefetch the part of the series' body that store_own will need. */
static inline void store_own_bring(const struct series *series, owner_id owner) {
    const uintptr_t body = (uintptr_t)series + sizeof *series;
    __builtin_prefetch((const void *)(body + offsetof(struct series_numbers, writers) +
                                      owner % SERIES_WRITERS * sizeof(struct series_writer)),
                       1);
}
/** Prefetch the other memory that store_own will need, once the series is in the cache: call
 * store_own_touch first, and if it returns true, store_own_fetch some lines later. */
bool store_own_touch(const struct store *store, const struct series *series, owner_id owner);
void store_own_fetch(const struct store *store, const struct series *series, owner_id owner);
/**
 * Release the parts of an ended owner, and end the series that this leaves vacant. Deducts the work
 * from *budget (work units, about 100 ns each) and stops at 0, at most one series late. Returns
 * true when the owner has no parts left.
 */
bool store_disown(struct store *store, owner_id owner, size_t *budget);

#endif
