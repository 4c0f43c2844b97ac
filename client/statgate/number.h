/* SPDX-License-Identifier: MIT */
/*
 * number.h - writes a number as a short text that reads back as the same number.
 */
#ifndef STATGATE_CLIENT_NUMBER_H
#define STATGATE_CLIENT_NUMBER_H

#include "base.h"

static inline char *statgate_append_(char *at, const char *text, size_t len) {
    memcpy(at, text, len);
    return at + len;
}

static inline size_t statgate_put_digits_(char *out, uint64_t value) {
    char text[20];
    size_t at = sizeof text;
    do {
        text[--at] = (char)('0' + (int)(value % 10u));
        value /= 10u;
    } while (value != 0);
    memcpy(out, text + at, sizeof text - at);
    return sizeof text - at;
}

/* Makes the decimal point a `.` in a number that snprintf wrote in any locale: whatever stands
 * between digits is the locale's decimal point. Returns the length. */
static inline size_t statgate_fix_point_(char *text) {
    size_t len = 0;
    for (const char *from = text; *from != '\0'; from++) {
        if ((*from >= '0' && *from <= '9') || *from == '-' || *from == '+' || *from == 'e') {
            text[len++] = *from;
        } else if (len > 0 && text[len - 1] != '.') {
            text[len++] = '.';
        }
    }
    text[len] = '\0';
    return len;
}

static inline uint64_t statgate_bits_(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

#ifdef __SIZEOF_INT128__
__extension__ typedef unsigned __int128 statgate_wide_;

/*
 * Writes the shortest decimal number that reads back as `value`, which must have a fraction and be
 * in [1e-9, 9e15). Returns its length. Source: Steele and White, "How to Print Floating-Point
 * Numbers Accurately" (1990), fixed-point fraction printout, here with 124 bits. It is exact,
 * independent of the locale, and far cheaper than snprintf. Durations, which most observations are,
 * take this path.
 */
static inline size_t statgate_put_decimal_(char *out, double value) {
    const statgate_wide_ one = (statgate_wide_)1 << 124;
    uint64_t whole = (uint64_t)value;
    size_t len = statgate_put_digits_(out, whole);
    out[len++] = '.';

    /* A double is mantissa * 2^(exponent - 1075). Any number within `slack` of it reads back as
     * it. */
    const uint64_t mantissa_mask = (UINT64_C(1) << 52) - 1;
    uint64_t bits = statgate_bits_(value);
    uint64_t part = statgate_bits_(value - (double)whole);
    statgate_wide_ rest = (statgate_wide_)((part & mantissa_mask) | (mantissa_mask + 1))
                          << ((part >> 52) - 1075 + 124);
    statgate_wide_ slack = (statgate_wide_)1 << ((bits >> 52) - 1076 + 124);
    if ((bits & mantissa_mask) == 0) {
        slack >>= 1; /* a power of two: the next double below is half as far away */
    }
    do {
        rest *= 10u;
        slack *= 10u;
        out[len++] = (char)('0' + (int)(rest >> 124));
        rest &= one - 1;
    } while (rest >= slack && rest <= one - slack);
    if (rest > one / 2) {
        out[len - 1]++; /* the digit is never 9: the loop would have ended one digit earlier */
    }
    return len;
}
#endif

/* Tests the bits, because under -ffast-math compilers assume that isfinite() is always true. */
static inline bool statgate_is_finite_(double value) {
    return ((statgate_bits_(value) >> 52) & 0x7ffu) != 0x7ffu;
}

/* Writes a short text that reads back as `value`. Returns its length; 0 for NaN and infinities. */
static inline size_t statgate_put_number_(char *out, double value) {
    if (!statgate_is_finite_(value)) {
        return 0;
    }
    size_t sign = 0;
    if (value < 0) {
        out[0] = '-';
        sign = 1;
        value = -value;
    }
    char *digits = out + sign;
    if (value < 9e18) {
        uint64_t whole = (uint64_t)value;
        if ((double)whole == value) {
            return sign + statgate_put_digits_(digits, whole);
        }
    }
#ifdef __SIZEOF_INT128__
    if (value >= 1e-9 && value < 9e15) {
        return sign + statgate_put_decimal_(digits, value);
    }
#endif
    /* The number is very small or very large. (On 32-bit machines: every fraction.) */
    snprintf(digits, STATGATE_NUMBER_BYTES_ - 1, "%.15g", value);
    if (strtod(digits, NULL) != value) {
        snprintf(digits, STATGATE_NUMBER_BYTES_ - 1, "%.17g", value);
    }
    return sign + statgate_fix_point_(digits);
}

#endif
