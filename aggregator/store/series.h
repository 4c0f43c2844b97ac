/*
 * series.h - what observations add to a series. Private to store/.
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

#endif
