/* SPDX-License-Identifier: MIT */
/* Patterns match whole values, named patterns match what their names promise, and none is slow. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "assertions.h"
#include "catalog/catalog.h"

static struct error why = {0};

static struct pattern *compiled(const char *source) {
    error_clear(&why);
    struct pattern *pattern = catalog_pattern_new(source, &why);
    cr_assert(pattern != NULL, "%s: %s", source, why.text);
    return pattern;
}

static bool matches(const char *source, const char *text) {
    struct pattern *pattern = compiled(source);
    const bool match = catalog_pattern_match(pattern, text, strlen(text));
    catalog_pattern_free(pattern);
    return match;
}

/* `texts` ends with NULL. */
static void expect_all(const char *source, bool expected, const char *const *texts) {
    for (; *texts; texts++)
        cr_expect(eq(int, matches(source, *texts), expected), "%s on %s", source, *texts);
}

#define MATCHES(source, ...) expect_all(source, true, (const char *const[]){__VA_ARGS__, NULL})
#define REFUSES(source, ...) expect_all(source, false, (const char *const[]){__VA_ARGS__, NULL})

Test(pattern, uuid) {
    MATCHES("uuid", "123e4567-e89b-12d3-a456-426614174000", "00000000-0000-0000-0000-000000000000",
            "123E4567-E89B-12D3-A456-426614174000");
    REFUSES("uuid", "123e4567e89b12d3a456426614174000", "123e4567-e89b-12d3-a456-42661417400",
            "123e4567-e89b-12d3-a456-4266141740000", "g23e4567-e89b-12d3-a456-426614174000",
            "{123e4567-e89b-12d3-a456-426614174000}", "123e4567-e89b-12d3-a456-426614174000\n");
}

Test(pattern, integer) {
    MATCHES("integer", "0", "7", "-7", "1234567890123456789", "9223372036854775807");
    REFUSES("integer", "-0", "007", "+7", "1.0", "1e3", "", "-", "12345678901234567890", " 1",
            "\xD9\xA3");
}

Test(pattern, slug) {
    MATCHES("slug", "a", "page-2", "2024-11-01", "x-y-z");
    REFUSES("slug", "-a", "a-", "a--b", "A", "a_b", "a b", "\xC3\xA4");
}

Test(pattern, semver) {
    MATCHES("semver", "0.0.0", "1.2.3", "10.20.30", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-0a",
            "1.0.0-x.7.z.92", "1.0.0+20130313144700", "1.0.0-beta+exp.sha.5114f85", "1.0.0--",
            "1.0.0-0.3.7");
    REFUSES("semver", "1", "1.2", "01.2.3", "1.2.3.4", "v1.2.3", "1.0.0-01", "1.0.0-", "1.0.0+",
            "1.0.0-a..b", "1.0.0 ");
}

Test(pattern, status_code) {
    MATCHES("status_code", "100", "200", "404", "599");
    REFUSES("status_code", "99", "600", "000", "2000", "20", "2xx", " 200");
}

Test(pattern, is_anchored_at_both_ends) {
    MATCHES("[a-c]+", "abc");
    REFUSES("[a-c]+", "abcd", "dabc", "abc\n", "\nabc");
    REFUSES("^[a-c]+$", "abc\n", "x\nabc");
}

Test(pattern, alternatives_are_anchored_each) {
    MATCHES("a|ab|abc", "a", "ab", "abc");
    REFUSES("a|ab|abc", "abcd", "xa", "ac");
    REFUSES("(?m)^a$|b", "a\nb", "b\na");
}

Test(pattern, tricks_do_not_step_out) {
    REFUSES("x\\Ka", "xa");
    REFUSES("(*ACCEPT)|a", "ab");
    REFUSES("a(?=b)", "ab");
    MATCHES("a(*COMMIT)b", "ab");
}

Test(pattern, knows_characters_not_bytes) {
    MATCHES(".", "\xE2\x82\xAC", "\xC3\xA4", "a");
    MATCHES("\\p{Lu}\\p{Ll}+", "\xC3\x84rger");
}

Test(pattern, never_matches_empty_or_broken_text) {
    REFUSES(".*", "", "\xFF", "a\xC3", "\xED\xA0\x80");
    struct pattern *any = compiled("(?s).*");
    cr_expect(not(catalog_pattern_match(any, NULL, 0)));
    cr_expect(catalog_pattern_match(any, "a\0b", 3));
    catalog_pattern_free(any);
}

