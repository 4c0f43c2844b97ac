/*
 * merge.h - what a series shows of the parts of processes. Private to store/.
 */
#ifndef STATGATE_STORE_MERGE_H
#define STATGATE_STORE_MERGE_H

#include <float.h>
#include <math.h>

/* A sum that grew beyond all numbers is the largest one. */
static inline double merge_kept_finite(double sum) {
    if (isfinite(sum))
        return sum;
    return sum < 0 ? -DBL_MAX : DBL_MAX;
}

#endif
