/* SPDX-License-Identifier: MIT */
/*
 * Spellings. Each file under tests/cases/num lists texts, one a line, that must come back unchanged
 * when they are read as a number and written in that format; `#` starts a comment.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "base/num.h"

typedef size_t (*put_number)(char *out, double value);

static const char *spelled(put_number put, double value) {
    static char text[NUM_TEXT_MAX + 1];
    const size_t len = put(text, value);
    cr_assert(le(sz, len, NUM_TEXT_MAX));
    text[len] = '\0';
    return text;
}

static void keeps_every_line(const char *file, put_number put) {
    char path[4096];
    (void)snprintf(path, sizeof path, "cases/num/%s", file);
    FILE *cases = fopen(path, "r");
    cr_assert(cases != NULL, "%s", path);
    char line[256];
    size_t count = 0;
    while (fgets(line, sizeof line, cases)) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '#' || line[0] == '\0')
            continue;
        char *end;
        const double value = strtod(line, &end);
        cr_assert(eq(chr, *end, '\0'), "%s", line);
        cr_expect(eq(str, (char *)spelled(put, value), line));
        count++;
    }
    (void)fclose(cases);
    cr_expect(lt(sz, 10, count));
}

Test(num, writes_text_format_as_go_does) {
    keeps_every_line("go.txt", num_put_go);
}

Test(num, writes_openmetrics_values_as_the_text_format) {
    keeps_every_line("go.txt", num_put_om);
}

Test(num, writes_canonical_numbers_of_openmetrics) {
    keeps_every_line("canonical.txt", num_put_om_canonical);
}

Test(num, writes_json_numbers) {
    keeps_every_line("json.txt", num_put_json);
}

/* Exposers SHOULD do so "for the values 0.0 up to 10.0 in 0.001 increments". */
Test(num, writes_canonical_thousandths_plainly) {
    for (int i = 0; i <= 10000; i++) {
        char want[32];
        int len = snprintf(want, sizeof want, "%d.%03d", i / 1000, i % 1000);
        while (want[len - 1] == '0' && want[len - 2] != '.')
            want[--len] = '\0';
        cr_assert(eq(str, (char *)spelled(num_put_om_canonical, i / 1000.0), want));
    }
}

Test(num, never_writes_a_canonical_number_like_an_integer) {
    for (int exponent = -310; exponent <= 307; exponent++) {
        const char *text = spelled(num_put_om_canonical, 3 * pow(10, exponent));
        cr_expect(strpbrk(text, ".e") != NULL, "%s", text);
    }
}

Test(num, writes_unsigned_integers) {
    uint64_t value = 0;
    char text[NUM_TEXT_MAX + 1];
    char want[32];
    for (int i = 0; i < 200; i++) {
        const size_t len = num_put_u64(text, value);
        text[len] = '\0';
        (void)snprintf(want, sizeof want, "%llu", (unsigned long long)value);
        cr_assert(eq(str, text, want));
        /* 0, 9, 10, 11, 99, 100, ..., and the ends of the range */
        value = i % 3 == 1 ? value + 1 : i % 3 == 2 ? value - 2 : value * 10 + 10;
    }
    text[num_put_u64(text, UINT64_MAX)] = '\0';
    cr_expect(eq(str, text, "18446744073709551615"));
}

Test(num, json_integers_are_bare_up_to_two_to_the_53) {
    for (uint64_t value = 1; value <= (uint64_t)1 << 53; value = value * 3 + 1) {
        char want[32];
        (void)snprintf(want, sizeof want, "%llu", (unsigned long long)value);
        cr_expect(eq(str, (char *)spelled(num_put_json, (double)value), want));
    }
    cr_expect(eq(str, (char *)spelled(num_put_json, 9007199254740992.0), "9007199254740992"));
    cr_expect(eq(str, (char *)spelled(num_put_json, 9007199254740994.0), "9.007199254740994e+15"));
}
