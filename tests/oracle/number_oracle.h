/* SPDX-License-Identifier: MIT */
/*
 * number_oracle.h - a second, slow implementation of the wire's number grammar, for tests.
 */
#ifndef NUMBER_ORACLE_H
#define NUMBER_ORACLE_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static inline size_t oracle_digits(const char *text, size_t len, size_t at) {
    size_t first = at;
    while (at < len && strchr("0123456789", text[at]) != NULL && text[at] != '\0')
        at++;
    return at - first;
}

/** [+-](digits[.digits]|.digits)[(e|E)[+-]digits], and nothing else. */
static inline bool oracle_is_number(const char *text, size_t len) {
    size_t at = 0;
    size_t digits;

    if (at < len && (text[at] == '+' || text[at] == '-'))
        at++;
    if ((digits = oracle_digits(text, len, at)) == 0 && (at == len || text[at] != '.'))
        return false;
    at += digits;
    if (at < len && text[at] == '.') {
        at++;
        if ((digits = oracle_digits(text, len, at)) == 0)
            return false;
        at += digits;
    }
    if (at < len && (text[at] == 'e' || text[at] == 'E')) {
        at++;
        if (at < len && (text[at] == '+' || text[at] == '-'))
            at++;
        if ((digits = oracle_digits(text, len, at)) == 0)
            return false;
        at += digits;
    }
    return at == len;
}

/** What sg_number_parse must return for the text. `copy` has room for len + 1 bytes. */
static inline bool oracle_number(const char *text, size_t len, char *copy, double *ret_value) {
    if (!oracle_is_number(text, len))
        return false;
    memcpy(copy, text, len);
    copy[len] = '\0';
    double value = strtod(copy, NULL);
    if (!isfinite(value))
        return false;
    *ret_value = value;
    return true;
}

/** Bit for bit: -0 is not 0. */
static inline bool oracle_same(double left, double right) {
    uint64_t left_bits;
    uint64_t right_bits;

    memcpy(&left_bits, &left, sizeof left);
    memcpy(&right_bits, &right, sizeof right);
    return left_bits == right_bits;
}

#endif
