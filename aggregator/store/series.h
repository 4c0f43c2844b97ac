/*
 * series.h - how a sample changes a series that the whole host shares. Private to store/.
 */
#ifndef STATGATE_STORE_SERIES_H
#define STATGATE_STORE_SERIES_H

#include "store/store_private.h"

/* What `weight` observations of `value` add: their count and the new sum and carry. False: not for
 * this series. */
struct observed {
    uint64_t count;
    double sum;
    double carry;
};
bool series_weigh(const struct catalog_family *family, const struct series *series, double value,
                  double weight, struct observed *ret_observed);

/* The new sum and carry. */
void series_take_observed(struct store *store, struct series *series,
                          const struct observed *observed);
/* It was written now. */
void series_touch(struct store *store, struct series *series, struct store_time now);

/* How many observations one represents that was sent at this rate. */
static inline double series_weight(double rate) {
    return rate == 1 ? 1 : 1 / rate;
}

/* Functions for kinds.c. */

bool series_begin_written(struct store *store, struct series *series, struct store_time now);
/* No state is selected. */
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
