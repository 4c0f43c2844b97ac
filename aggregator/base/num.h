/*
 * num.h - numbers as text: shortest digits that read back as the same double, in the spelling of
 * each format. Pure: no locale, no allocation.
 */
#ifndef STATGATE_BASE_NUM_H
#define STATGATE_BASE_NUM_H

#include <stddef.h>
#include <stdint.h>

/** Enough for every number of this file, without a terminator. */
enum { NUM_TEXT_MAX = 40 };

/** Decimal digits of `value` at `out` (NUM_TEXT_MAX bytes); returns their number. */
size_t num_put_u64(char *out, uint64_t value);

/**
 * As Go's strconv.FormatFloat(v, 'g', -1, 64), which client libraries of Prometheus use: exponent
 * form below 1e-04 and from 1e+06 up, with two exponent digits at least (399433, 7.347368e+06);
 * NaN, +Inf, -Inf. For values, `le` and `quantile` of text 0.0.4.
 */
size_t num_put_go(char *out, double value);

/**
 * Values in OpenMetrics 1.0: as num_put_go. The specification allows any rendering there, and
 * people expect both formats to agree. Bounds in `le` and `quantile` use num_put_om_canonical.
 */
size_t num_put_om(char *out, double value);

/**
 * OpenMetrics 1.0, "Considerations: Canonical Numbers": as num_put_go, with `.0` where neither a
 * dot nor an exponent would stand: 0.0, 1.0, 100000.0, 1e-05, 1e+06, +Inf.
 */
size_t num_put_om_canonical(char *out, double value);

/**
 * Shortest round-trip JSON number: integers bare up to 2^53, above it and below 1e-05 in exponent
 * form. `value` must be finite: JSON has no others.
 */
size_t num_put_json(char *out, double value);

#endif
