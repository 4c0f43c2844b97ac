/* SPDX-License-Identifier: MIT */
/* num.c - numbers as text, and back: exact, and the shortest that reads back. */
#include "base/num.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

/* ---- num shortest ---- */

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

/* Remove trailing zeros from `digits` and raise the exponent by one for each. `digits` must not be
 * 0. */
static struct num_decimal num_shortest_strip_zeros(uint64_t digits, int exponent) {
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

/* ---- num ---- */

/* Up to 2^53 every integer is a double. */
#define EXACT_INTEGER 9007199254740992.0

static const char digit_pairs[] = "00010203040506070809"
                                  "10111213141516171819"
                                  "20212223242526272829"
                                  "30313233343536373839"
                                  "40414243444546474849"
                                  "50515253545556575859"
                                  "60616263646566676869"
                                  "70717273747576777879"
                                  "80818283848586878889"
                                  "90919293949596979899";

static size_t put_text(char *out, const char *text, size_t len) {
    memcpy(out, text, len);
    return len;
}

static size_t count_digits(uint64_t value) {
    /* The smallest number with i + 1 digits; 0 at [0], so that 0 counts as one digit. */
    static const uint64_t first_with[20] = {
        0u,
        10u,
        100u,
        1000u,
        10000u,
        100000u,
        1000000u,
        10000000u,
        100000000u,
        1000000000u,
        10000000000u,
        100000000000u,
        1000000000000u,
        10000000000000u,
        100000000000000u,
        1000000000000000u,
        10000000000000000u,
        100000000000000000u,
        1000000000000000000u,
        10000000000000000000u,
    };
    /* 1233 / 4096 is about log10(2): estimate the digits from the number of bits, at most one too
     * many. */
    const size_t bits = 64 - (size_t)__builtin_clzll(value | 1);
    const size_t guess = bits * 1233 >> 12;
    return guess + (value >= first_with[guess]);
}

/* Write the last `count` digits of `value` to `out`. */
static void put_digits(char *out, uint64_t value, size_t count) {
    char *at = out + count;
    while (at - out >= 2) {
        at -= 2;
        memcpy(at, digit_pairs + value % 100 * 2, 2);
        value /= 100;
    }
    if (at != out)
        *out = (char)('0' + value % 10);
}

size_t num_put_u64(char *out, uint64_t value) {
    const size_t count = count_digits(value);
    put_digits(out, value, count);
    return count;
}

/* Write d[.ddd]e±dd: one digit before the dot; `exponent10` is the exponent of that digit. */
static size_t put_exponent_form(char *out, uint64_t digits, size_t count, int exponent10) {
    char *at = out;
    put_digits(at + 1, digits, count);
    at[0] = at[1];
    if (count > 1) {
        at[1] = '.';
        at += count + 1;
    } else {
        at++;
    }
    *at++ = 'e';
    *at++ = exponent10 < 0 ? '-' : '+';
    const unsigned size = (unsigned)(exponent10 < 0 ? -exponent10 : exponent10);
    if (size >= 100)
        at += num_put_u64(at, size);
    else {
        memcpy(at, digit_pairs + (size_t)size * 2, 2);
        at += 2;
    }
    return (size_t)(at - out);
}

/* Write ddd.ddd, 0.000ddd or ddd000; `exponent10` is the exponent of the first digit. */
static size_t put_plain_form(char *out, uint64_t digits, size_t count, int exponent10) {
    if (exponent10 < 0) {
        const size_t zeros = (size_t)(-exponent10 - 1);
        (void)put_text(out, "0.", 2);
        memset(out + 2, '0', zeros);
        put_digits(out + 2 + zeros, digits, count);
        return 2 + zeros + count;
    }
    const size_t before_dot = (size_t)exponent10 + 1;
    put_digits(out, digits, count);
    if (before_dot >= count) {
        memset(out + count, '0', before_dot - count);
        return before_dot;
    }
    memmove(out + before_dot + 1, out + before_dot, count - before_dot);
    out[before_dot] = '.';
    return count + 1;
}

/* Use the plain form if the exponent of the first digit is at least `lowest` and below `limit`,
 * else the exponent form. */
static size_t put_decimal(char *out, struct num_decimal decimal, int lowest, int limit) {
    const size_t count = count_digits(decimal.digits);
    const int exponent10 = (int)count - 1 + decimal.exponent;
    if (exponent10 < lowest || exponent10 >= limit)
        return put_exponent_form(out, decimal.digits, count, exponent10);
    return put_plain_form(out, decimal.digits, count, exponent10);
}

/* Write a minus sign if the value is negative, and make *value positive. */
static size_t put_sign(char *out, double *value) {
    if (!signbit(*value))
        return 0;
    *out = '-';
    *value = -*value;
    return 1;
}

size_t num_put_go(char *out, double value) {
    /* strconv: "%e is used if the exponent from the conversion is less than -4 or greater than or
     * equal to the precision. if precision was the shortest possible, use precision 6". */
    enum { LOWEST = -4, LIMIT = 6 };
    if (isnan(value))
        return put_text(out, "NaN", 3);
    if (isinf(value))
        return put_text(out, value > 0 ? "+Inf" : "-Inf", 4);
    const size_t sign = put_sign(out, &value);
    out += sign;
    if (value < EXACT_INTEGER) {
        const uint64_t whole = (uint64_t)value;
        if ((double)whole == value)
            return sign + (whole < 1000000 ? num_put_u64(out, whole)
                                           : put_decimal(out, num_shortest_strip_zeros(whole, 0),
                                                         LOWEST, LIMIT));
    }
    return sign + put_decimal(out, num_shortest(value), LOWEST, LIMIT);
}

size_t num_put_om(char *out, double value) {
    return num_put_go(out, value);
}

size_t num_put_om_canonical(char *out, double value) {
    const size_t len = num_put_go(out, value);
    if (!isfinite(value) || memchr(out, '.', len) != NULL || memchr(out, 'e', len) != NULL)
        return len;
    return len + put_text(out + len, ".0", 2);
}

size_t num_put_json(char *out, double value) {
    const size_t sign = put_sign(out, &value);
    out += sign;
    if (value <= EXACT_INTEGER) {
        const uint64_t whole = (uint64_t)value;
        if ((double)whole == value)
            return sign + num_put_u64(out, whole);
        return sign + put_decimal(out, num_shortest(value), -5, 16);
    }
    /* Plain digits would look like an exact integer, which a double of this size no longer is. */
    return sign + put_decimal(out, num_shortest(value), 0, 0);
}
