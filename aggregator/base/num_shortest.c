#include "base/num_shortest.h"

#include <float.h>
#include <stdbool.h>
#include <string.h>

/*
 * Schubfach, by Raffaello Giulietti ("The Schubfach way to render doubles", 2020). All decimals
 * that round to a double c * 2^q are in an interval around it, which reaches half-way to its
 * neighbours. Choose k so that 10^k is at most as wide as the interval, and 10^(k+1) is wider. Then
 * the interval contains at least one multiple of 10^k, and at most one or two of 10^(k+1). So only
 * four candidates need to be checked, in units of 10^k: the value's two neighbours among multiples
 * of ten, and the two among all multiples.
 */

__extension__ typedef unsigned __int128 uint128;

enum { MANTISSA_BITS = DBL_MANT_DIG - 1, EXPONENT_BIAS = DBL_MAX_EXP - 1 + MANTISSA_BITS };

/* floor(log2(10^e)) for |e| <= 1233. The right shift of a negative int is arithmetic in every
 * compiler that this project supports. */
static inline int floor_log2_pow10(int e) {
    return (e * 1741647) >> 19;
}

/* floor(log10(2^e)), or floor(log10(3/4 * 2^e)), for |e| <= 1500. */
static inline int floor_log10_pow2(int e, bool three_quarters) {
    return (e * 1262611 - (three_quarters ? 524031 : 0)) >> 22;
}

/* The upper 64 bits of g * factor. The last bit is set if any bits were cut off, so that
 * comparisons give the same result as with the exact product. */
static inline uint64_t multiply_to_odd(struct num_pow10 g, uint64_t factor) {
    const uint128 low = (uint128)g.low * factor;
    const uint128 high = (uint128)g.high * factor + (uint64_t)(low >> 64);
    return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

struct num_decimal num_shortest_strip_zeros(uint64_t digits, int exponent) {
    while (digits % 100 == 0) {
        digits /= 100;
        exponent += 2;
    }
    if (digits % 10 == 0) {
        digits /= 10;
        exponent++;
    }
    return (struct num_decimal){digits, exponent};
}

struct num_decimal num_shortest(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    const uint64_t fraction = bits & (((uint64_t)1 << MANTISSA_BITS) - 1);
    const int biased = (int)(bits >> MANTISSA_BITS & 0x7ff);
    const uint64_t c = biased ? fraction | (uint64_t)1 << MANTISSA_BITS : fraction;
    const int q = (biased ? biased : 1) - EXPONENT_BIAS;

    /* An integer below 2^53 is its own shortest decimal, because neighbouring doubles are at most 1
     * away. */
    if (q <= 0 && -q <= MANTISSA_BITS && (c & (((uint64_t)1 << -q) - 1)) == 0)
        return num_shortest_strip_zeros(c >> -q, 0);

    /* The interval in quarters of 2^q. Its ends are inside if c is even, because readers round
     * halves to even. Below a power of two, doubles are twice as dense. */
    const uint64_t outside = c & 1;
    const bool lower_is_closer = fraction == 0 && biased > 1;
    const int k = floor_log10_pow2(q, lower_is_closer);
    const int shift = q + floor_log2_pow10(-k) + 1; /* 1 to 4 */
    const struct num_pow10 g = num_pow10[-k - NUM_POW10_MIN];
    const uint64_t lower = multiply_to_odd(g, (4 * c - 2 + lower_is_closer) << shift) + outside;
    const uint64_t middle = multiply_to_odd(g, 4 * c << shift);
    const uint64_t upper = multiply_to_odd(g, (4 * c + 2) << shift) - outside;

    const uint64_t s = middle / 4; /* the value in units of 10^k, truncated */
    if (s >= 10) {
        const uint64_t tens = s / 10;
        const bool down_inside = lower <= 40 * tens;
        const bool up_inside = 40 * tens + 40 <= upper;
        if (down_inside != up_inside)
            return num_shortest_strip_zeros(tens + up_inside, k + 1);
    }
    const bool down_inside = lower <= 4 * s;
    const bool up_inside = 4 * s + 4 <= upper;
    if (down_inside != up_inside)
        return num_shortest_strip_zeros(s + up_inside, k);
    /* Both candidates are inside: take the nearer one; if both are equally near, the even one. */
    const uint64_t half = 4 * s + 2;
    const bool round_up = middle > half || (middle == half && (s & 1) != 0);
    return num_shortest_strip_zeros(s + round_up, k);
}