Test(pattern, never_matches_more_than_a_value_may_have) {
    char text[CATALOG_VALUE_MAX + 2];
    memset(text, 'a', sizeof text);
    struct pattern *any = compiled("a*");
    cr_expect(catalog_pattern_match(any, text, CATALOG_VALUE_MAX));
    cr_expect(not(catalog_pattern_match(any, text, CATALOG_VALUE_MAX + 1)));
    catalog_pattern_free(any);
}

static void expect_refused(const char *source, const char *message) {
    struct pattern *pattern = catalog_pattern_new(source, &why);
    cr_expect(pattern == NULL, "compiled: %s", source);
    catalog_pattern_free(pattern);
    cr_expect(eq(str, why.text, (char *)message));
}

Test(pattern, says_what_is_wrong_with_an_expression) {
    expect_refused("[a-z",
                   "bad expression at character 5: missing terminating ] for character class");
    expect_refused("a)|(b", "bad expression at character 2: unmatched closing parenthesis");
    expect_refused("a\\C",
                   "bad expression at character 4: using \\C is disabled by the application");
    char endless[CATALOG_PATTERN_MAX + 2];
    memset(endless, '.', sizeof endless);
    endless[sizeof endless - 1] = '\0';
    expect_refused(endless, "the expression has more than 1000 bytes");
}

Test(pattern, takes_a_bare_word_for_a_mistyped_name) {
    expect_refused("uid", "\"uid\" is neither a named pattern (uuid, integer, slug, semver, "
                          "status_code) nor an expression; for fixed texts use values");
    expect_refused("", "\"\" is neither a named pattern (uuid, integer, slug, semver, "
                       "status_code) nor an expression; for fixed texts use values");
}

/* Expressions that need exponential time, with NO_JIT and NO_START_OPT, which is the worst case.
 */
static const char *const hard[] = {
    "(a+)+b",
    "(a|aa)+b",
    "(.*)(.*)(.*)(.*)(.*)(.*)[0-9]",
    "(.*?){1,200}[0-9]",
    "(?:.{0,200}){0,60}[0-9]",
    "((a*)(a*)(a*))*[0-9]",
    "(((((a*)*)*)*)*)*b",
    "(a(?1)?)b",
    "(?=(a+))(a*)*b\\1",
};

static double now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

Test(pattern, gives_up_on_expressions_that_never_end, .timeout = 300) {
    char text[CATALOG_VALUE_MAX + 1];
    memset(text, 'a', CATALOG_VALUE_MAX);
    text[CATALOG_VALUE_MAX] = '\0';
    static const char *const modes[] = {"(*NO_START_OPT)", "(*NO_START_OPT)(*NO_JIT)",
                                        "(*LIMIT_MATCH=4000000000)(*NO_JIT)"};
    for (size_t m = 0; m < sizeof modes / sizeof modes[0]; m++) {
        for (size_t i = 0; i < sizeof hard / sizeof hard[0]; i++) {
            char source[200];
            (void)snprintf(source, sizeof source, "%s%s", modes[m], hard[i]);
            struct pattern *pattern = compiled(source);
            const double start = now_ms();
            cr_expect(not(catalog_pattern_match(pattern, text, CATALOG_VALUE_MAX)), "%s", source);
            const double took = now_ms() - start;
            /* About a hundred times the usual time, for slow machines and sanitizers. */
            cr_expect(lt(dbl, took, 200.0), "%s", source);
            catalog_pattern_free(pattern);
        }
    }
}

Test(pattern, plain_expressions_fit_the_step_limit) {
    char text[CATALOG_VALUE_MAX + 1];
    for (size_t i = 0; i < CATALOG_VALUE_MAX; i++)
        text[i] = i % 2 ? 'a' : '/';
    text[CATALOG_VALUE_MAX] = '\0';
    MATCHES("(*NO_JIT)(/[a-z]+)+", text);
    MATCHES("(*NO_JIT)/[a-z]+(/[a-z]+)*", text);
    memcpy(text, "1.0.0-", 6);
    for (size_t i = 6; i < CATALOG_VALUE_MAX; i++)
        text[i] = i % 2 ? '.' : 'a';
    text[CATALOG_VALUE_MAX - 1] = 'b';
    MATCHES("semver", text);
}

Test(pattern, keeps_its_source) {
    struct pattern *pattern = compiled("uuid");
    cr_expect(eq(str, (char *)catalog_pattern_source(pattern), "uuid"));
    catalog_pattern_free(pattern);
}

Test(pattern, free_of_nothing_is_fine) {
    catalog_pattern_free(NULL);
}
