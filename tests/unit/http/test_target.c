/* SPDX-License-Identifier: MIT */
#include "expect.h"
#include "http/http_private.h"

static char text[512];
static struct target target;
static const char *reason;

static bool parse(const char *given) {
    snprintf(text, sizeof text, "%s", given);
    return http_target_parse(text, &target, &reason);
}

static void expect_path(const char *given, const char *path) {
    cr_expect(parse(given), "%s", given);
    EXPECT_TEXT(target.path, path, "%s", given);
}

Test(http_target, paths_are_decoded) {
    expect_path("/metrics", "/metrics");
    expect_path("/metrics/a%20b%2Fc%c3%bc", "/metrics/a b/c\xc3\xbc");
    expect_path("/a+b", "/a+b");
    expect_path("/%6d?x=%6d", "/m");
    expect_path("", "");
    expect_path("*", "*");
    expect_path("?limit=1", "");
}

Test(http_target, parameters_are_decoded_and_the_first_counts) {
    cr_assert(parse("/debug/series?limit=10&after=a%26b+c&service=s%3D&family=f&limit=20"));
    EXPECT_TEXT(target.limit, "10");
    EXPECT_TEXT(target.after, "a&b c");
    EXPECT_TEXT(target.service, "s=");
    EXPECT_TEXT(target.family, "f");
}

Test(http_target, the_first_unknown_parameter_is_reported_whatever_it_holds) {
    cr_assert(parse("/x?foo=%zz&%=1&%00=2&&=&limits=5&af%74er=y"));
    EXPECT_TEXT(target.after, "y");
    cr_expect(eq(ptr, (void *)target.limit, NULL));
    EXPECT_TEXT(target.unknown, "foo");
    cr_assert(parse("/x?limit=1&l%69mits=5&foo=1"));
    EXPECT_TEXT(target.unknown, "limits");
    cr_assert(parse("/x?%zz=5"));
    EXPECT_TEXT(target.unknown, "%zz");
    cr_assert(parse("/x?=5"));
    EXPECT_TEXT(target.unknown, "");
    cr_assert(parse("/x?&&limit=5&=&service=a&"));
    cr_expect(eq(ptr, (void *)target.unknown, NULL));
    cr_assert(parse("/x?"));
    cr_expect(eq(ptr, (void *)target.unknown, NULL));
}

Test(http_target, bad_escapes_are_refused) {
    static const char *const bad[] = {"/%",         "/%1",         "/%zz",         "/a%00b",
                                      "/x?limit=%", "/x?after=%0", "/x?after=%00", "/%-1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        reason = NULL;
        cr_expect(not(parse(bad[i])), "%s", bad[i]);
        cr_expect(reason != NULL && strchr(reason, '%') != NULL);
    }
}
