/* SPDX-License-Identifier: MIT */
#include "assertions.h"
#include "hooks.h"

#include <sg_proto.h>

static const char *spell(double value) {
    static char text[STATGATE_NUMBER_BYTES_ + 1];
    size_t len = statgate_put_number_(text, value);
    cr_assert(le(sz, len, STATGATE_NUMBER_BYTES_));
    text[len] = '\0';
    return text;
}

/* The daemon's own parser must read exactly the same double. */
static void check_round_trip(double value) {
    const char *text = spell(value);
    double read = 0;
    cr_assert(sg_number_parse(text, strlen(text), &read), "refused by the parser: %s", text);
    cr_assert(read == value, "%.17g was sent as %s", value, text);
}

static uint64_t next_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static double from_bits(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

Test(client_number, is_spelled_short) {
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0, "0"},
        {-0.0, "0"},
        {1, "1"},
        {-17, "-17"},
        {9007199254740993.0, "9007199254740992"},
        {0.1, "0.1"},
        {-4.25, "-4.25"},
        {0.012, "0.012"},
        {0.0625, "0.0625"},
        {1e-9, "0.000000001"},
        {2.5e-7, "0.00000025"},
        {1.0 / 3, "0.3333333333333333"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1766533331.507, "1766533331.507"},
        {0.9999999999999999, "0.9999999999999999"},
        {8999999999999999.0, "8999999999999999"},
        {4503599627370495.5, "4503599627370495.5"},
        {1e-12, "1e-12"},
        {1e22, "1e+22"},
        {1.7976931348623157e308, "1.7976931348623157e+308"},
        {5e-324, "4.94065645841247e-324"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cr_expect(eq(str, (char *)spell(cases[i].value), (char *)cases[i].text));
        check_round_trip(cases[i].value);
    }
}

Test(client_number, reads_back_as_the_same_double) {
    uint64_t random = 88172645463325252u;
    for (int i = 0; i < 300000; i++) {
        uint64_t r = next_random(&random);
        double any = from_bits(r);
        if (any - any == 0) { /* finite */
            check_round_trip(any);
        }
        check_round_trip((double)(r >> 11) / 9007199254740992.0);          /* [0, 1) */
        check_round_trip((double)(r % 10000000000u) / 1e9);                /* durations */
        check_round_trip((double)(r >> 11) / (double)(1ull << (r & 63u))); /* any magnitude */
        check_round_trip(-(double)(int64_t)r);
    }
}

/* Where the distance to the next double below differs from the one above. */
Test(client_number, reads_back_around_powers_of_two) {
    for (uint64_t exponent = 1; exponent < 2047; exponent++) {
        check_round_trip(from_bits(exponent << 52));
        check_round_trip(from_bits((exponent << 52) - 1));
        check_round_trip(from_bits((exponent << 52) + 1));
    }
}

Test(client_number, is_not_written_unless_finite) {
    char text[STATGATE_NUMBER_BYTES_];
    double zero = 0;
    cr_expect(eq(sz, statgate_put_number_(text, zero / zero), 0));
    cr_expect(eq(sz, statgate_put_number_(text, 1 / zero), 0));
    cr_expect(eq(sz, statgate_put_number_(text, -1 / zero), 0));
}

Test(client_number, has_a_point_in_every_locale) {
    static const struct {
        const char *printed;
        const char *sent;
    } cases[] = {
        {"1,5e-12", "1.5e-12"},
        {"1.5e-12", "1.5e-12"},
        {"1\xd9\xab"
         "5e-12",
         "1.5e-12"}, /* U+066B, as in ps_AF */
        {"1e-12", "1e-12"},
        {"1,25e+300", "1.25e+300"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[STATGATE_NUMBER_BYTES_];
        snprintf(text, sizeof text, "%s", cases[i].printed);
        cr_expect(eq(sz, statgate_fix_point_(text), strlen(cases[i].sent)));
        cr_expect(eq(str, text, (char *)cases[i].sent));
    }
}
