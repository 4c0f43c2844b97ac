/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "assertions.h"
#include "page/page_private.h"

static struct strbuf out;

static void teardown(void) {
    strbuf_done(&out);
}

TestSuite(page_words, .fini = teardown);

static char *text(void) {
    return (char *)(uintptr_t)strbuf_cstr(&out);
}

static char *count_of(uint64_t count) {
    strbuf_clear(&out);
    page_words_put_count(&out, count);
    return text();
}

static char *brief(double value) {
    strbuf_clear(&out);
    page_words_put_short(&out, value, "/s");
    return text();
}

static char *span(double seconds) {
    strbuf_clear(&out);
    page_words_put_span(&out, seconds);
    return text();
}

static char *value_of(double value, const char *unit) {
    strbuf_clear(&out);
    page_words_put_value(&out, value, unit);
    return text();
}

static char *share(double part) {
    strbuf_clear(&out);
    page_words_put_share(&out, part);
    return text();
}

static char *ago(int64_t then_ms, int64_t now_ms) {
    strbuf_clear(&out);
    page_words_put_ago(&out, then_ms, now_ms);
    return text();
}

Test(page_words, counts_have_commas) {
    cr_expect(eq(str, count_of(0), "0"));
    cr_expect(eq(str, count_of(999), "999"));
    cr_expect(eq(str, count_of(1000), "1,000"));
    cr_expect(eq(str, count_of(UINT64_MAX), "18,446,744,073,709,551,615"));
}

Test(page_words, three_digits_matter) {
    cr_expect(eq(str, brief(0), "0/s"));
    cr_expect(eq(str, brief(0.25), "0.25/s"));
    cr_expect(eq(str, brief(0.0001), "0.0001/s"));
    cr_expect(eq(str, brief(31.42), "31.4/s"));
    cr_expect(eq(str, brief(999.4), "999/s"));
    cr_expect(eq(str, brief(999.9), "1\u00a0k/s"));
    cr_expect(eq(str, brief(1250), "1.25\u00a0k/s"));
    cr_expect(eq(str, brief(3.14e9), "3.14\u00a0G/s"));
    cr_expect(eq(str, brief(3.14e17), "3.1e+17/s"));
    cr_expect(eq(str, brief(NAN), "none"));
    cr_expect(eq(str, brief(-INFINITY), "\u2212\u221e"));
}

Test(page_words, lengths_of_time_have_two_units) {
    cr_expect(eq(str, span(0), "0\u00a0s"));
    cr_expect(eq(str, span(0.25), "250\u00a0ms"));
    cr_expect(eq(str, span(0.00003), "30\u00a0\u00b5s"));
    cr_expect(eq(str, span(12.34), "12.3\u00a0s"));
    cr_expect(eq(str, span(60), "1\u00a0min"));
    cr_expect(eq(str, span(200), "3\u00a0min 20\u00a0s"));
    cr_expect(eq(str, span(18000), "5\u00a0h"));
    cr_expect(eq(str, span(187200), "2\u00a0d 4\u00a0h"));
    cr_expect(eq(str, span(-90), "\u22121\u00a0min 30\u00a0s"));
    cr_expect(eq(str, span(1e300), "1e+300\u00a0s"));
}

Test(page_words, values_have_the_units_of_their_families) {
    cr_expect(eq(str, value_of(1234567, NULL), "1,234,567"));
    cr_expect(eq(str, value_of(-3, NULL), "\u22123"));
    cr_expect(eq(str, value_of(0.5, "ratio"), "0.5"));
    cr_expect(eq(str, value_of(1536, "bytes"), "1.5\u00a0KiB"));
    cr_expect(eq(str, value_of(0.0125, "seconds"), "12.5\u00a0ms"));
    cr_expect(eq(str, value_of(1e300, NULL), "1e+300"));
}

Test(page_words, shares_are_whole_only_where_they_are) {
    cr_expect(eq(str, share(0), "0\u00a0%"));
    cr_expect(eq(str, share(0.00001), "&lt;\u00a00.1\u00a0%"));
    cr_expect(eq(str, share(0.0321), "3.2\u00a0%"));
    cr_expect(eq(str, share(0.99999), "99.9\u00a0%"));
    cr_expect(eq(str, share(1), "100\u00a0%"));
}

Test(page_words, times_are_exact_and_how_long_ago) {
    cr_expect(eq(str, ago(0, 5000), "never"));
    cr_expect(eq(str, ago(1700000000123, 1700000000900),
                 "<time datetime=\"2023-11-14T22:13:20.123Z\">now</time>"));
    cr_expect(eq(str, ago(1700000000000, 1700000200000),
                 "<time datetime=\"2023-11-14T22:13:20.000Z\">3\u00a0min 20\u00a0s ago</time>"));
    cr_expect(eq(str, ago(1700000005000, 1700000000000),
                 "<time datetime=\"2023-11-14T22:13:25.000Z\">in 5\u00a0s</time>"));
    cr_expect(eq(str, ago(-1, 0), "<time datetime=\"1969-12-31T23:59:59.999Z\">now</time>"));
}
