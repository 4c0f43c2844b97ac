/* SPDX-License-Identifier: MIT */
/* sg_number.c - numbers of lines: decimal text to double, correctly rounded. */
#include "sg_number.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sg_proto.h"

/*
 * A number is mantissa * 10^exp10, where the mantissa is its digits without the dot. There are
 * three ways to the nearest double, from common to rare:
 *
 *   1. The mantissa and the power of ten are both exact doubles: one multiplication or division,
 *      which IEEE 754 rounds correctly (W. D. Clinger, "How to Read Floating Point Numbers
 *      Accurately", 1990). It is the way of usual counts, gauges and milliseconds.
 *   2. The mantissa has at most 19 digits and the power of ten is at most 27, so that integer
 *      arithmetic in 128 bits is enough. It is the way of printed doubles of 16 or 17 digits.
 *   3. strtod, on a copy: it needs a terminator, and the datagram has none.
 */

enum {
    SHORT_BYTES = 8,   /* of a word */
    EXACT_POW10 = 22,  /* 10^22 is the largest power of ten that is an exact double */
    EXACT_POW5 = 27,   /* 5^27 is the largest power of five below 2^64 */
    EXACT_DIGITS = 19, /* any 19 digits are below 2^64 */
    /* A double, or the middle between two doubles, has at most 768 digits. Of further digits it
     * only matters whether all are zero. */
    KEPT_DIGITS = 800,
    /* Even a line full of digits cannot shift such an exponent back into the range of a double. */
    EXPONENT_CAP = 100000
};

static const double pow10_of[EXACT_POW10 + 1] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
};

/* The digits of a number, with the dot and leading zeros. */
struct mantissa {
    const char *at;
    const char *end;
    uint64_t value; /* valid while there are at most EXACT_DIGITS significant digits */
};

static inline bool is_digit(char byte) {
    return (unsigned char)(byte - '0') < 10;
}

/* The number of eight digits, of which the first is in the lowest byte. Joins pairs, then fours,
 * then all: each step adds neighbours with their weights. */
static inline uint64_t join_eight(uint64_t digits) {
    digits = digits * (1 + (10u << 8)) >> 8;
    digits = (digits & 0x00ff00ff00ff00ffu) * (1 + (100ull << 16)) >> 16;
    return (digits & 0x0000ffff0000ffffu) * (1 + (10000ull << 32)) >> 32;
}

/* Reads eight digits at once, if the next eight bytes are digits. For little-endian machines. */
static inline bool eight_digits(const char *at, uint64_t *ret_value) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint64_t word;

    memcpy(&word, at, sizeof word);
    /* All bytes are 0x30 to 0x39: adding 6 to their low halves must not change the high halves. */
    if (((word & 0xf0f0f0f0f0f0f0f0u) |
         ((word + 0x0606060606060606u) & 0xf0f0f0f0f0f0f0f0u) >> 4) != 0x3333333333333333u)
        return false;
    *ret_value = join_eight(word & 0x0f0f0f0f0f0f0f0fu);
    return true;
#else
    (void)at;
    (void)ret_value;
    return false;
#endif
}

static inline const char *skip_digits(const char *at, const char *end, uint64_t *value) {
    uint64_t sum = *value;
    uint64_t eight;

    while (end - at >= 8 && eight_digits(at, &eight)) {
        sum = sum * 100000000u + eight;
        at += 8;
    }
    while (at != end && is_digit(*at))
        sum = sum * 10 + (uint64_t)(*at++ - '0');
    *value = sum;
    return at;
}

/* Reads the exponent behind the `e`. Returns its end, or NULL if there is no digit. */
static const char *scan_exponent(const char *at, const char *end, int32_t *ret_exponent) {
    bool negative = false;
    int32_t sum = 0;

    if (at != end && (*at == '-' || *at == '+'))
        negative = *at++ == '-';
    if (at == end || !is_digit(*at))
        return NULL;
    for (; at != end && is_digit(*at); at++) {
        if (sum < EXPONENT_CAP)
            sum = sum * 10 + (*at - '0');
    }
    *ret_exponent = negative ? -sum : sum;
    return at;
}

