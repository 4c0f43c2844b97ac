#include "view/quantile.h"

#include <math.h>

double quantile_estimate(const double *bounds, const uint64_t *counts, size_t count, double q) {
    uint64_t total = 0;
    for (size_t i = 0; i <= count; i++)
        total += counts[i];
    if (total == 0 || count == 0)
        return NAN;

    const double rank = q * (double)total;
    uint64_t below = 0;
    size_t bucket = 0;
    while (bucket < count && (double)(below + counts[bucket]) < rank)
        below += counts[bucket++];
    if (bucket == count)
        return bounds[count - 1];
    if (bucket == 0 && bounds[0] <= 0)
        return bounds[0];
    const double from = bucket == 0 ? 0 : bounds[bucket - 1];
    return from + (bounds[bucket] - from) * ((rank - (double)below) / (double)counts[bucket]);
}
