/* SPDX-License-Identifier: MIT */
/* Addresses on the page. */
#include <string.h>

#include "assertions.h"
#include "status/status.h"

Test(status_link, values_are_encoded) {
    char link[STATUS_LINK_MAX];
    status_link_section(link, sizeof link, "a&b c", "x:\"<\xc3\xa4", "jobs");
    cr_expect(eq(str, link, "/?service=a%26b%20c&family=x%3A%22%3C%C3%A4#jobs"));
}

Test(status_link, what_is_too_long_is_cut) {
    char link[16];
    status_link_section(link, sizeof link, "a-very-long-service", "and-a-family", "rejections");
    cr_expect(eq(sz, strlen(link), sizeof link - 1));
}
