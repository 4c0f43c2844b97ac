/*
 * num_shortest.h - the shortest decimal that reads back as a given double. Private to base/.
 */
#ifndef STATGATE_BASE_NUM_SHORTEST_H
#define STATGATE_BASE_NUM_SHORTEST_H

#include <stdint.h>

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

/** Remove trailing zeros from `digits` and raise the exponent by one for each. `digits` must not be
 * 0. */
struct num_decimal num_shortest_strip_zeros(uint64_t digits, int exponent);

/** 10^k scaled to 128 bits with the highest bit set, rounded up; from a generated table. */
struct num_pow10 {
    uint64_t high;
    uint64_t low;
};

enum { NUM_POW10_MIN = -292, NUM_POW10_MAX = 324 };

extern const struct num_pow10 num_pow10[NUM_POW10_MAX - NUM_POW10_MIN + 1];

#endif
