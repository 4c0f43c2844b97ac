/*
 * numbers.h - changing the numbers of series whose values belong to the host.
 */
#ifndef STATGATE_STORE_NUMBERS_H
#define STATGATE_STORE_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

#include "store/series.h"

enum store_number {
    NUMBER_TAKEN,
    NUMBER_BAD,   /**< not a value for this kind; nothing changed */
    NUMBER_BEYOND /**< a total would not be finite; nothing changed */
};
/**
 * Apply a sample to a series whose values belong to the host, by its kind. `rate` is the fraction
 * of samples that the client sends, `item` the state of a stateset:
 *
 *   counter            an increment, divided by the rate; not below 0
 *   updowncounter      a change of either sign, divided by the rate
 *   gauge              the value
 *   histogram, summary an observation that represents 1 / rate observations; the bins of a summary
 *                      are taken from a pool, so nothing is allocated
 *   stateset           1 selects the state, 0 deselects it if it is the selected one
 */
enum store_number store_number(struct store *store, const struct catalog_family *family,
                               const struct series *series, double value, double rate,
                               uint32_t item, struct store_time now);

/* Single changes, for series that the daemon itself writes. */
bool series_add(struct store *store, const struct catalog_family *family,
                const struct series *series, double delta, struct store_time now);
/** Set a gauge. The caller handles a value equal to the family's `absent` (store_remove). */
bool series_write(struct store *store, const struct series *series, double value,
                  struct store_time now);
/** Count `weight` observations of `value`; a fractional part is carried to the next observation. */
bool series_observe(struct store *store, const struct catalog_family *family,
                    const struct series *series, double value, double weight,
                    struct store_time now);

/* ---- numbers that were counted elsewhere (self, machines) ----
 *
 * Each word is valid by itself, so these changes are not noted for undo. */

/** Set the value of a series of any kind, counters included; updated_ms is unchanged. */
void series_put(const struct series *series, double value);
/** Histogram: set its counts (bucket_count + 1, not cumulative) and its sum. */
void series_put_histogram(const struct catalog_family *family, const struct series *series,
                          const uint64_t *buckets, double sum);
/** Set created_ms: the Unix time from which its numbers count. */
void series_put_created(const struct series *series, int64_t real_ms);
/** Attempts, jobs: set the number of the series' machine. */
void series_put_machine(const struct series *series, uint64_t number);

#endif
