/*
 * quantile.h - quantiles estimated from the buckets of a histogram.
 */
#ifndef STATGATE_VIEW_QUANTILE_H
#define STATGATE_VIEW_QUANTILE_H

#include <stddef.h>
#include <stdint.h>

/**
 * What Prometheus' histogram_quantile() answers for these buckets (promql/quantile.go,
 * bucketQuantile): linear within the bucket in which the quantile falls, the first bucket beginning
 * at 0 when its bound is positive; the highest finite bound for what lies above it. NaN without
 * observations or without a finite bound. `bounds`: `count` finite upper bounds, increasing;
 * `counts`: count + 1 numbers, not cumulative, the last for +Inf. `q` above 0, at most 1.
 */
double quantile_estimate(const double *bounds, const uint64_t *counts, size_t count, double q);

#endif
