/* SPDX-License-Identifier: MIT */
/*
 * expect.h - compares texts so that a failure prints both.
 */
#ifndef STATGATE_TEST_HTTP_EXPECT_H
#define STATGATE_TEST_HTTP_EXPECT_H

#include "assertions.h"

#include <stdio.h>
#include <string.h>

/* criterion's text type is `char *`; it does not write to it. */
#define EXPECT_TEXT(actual, expected, ...)                                                         \
    cr_expect(eq(str, (char *)(actual), (char *)(expected)), ##__VA_ARGS__)

#define EXPECT_HAS(text, part)                                                                     \
    cr_expect(strstr((text), (part)) != NULL, "no \"%s\" in \"%s\"", (part), (text))

#endif
