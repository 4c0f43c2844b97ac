/* SPDX-License-Identifier: MIT */
/* Numbers: the grammar to the letter, the value to the bit. */
#include "assertions.h"
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <regex.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "number_oracle.h"
#include "sg_proto.h"

static uint64_t next_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* The same text as the value of a line, behind a name of one byte and of many. */
static void check_line_of(const char *text, size_t len, bool is_number, double expected) {
    enum { NAME_MAX = 10 };
    char bytes[NAME_MAX + SG_LINE_MAX + 3];

    for (size_t name = 1; name <= NAME_MAX; name += NAME_MAX - 1) {
        double value = -12345.5;
        memset(bytes, 'n', name);
        bytes[name] = ':';
        memcpy(bytes + name + 1, text, len);
        bytes[name + 1 + len] = '|';
        bytes[name + 2 + len] = 'c';
        const struct sg_line line = {.text = {bytes, name + len + 3},
                                     .name = {bytes, name},
                                     .values = {bytes + name + 1, len}};
        cr_assert(sg_line_number(&line, &value) == is_number, "\"%.*s\"", (int)len, text);
        cr_assert(oracle_same(value, expected), "\"%.*s\": %a, not %a", (int)len, text, value,
                  expected);
    }
}

static void check(const char *text, size_t len) {
    char copy[SG_LINE_MAX + 1];
    double expected = -12345.5;
    double value = -12345.5;

    cr_assert(len < sizeof copy);
    bool is_number = oracle_number(text, len, copy, &expected);
    cr_assert(sg_number_parse(text, len, &value) == is_number, "\"%.*s\"", (int)len, text);
    cr_assert(oracle_same(value, expected), "\"%.*s\": %a, not %a", (int)len, text, value,
              expected);
    check_line_of(text, len, is_number, expected);
}

static void check_text(const char *text) {
    check(text, strlen(text));
}

static void check_refused(const char *text) {
    double value = 7;

    cr_expect(not(sg_number_parse(text, strlen(text), &value)), "\"%s\"", text);
    cr_expect(value == 7, "\"%s\": untouched", text);
}

Test(number, what_clients_print_is_read) {
    double value;

    cr_expect(sg_number_parse("0", 1, &value) && value == 0);
    cr_expect(sg_number_parse("42.000000", 9, &value) && value == 42);
    cr_expect(sg_number_parse("-4.25", 5, &value) && value == -4.25);
    cr_expect(sg_number_parse(".5", 2, &value) && value == 0.5);
    cr_expect(sg_number_parse("-.25e1", 6, &value) && value == -2.5);
    cr_expect(sg_number_parse("+5", 2, &value) && value == 5);
    cr_expect(sg_number_parse("1e-7", 4, &value) && value == 1e-7);
    cr_expect(sg_number_parse("1e+21", 5, &value) && value == 1e21);
    cr_expect(sg_number_parse("1E3", 3, &value) && value == 1000);
    cr_expect(sg_number_parse("0.30000000000000004", 19, &value) && value == 0.1 + 0.2);
    cr_expect(sg_number_parse("10000000000000000000000.000000", 30, &value) && value == 1e22);
    cr_expect(sg_number_parse("18446744073709551616", 20, &value) && value == 0x1p64);
    cr_expect(sg_number_parse("-0", 2, &value) && oracle_same(value, -0.0));
    cr_expect(sg_number_parse("0e99999999999999999999", 22, &value) && value == 0);
}

Test(number, nothing_else_is_a_number) {
    static const char *const refused[] = {
        "",         " ",        "1 ",     " 1",
        "+",        "-",        "--1",    "+-1",
        "5.",       ".",        "-.",     ".e5",
        "..5",      "1..2",     "1.2.3",  "1_000",
        "1,5",      "0x10",     "0x1p3",  "nan",
        "NaN",      "-nan",     "inf",    "-inf",
        "+inf",     "Infinity", "1e",     "1e+",
        "1e-",      "e5",       "1e5.5",  "1e 5",
        "1e5e5",    "1ee5",     "1.e5",   "1f",
        "\xd9\xa1", "1\t",      "1\r",    "12:3",
        "1|",       "1e309",    "-1e309", "1e99999999999999999999",
    };

    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        check_refused(refused[i]);
    double value = 7;
    cr_expect(not(sg_number_parse("1\0", 2, &value)), "a byte of zero is no end");
    cr_expect(not(sg_number_parse(NULL, 0, &value)));
}