#ifdef __SIZEOF_INT128__
__extension__ typedef unsigned __int128 uint128;

static const uint64_t pow5_of[EXACT_POW5 + 1] = {
    1u,
    5u,
    25u,
    125u,
    625u,
    3125u,
    15625u,
    78125u,
    390625u,
    1953125u,
    9765625u,
    48828125u,
    244140625u,
    1220703125u,
    6103515625u,
    30517578125u,
    152587890625u,
    762939453125u,
    3814697265625u,
    19073486328125u,
    95367431640625u,
    476837158203125u,
    2384185791015625u,
    11920928955078125u,
    59604644775390625u,
    298023223876953125u,
    1490116119384765625u,
    7450580596923828125u,
};

/* 2^exponent, for exponents of normal doubles. */
static double pow2(int exponent) {
    uint64_t bits = (uint64_t)(exponent + (DBL_MAX_EXP - 1)) << (DBL_MANT_DIG - 1);
    double value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

/*
 * Computes mantissa * 10^exp10, for a mantissa that is not 0 and |exp10| <= EXACT_POW5. Since 10^n
 * is 5^n * 2^n, only the power of five needs arithmetic. It gives 63 or 64 leading bits of the
 * exact result; the last of them is set if there was a remainder. That bit is below the one that
 * decides the rounding, so the conversion to double rounds once, and correctly. Scaling by the
 * power of two is then exact, because all results are between 10^-27 and 2^64 * 10^27.
 */
static double scale_exactly(uint64_t mantissa, int exp10) {
    int exp2 = exp10 - __builtin_clzll(mantissa);
    uint64_t lead = mantissa << __builtin_clzll(mantissa);
    uint64_t rest;

    if (exp10 < 0) {
        uint64_t divisor = pow5_of[-exp10];
        exp2 += __builtin_clzll(divisor) - 63;
        divisor <<= __builtin_clzll(divisor);
        /* Both have their highest bit set, so the quotient of lead * 2^63 is in (2^62, 2^64). */
        uint128 dividend = (uint128)lead << 63;
        lead = (uint64_t)(dividend / divisor);
        rest = (uint64_t)(dividend - (uint128)lead * divisor);
    } else {
        uint64_t factor = pow5_of[exp10];
        exp2 += 64 - __builtin_clzll(factor);
        factor <<= __builtin_clzll(factor);
        /* At least 2^126: the upper half has its highest or second highest bit set. */
        uint128 product = (uint128)lead * factor;
        lead = (uint64_t)(product >> 64);
        rest = (uint64_t)product;
    }
    return (double)(lead | (rest != 0)) * pow2(exp2);
}
#endif

/* Computes a number of any length, correctly rounded; infinite if it is beyond the range. */
static double scale_slowly(const struct mantissa *number, int32_t exp10) {
    char copy[KEPT_DIGITS + 16];
    size_t kept = 0;
    int32_t dropped = 0;
    bool more = false;

    for (const char *at = number->at; at != number->end; at++) {
        if (*at == '.' || (*at == '0' && kept == 0))
            continue;
        if (kept < KEPT_DIGITS) {
            copy[kept++] = *at;
        } else {
            dropped++;
            more |= *at != '0';
        }
    }
    if (kept == 0)
        return 0.0;
    exp10 += dropped;
    if (more) {
        copy[kept++] = '1';
        exp10--;
    }

    /* Without a dot the copy reads the same in every locale. */
    copy[kept++] = 'e';
    if (exp10 < 0)
        copy[kept++] = '-';
    uint32_t left = (uint32_t)(exp10 < 0 ? -exp10 : exp10);
    uint32_t unit = 1;
    while (left / unit >= 10)
        unit *= 10;
    for (; unit != 0; unit /= 10)
        copy[kept++] = (char)('0' + left / unit % 10);
    copy[kept] = '\0';
    return strtod(copy, NULL);
}

/* The number of significant digits: those from the first that is not zero. */
static ptrdiff_t significant_digits(const struct mantissa *number, ptrdiff_t digits) {
    for (const char *at = number->at; at != number->end && (*at == '0' || *at == '.'); at++) {
        if (*at == '0')
            digits--;
    }
    return digits;
}

static double scale(const struct mantissa *number, ptrdiff_t digits, int32_t exp10) {
    if (digits > EXACT_DIGITS && significant_digits(number, digits) > EXACT_DIGITS)
        return scale_slowly(number, exp10);
    if (number->value == 0)
        return 0.0;
#if FLT_EVAL_METHOD == 0
    if (number->value <= (uint64_t)1 << DBL_MANT_DIG && exp10 >= -EXACT_POW10 &&
        exp10 <= EXACT_POW10) {
        double value = (double)number->value;
        return exp10 < 0 ? value / pow10_of[-exp10] : value * pow10_of[exp10];
    }
#endif
#ifdef __SIZEOF_INT128__
    if (exp10 >= -EXACT_POW5 && exp10 <= EXACT_POW5)
        return scale_exactly(number->value, exp10);
#endif
    return scale_slowly(number, exp10);
}

bool sg_number_scan(const char *at, const char *end, const char **ret_stop, double *ret_value) {
    bool negative = false;

    if (at != end && (*at == '-' || *at == '+'))
        negative = *at++ == '-';

    struct mantissa number = {.at = at};
    const char *stop = skip_digits(at, end, &number.value);
    ptrdiff_t digits = stop - at;
    int32_t exp10 = 0;
    if (digits == 0 && (stop == end || *stop != '.'))
        return false;
    if (stop != end && *stop == '.') {
        const char *fraction = stop + 1;
        stop = skip_digits(fraction, end, &number.value);
        if (stop == fraction)
            return false;
        digits += stop - fraction;
        exp10 = (int32_t)(fraction - stop);
    }
    number.end = stop;
    if (stop != end && (*stop == 'e' || *stop == 'E')) {
        int32_t exponent;
        stop = scan_exponent(stop + 1, end, &exponent);
        if (stop == NULL)
            return false;
        exp10 += exponent;
    }

    double value = scale(&number, digits, exp10);
    if (!isfinite(value))
        return false;
    *ret_value = negative ? -value : value;
    *ret_stop = stop;
    return true;
}

bool sg_number_parse(const char *text, size_t len, double *ret_value) {
    const char *stop;
    double value;

    if (len == 0 || !sg_number_scan(text, text + len, &stop, &value) || stop != text + len)
        return false;
    *ret_value = value;
    return true;
}

/* Reads the `len` bytes before `end`, 1 to SHORT_BYTES, if they are digits, perhaps with a dot
 * between two of them. SHORT_BYTES bytes before `end` must be readable. False if they are anything
 * else, which may still be a number. */
static inline bool short_number(const char *end, size_t len, double *ret_value) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && FLT_EVAL_METHOD == 0
    const unsigned before = 64 - 8 * (unsigned)len; /* bits before the number, set to 0 */
    uint64_t word;
    memcpy(&word, end - sizeof word, sizeof word);
    word = (word >> before ^ 0x3030303030303030u >> before) << before;

    /* The highest bit of each byte that is not a digit. A carry out of one may set further bits. */
    const uint64_t others = (word | (word + 0x7676767676767676u)) & 0x8080808080808080u;
    if (others == 0) {
        *ret_value = (double)join_eight(word);
        return true;
    }
    const unsigned dot = (unsigned)__builtin_ctzll(others) - 7;
    if ((others & (others - 1)) != 0 || (word >> dot & 0xff) != ('.' ^ '0') || dot == before ||
        dot == 56)
        return false;
    const uint64_t whole = word & (((uint64_t)1 << dot) - 1);
    const uint64_t fraction = word >> dot >> 8 << dot << 8;
    *ret_value = (double)join_eight(whole << 8 | fraction) / pow10_of[(56 - dot) / 8];
    return true;
#else
    (void)end;
    (void)len;
    (void)ret_value;
    return false;
#endif
}

bool sg_line_number(const struct sg_line *line, double *ret_value) {
    const struct sg_span values = line->values;
    if (values.len == 0)
        return false;
    const char *end = values.at + values.len;
    return (values.len <= SHORT_BYTES && end - line->text.at >= SHORT_BYTES &&
            short_number(end, values.len, ret_value)) ||
           sg_number_parse(values.at, values.len, ret_value);
}
