/* SPDX-License-Identifier: MIT */
/* The shortest digits of a number: they read back bit for bit, and no shorter or nearer ones do. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "base/num.h"

static uint64_t bits_of(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static double from_bits(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* xorshift64*: the same numbers in every run. */
static uint64_t next_random(uint64_t *state) {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 2685821657736338717u;
}

static void reads_back(double value) {
    static size_t (*const puts[])(char *, double) = {num_put_go, num_put_om_canonical,
                                                     num_put_json};
    const size_t first = next_random(&(uint64_t){bits_of(value) | 1}) % 3;
    char text[NUM_TEXT_MAX + 1];
    text[puts[first](text, value)] = '\0';
    if (bits_of(strtod(text, NULL)) != bits_of(value))
        cr_assert(false, "%s for %.17g", text, value);
}

Test(num_shortest, reads_back_bit_for_bit) {
    uint64_t state = 88172645463325252u;
    for (int i = 0; i < 2000000; i++) {
        const double value = from_bits(next_random(&state));
        if (isfinite(value))
            reads_back(value);
    }
}

Test(num_shortest, reads_back_denormals_and_decimals) {
    uint64_t state = 1234567;
    for (int i = 0; i < 200000; i++) {
        const uint64_t random = next_random(&state);
        reads_back(from_bits(random >> 12));                 /* denormal */
        reads_back(from_bits(random >> (12 + random % 52))); /* with few bits */
        reads_back((double)(int64_t)random / 1e6);           /* what clients send */
        reads_back((double)(random % 1000000) / 1000.0);
        reads_back((double)(random >> 11)); /* integers below 2^53 */
    }
}

static size_t digit_count(uint64_t digits) {
    size_t count = 1;
    while (digits >= 10) {
        digits /= 10;
        count++;
    }
    return count;
}

/*
 * Compare with a search through "%.{0..16}e", which gives the nearest decimal of each length. Only
 * at a power of two, where the interval is lopsided, a decimal that is not the nearest may be
 * shorter.
 */
static void is_shortest(double value) {
    char want[40];
    int places = 0;
    do {
        (void)snprintf(want, sizeof want, "%.*e", places, value);
    } while (strtod(want, NULL) != value && places++ < 17);

    const struct num_decimal decimal = num_shortest(value);
    char got[64];
    (void)snprintf(got, sizeof got, "%llue%d", (unsigned long long)decimal.digits,
                   decimal.exponent);
    const size_t digits = digit_count(decimal.digits);
    cr_assert(ne(u64, decimal.digits % 10, 0), "%s ends in 0", got);
    cr_assert(eq(u64, bits_of(strtod(got, NULL)), bits_of(value)), "%s for %.17g", got, value);
    cr_assert(le(sz, digits, (size_t)places + 1), "%s is longer than %s", got, want);
    int exponent;
    if (frexp(value, &exponent) == 0.5 || digits <= (size_t)places)
        return;
    char again[64];
    (void)snprintf(again, sizeof again, "%.*e", places, strtod(got, NULL));
    (void)snprintf(got, sizeof got, "%.*Le", places,
                   (long double)decimal.digits * powl(10, (long double)decimal.exponent));
    cr_assert(eq(str, got, want), "%.17g", value);
}

Test(num_shortest, powers_of_two) {
    for (int exponent = -1074; exponent <= 1023; exponent++) {
        const double value = ldexp(1, exponent);
        is_shortest(value);
        is_shortest(nextafter(value, INFINITY));
        if (exponent > -1074)
            is_shortest(nextafter(value, 0));
    }
}

Test(num_shortest, powers_of_ten) {
    for (int exponent = -323; exponent <= 308; exponent++) {
        char text[16];
        (void)snprintf(text, sizeof text, "1e%d", exponent);
        const double value = strtod(text, NULL);
        const struct num_decimal decimal = num_shortest(value);
        cr_expect(eq(u64, decimal.digits, 1), "%s", text);
        cr_expect(eq(int, decimal.exponent, exponent), "%s", text);
        is_shortest(nextafter(value, INFINITY));
        is_shortest(nextafter(value, 0));
    }
}

Test(num_shortest, ends_of_the_range) {
    is_shortest(DBL_MAX);
    is_shortest(DBL_MIN);
    is_shortest(nextafter(DBL_MIN, 0));
    is_shortest(DBL_TRUE_MIN);
    is_shortest(2 * DBL_TRUE_MIN);
    is_shortest(3 * DBL_TRUE_MIN);
    is_shortest(DBL_EPSILON);
}

Test(num_shortest, of_many_numbers_none_could_be_shorter) {
    uint64_t state = 42;
    for (int i = 0; i < 30000; i++) {
        const double value = fabs(from_bits(next_random(&state)));
        if (isfinite(value))
            is_shortest(value);
        is_shortest((double)(next_random(&state) % 1000000000 + 1) / 1e4);
    }
}