Test(number, every_short_text_is_judged_as_the_grammar_says) {
    static const char alphabet[] = "09+-.eE x:";
    enum { LETTERS = sizeof alphabet - 1, LONGEST = 6 };
    regex_t grammar;

    cr_assert(regcomp(&grammar, "^[+-]?([0-9]+(\\.[0-9]+)?|\\.[0-9]+)([eE][+-]?[0-9]+)?$",
                      REG_EXTENDED | REG_NOSUB) == 0);
    size_t total = 1;
    for (size_t len = 1; len <= LONGEST; len++) {
        total *= LETTERS;
        for (size_t code = 0; code < total; code++) {
            char text[LONGEST + 1] = {0};
            size_t rest = code;
            for (size_t i = 0; i < len; i++, rest /= LETTERS)
                text[i] = alphabet[rest % LETTERS];
            cr_assert(oracle_is_number(text, len) == (regexec(&grammar, text, 0, NULL, 0) == 0),
                      "the oracle on \"%s\"", text);
            check(text, len);
        }
    }
    regfree(&grammar);
}

Test(number, each_byte_in_a_short_number_is_judged) {
    for (size_t len = 1; len <= 9; len++)
        for (size_t at = 0; at < len; at++)
            for (int byte = 0; byte < 256; byte++) {
                char text[] = "123456789";
                text[at] = (char)byte;
                check(text, len);
                text[0] = '9'; /* a carry into its neighbour */
                text[len - 1] = '.';
                check(text, len);
            }
}

Test(number, printed_doubles_come_back_to_the_bit) {
    static const char *const formats[] = {"%.17g", "%.16g", "%.15g", "%.3f", "%.6f", "%e", "%.17e"};
    uint64_t state = 0x2545f4914f6cdd1du;
    char text[400];

    for (unsigned round = 0; round < 150000; round++) {
        uint64_t bits = next_random(&state);
        double value;
        if (round % 2 == 0) {
            memcpy(&value, &bits, sizeof value);
            if (!isfinite(value))
                continue;
        } else {
            /* Magnitudes that metrics have. */
            value = (double)(bits >> 11) * 0x1p-53 * pow(10, (int)(round % 24) - 8);
        }
        for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
            if (fabs(value) > 1e60 && strchr(formats[i], 'f') != NULL)
                continue;
            int len = snprintf(text, sizeof text, formats[i], value);
            check(text, (size_t)len);
        }
    }
}

Test(number, random_digits_are_rounded_like_strtod_does) {
    uint64_t state = 88172645463325252u;
    char text[200];

    for (unsigned round = 0; round < 600000; round++) {
        size_t len = 0;
        uint64_t random = next_random(&state);
        unsigned whole = 1 + (unsigned)(random % 24);
        unsigned fraction = (unsigned)(random >> 8) % 26;

        if (random >> 63 != 0)
            text[len++] = '-';
        for (unsigned i = 0; i < whole; i++)
            text[len++] = (char)('0' + (next_random(&state) >> 30) % 10);
        if (fraction != 0) {
            text[len++] = '.';
            for (unsigned i = 0; i < fraction; i++)
                text[len++] = (char)('0' + (next_random(&state) >> 30) % 10);
        }
        if ((random >> 16) % 2 != 0)
            len += (size_t)snprintf(text + len, sizeof text - len, "e%d",
                                    (int)((random >> 20) % 700) - 350);
        check(text, len);
    }
}

