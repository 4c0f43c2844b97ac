/*
 * series_private.h - how a sample changes a series whose values belong to the host. Private to
 * store/.
 */
#ifndef STATGATE_STORE_SERIES_PRIVATE_H
#define STATGATE_STORE_SERIES_PRIVATE_H

#include "store/numbers.h"
#include "store/series.h"
#include "store/store_private.h"

/* The effect of `weight` observations of `value`: how many to count, and the new sum and carry.
 * series_weigh returns false if the series cannot take them. */
struct observed {
    uint64_t count;
    double sum;
    double carry;
};
bool series_weigh(const struct catalog_family *family, const struct series *series, double value,
                  double weight, struct observed *ret_observed);

/* Set the new sum and carry. */
void series_take_observed(struct store *store, struct series *series,
                          const struct observed *observed);
/* Record that the series was written now. */
void series_touch(struct store *store, struct series *series, struct store_time now);

/* How many observations one observation represents that was sent at this rate. */
static inline double series_weight(double rate) {
    return rate == 1 ? 1 : 1 / rate;
}

/* Functions for kinds.c. */

bool series_begin_written(struct store *store, struct series *series, struct store_time now);
/* Begin a stateset: no state is selected. */
bool series_begin_states(struct store *store, struct series *series, struct store_time now);

enum store_number series_take_increment(struct store *store, const struct catalog_family *family,
                                        struct series *series, double value, double rate,
                                        uint32_t item, struct store_time now);
enum store_number series_take_change(struct store *store, const struct catalog_family *family,
                                     struct series *series, double value, double rate,
                                     uint32_t item, struct store_time now);
enum store_number series_take_value(struct store *store, const struct catalog_family *family,
                                    struct series *series, double value, double rate, uint32_t item,
                                    struct store_time now);
enum store_number series_take_observation(struct store *store, const struct catalog_family *family,
                                          struct series *series, double value, double rate,
                                          uint32_t item, struct store_time now);
enum store_number series_take_state(struct store *store, const struct catalog_family *family,
                                    struct series *series, double value, double rate, uint32_t item,
                                    struct store_time now);

#endif
