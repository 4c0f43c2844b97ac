/*
 * quantile.h - quantiles estimated from the buckets of a histogram.
 */
#ifndef STATGATE_VIEW_QUANTILE_H
#define STATGATE_VIEW_QUANTILE_H

#include <stddef.h>
#include <stdint.h>

/**
 * The result of Prometheus' histogram_quantile() for these buckets (promql/quantile.go,
 * bucketQuantile): linear within the bucket that contains the quantile, where the first bucket
 * begins at 0 if its bound is positive; the highest finite bound for a quantile above it. NaN
 * without observations or without a finite bound. `bounds`: `count` finite upper bounds,
 * increasing; `counts`: count + 1 numbers, not cumulative, the last for +Inf. `q` above 0, at most
 * 1.
 */
double quantile_estimate(const double *bounds, const uint64_t *counts, size_t count, double q);

#endif