Test(number, the_way_through_128_bits_is_exact_at_every_power_of_ten) {
    uint64_t state = 7;
    char text[64];

    for (int exponent = -40; exponent <= 40; exponent++) {
        for (unsigned round = 0; round < 6000; round++) {
            uint64_t mantissa = next_random(&state) >> (round % 60);
            int len = snprintf(text, sizeof text, "%" PRIu64 "e%d", mantissa, exponent);
            check(text, (size_t)len);
        }
    }
}

Test(number, the_middle_between_two_doubles_goes_to_the_even_one) {
    /* The middle, and one unit more or less in its last digit. */
    static const char *const texts[] = {
        "9007199254740993",
        "9007199254740992",
        "9007199254740994",
        "9007199254740995",
        "9007199254740993.0000000000000000000000000000000000000000000001",
        "9007199254740992.9999999999999999999999999999999999999999999999",
        "18014398509481986",
        "18446744073709550592",
        "18446744073709550591",
        "18446744073709550593",
        "1.00000000000000011102230246251565404236316680908203125",
        "1.00000000000000011102230246251565404236316680908203124",
        "1.00000000000000011102230246251565404236316680908203126",
        "1.00000000000000033306690738754696212708950042724609375",
        "2.2250738585072011e-308",
        "2.2250738585072014e-308",
        "4.9406564584124654e-324",
        "2.4703282292062327e-324",
        "2.4703282292062328e-324",
        "1.7976931348623157e308",
        "1.7976931348623158e308",
        "1.7976931348623159e308",
        "0.000000000000000000000000000000000000000000000000000000000000000000001e69",
        "8.5e-27",
        "89255e-22",
        "9214843084008499",
        "123456789012345678901234567890e-30",
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        check_text(texts[i]);
}

Test(number, the_exact_middle_is_found_behind_hundreds_of_digits) {
    char text[2000];
    double value;
    int len;

#if LDBL_MANT_DIG > DBL_MANT_DIG
    /* The middles with the most digits, up to 767: halves of the smallest double. */
    static const uint64_t halves[] = {1, 3, 5, 0x3fffffffffffff, 0x3ffffffffffffd};
    for (size_t i = 0; i < sizeof halves / sizeof *halves; i++) {
        len = snprintf(text, sizeof text, "%.1075Lf", ldexpl((long double)halves[i], -1075));
        check(text, (size_t)len);
        text[len] = '1';
        check(text, (size_t)len + 1);
        text[len - 1]--;
        check(text, (size_t)len);
    }
#endif

    /* 2^53 + 1 is a middle; digits follow it beyond every number of digits that could be kept. */
    len = snprintf(text, sizeof text, "9007199254740993.%01500d", 0);
    cr_assert(sg_number_parse(text, (size_t)len, &value));
    cr_expect(value == 0x1p53);
    text[len - 1] = '1';
    cr_assert(sg_number_parse(text, (size_t)len, &value));
    cr_expect(value == 0x1p53 + 2);
    check(text, (size_t)len);
}

/* The bytes of `bytes`, without its terminator. */
static void put(char *at, const char *bytes) {
    while (*bytes != '\0')
        *at++ = *bytes++;
}

Test(number, a_number_may_fill_a_line) {
    char text[SG_LINE_MAX];
    double value;

    memset(text, '0', sizeof text);
    text[sizeof text - 1] = '7';
    cr_assert(sg_number_parse(text, sizeof text, &value));
    cr_expect(value == 7, "leading zeros are nothing");

    text[1] = '.';
    put(text + sizeof text - 6, "1e8183");
    check(text, sizeof text);
    cr_assert(sg_number_parse(text, sizeof text, &value));
    cr_expect(value == 0.01, "the exponent brings it back: %g", value);

    memset(text, '9', sizeof text);
    cr_expect(not(sg_number_parse(text, sizeof text, &value)), "beyond the range");
    put(text + sizeof text - 6, "e-8000");
    check(text, sizeof text);

    memset(text, '0', sizeof text);
    put(text, "0.");
    text[sizeof text - 1] = '1';
    cr_assert(sg_number_parse(text, sizeof text, &value));
    cr_expect(value == 0, "too small is 0");
}
