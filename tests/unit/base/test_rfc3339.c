/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "assertions.h"
#include "base/rfc3339.h"

/* As the C library has it. */
static void expect_like_gmtime(int64_t ms) {
    char got[RFC3339_SIZE];
    char want[64];
    struct tm parts;
    const time_t seconds = (time_t)(ms / 1000);
    cr_assert(gmtime_r(&seconds, &parts) != NULL);
    const size_t len = strftime(want, sizeof want, "%Y-%m-%dT%H:%M:%S", &parts);
    (void)snprintf(want + len, sizeof want - len, ".%03dZ", (int)(ms % 1000));
    cr_assert(rfc3339_put(got, ms), "%" PRId64, ms);
    cr_expect(eq(str, got, want));
    int64_t back = 0;
    cr_expect(rfc3339_read(got, &back), "%s", got);
    cr_expect(eq(i64, back, ms));
}

Test(rfc3339, moments_are_those_of_the_c_library_and_read_back) {
    expect_like_gmtime(0);
    expect_like_gmtime(1782909296789);
    /* Some hour of every week and a half until 9999. */
    for (int64_t ms = 1; ms < INT64_C(253402300799999); ms += INT64_C(907198123))
        expect_like_gmtime(ms);
    expect_like_gmtime(INT64_C(253402300799999));
}

Test(rfc3339, other_moments_have_no_text) {
    char text[RFC3339_SIZE] = "as it was";
    cr_expect(not(rfc3339_put(text, -1)));
    cr_expect(not(rfc3339_put(text, INT64_C(253402300800000))));
    cr_expect(not(rfc3339_put(text, INT64_MAX)));
    cr_expect(eq(str, text, "as it was"));
}

Test(rfc3339, spellings_of_one_moment) {
    static const char *const texts[] = {
        "2026-07-01T12:34:56.789Z",      "2026-07-01t12:34:56.789z",
        "2026-07-01 12:34:56.7899999Z",  "2026-07-01T14:34:56.789+02:00",
        "2026-07-01T14:34:56.789 02:00", "2026-07-01T07:04:56.789-05:30"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        int64_t ms = 0;
        cr_expect(rfc3339_read(texts[i], &ms), "%s", texts[i]);
        cr_expect(eq(i64, ms, 1782909296789), "%s", texts[i]);
    }
}

Test(rfc3339, what_is_none_is_refused) {
    static const char *const texts[] = {
        "",
        "5m",
        "2026-07-01",
        "2026-07-01T12:34:56",
        "2026-07-01T12:34Z",
        "2026-02-29T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-07-00T00:00:00Z",
        "2026-07-01T24:00:00Z",
        "2026-07-01T12:60:00Z",
        "2026-07-01T12:34:61Z",
        "2026-07-01T12:34:56.Z",
        "2026-07-01T12:34:56+2:00",
        "2026-07-01T12:34:56Zx",
        "26-07-01T12:34:56Z",
        "2026-7-1T12:34:56Z",
        "\xff",
    };
    int64_t ms = 7;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        cr_expect(not(rfc3339_read(texts[i], &ms)), "%s", texts[i]);
    cr_expect(eq(i64, ms, 7));
    cr_expect(rfc3339_read("2024-02-29T00:00:00Z", &ms));
    cr_expect(eq(i64, ms, INT64_C(1709164800000)));
}
