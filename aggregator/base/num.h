/* SPDX-License-Identifier: MIT */
/* num.h - numbers as text, and back: exact, and the shortest that reads back. */
#ifndef STATGATE_BASE_NUM_H
#define STATGATE_BASE_NUM_H

#include <stddef.h>
#include <stdint.h>

/** Enough bytes for every number that this file writes, without a terminator. */
enum { NUM_TEXT_MAX = 40 };

/** Write the decimal digits of `value` to `out` (NUM_TEXT_MAX bytes). Returns how many bytes were
 * written, as all functions here do. */
size_t num_put_u64(char *out, uint64_t value);

/**
 * Format as Go's strconv.FormatFloat(v, 'g', -1, 64), which Prometheus client libraries use:
 * exponent form below 1e-04 and from 1e+06 up, with at least two exponent digits (399433,
 * 7.347368e+06); NaN, +Inf, -Inf. Used for values, `le` and `quantile` in text 0.0.4.
 */
size_t num_put_go(char *out, double value);

/**
 * Format a value for OpenMetrics 1.0: same as num_put_go. The specification allows any rendering of
 * values, and people expect both formats to agree. Bounds in `le` and `quantile` use
 * num_put_om_canonical.
 */
size_t num_put_om(char *out, double value);

/**
 * Format a bound for OpenMetrics 1.0, "Considerations: Canonical Numbers": as num_put_go, plus `.0`
 * if there is neither a dot nor an exponent: 0.0, 1.0, 100000.0, 1e-05, 1e+06, +Inf.
 */
size_t num_put_om_canonical(char *out, double value);

/**
 * Format the shortest JSON number that reads back as the same double: integers up to 2^53 as plain
 * digits; larger numbers, and those below 1e-05, in exponent form. `value` must be finite, as JSON
 * has no other numbers.
 */
size_t num_put_json(char *out, double value);

/* ---- num shortest ----
 * the shortest decimal that reads back as a given double.
 */

/** A decimal number: digits * 10^exponent. */
struct num_decimal {
    uint64_t digits; /**< at most 17 digits, no trailing zero */
    int exponent;
};

/**
 * Among the decimals that every correct reader turns back into `value`, return one with the fewest
 * digits; if there are several, the one nearest to `value`. `value` must be finite and above 0.
 */
struct num_decimal num_shortest(double value);

/** 10^k scaled to 128 bits with the highest bit set, rounded up; from a generated table. */
struct num_pow10 {
    uint64_t high;
    uint64_t low;
};

enum { NUM_POW10_MIN = -292, NUM_POW10_MAX = 324 };

extern const struct num_pow10 num_pow10[NUM_POW10_MAX - NUM_POW10_MIN + 1];

#endif
