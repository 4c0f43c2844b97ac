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

Test(num, writes_openmetrics_values_as_the_text_format) {
    keeps_every_line("go.txt", num_put_om);
}

Test(num, never_writes_a_canonical_number_like_an_integer) {
    for (int exponent = -310; exponent <= 307; exponent++) {
        const char *text = spelled(num_put_om_canonical, 3 * pow(10, exponent));
        cr_expect(strpbrk(text, ".e") != NULL, "%s", text);
    }
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
