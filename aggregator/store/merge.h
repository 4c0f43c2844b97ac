/*
 * merge.h - merging the parts of processes into the value of a series. Private to store/.
 */
#ifndef STATGATE_STORE_MERGE_H
#define STATGATE_STORE_MERGE_H

#include <float.h>
#include <math.h>

/* Replace a sum that overflowed to infinity by the largest finite number of its sign. */
static inline double merge_kept_finite(double sum) {
    if (isfinite(sum))
        return sum;
    return sum < 0 ? -DBL_MAX : DBL_MAX;
}

#endif
