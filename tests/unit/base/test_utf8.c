/* SPDX-License-Identifier: MIT */
#include "assertions.h"
#include "base/utf8.h"

struct utf8_case {
    const char *bytes;
    size_t len;
    size_t expected;
};

Test(base_utf8, all_else_has_none) {
    static const struct utf8_case cases[] = {
        {"", 0, 0},
        {"\x80", 1, 0},             /* continuation alone */
        {"\xc0\x80", 2, 0},         /* overlong */
        {"\xc1\xbf", 2, 0},         /* overlong */
        {"\xe0\x9f\xbf", 3, 0},     /* overlong */
        {"\xf0\x8f\xbf\xbf", 4, 0}, /* overlong */
        {"\xed\xa0\x80", 3, 0},     /* surrogate */
        {"\xf4\x90\x80\x80", 4, 0}, /* beyond U+10FFFF */
        {"\xf5\x80\x80\x80", 4, 0},
        {"\xff", 1, 0},
        {"\xc3\xa9", 1, 0}, /* what is beyond the length does not count */
        {"\xe2\x82\xc0", 3, 0},
        {"\xc3", 1, 0},         /* cut */
        {"\xe2\x82", 2, 0},     /* cut */
        {"\xf0\x9f\x98", 3, 0}, /* cut */
        {"\xc3(", 2, 0},
        {"\xe2\x82(", 3, 0},
        {"\xe2(\xac", 3, 0},
        {"\xf0\x9f\x98(", 4, 0},
        {"\xf0\x9f(\x80", 4, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_expect(eq(sz, utf8_len(cases[i].bytes, cases[i].len), 0), "case %zu", i);
}
