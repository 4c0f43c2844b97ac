/* SPDX-License-Identifier: MIT */
/*
 * utf8.h - which bytes are well-formed UTF-8 (Unicode 15, table 3-7). Pure.
 */
#ifndef STATGATE_BASE_UTF8_H
#define STATGATE_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/** U+FFFD, written in place of bytes that are not valid UTF-8. */
#define UTF8_REPLACEMENT "\xef\xbf\xbd"

/** Length in bytes (1 to 4) of the well-formed character at the start of `len` bytes; 0 if there is
 * none. */
static inline size_t utf8_len(const char *text, size_t len) {
    const unsigned char *s = (const unsigned char *)text;
    if (len == 0)
        return 0;
    if (s[0] < 0x80)
        return 1;
    if (s[0] < 0xc2 || s[0] > 0xf4)
        return 0;
    const size_t want = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    if (len < want)
        return 0;
    /* The range of the second byte excludes overlong forms, surrogates and code points above
     * U+10FFFF. */
    const unsigned low = s[0] == 0xe0 ? 0xa0 : s[0] == 0xf0 ? 0x90 : 0x80;
    const unsigned high = s[0] == 0xed ? 0x9f : s[0] == 0xf4 ? 0x8f : 0xbf;
    if (s[1] < low || s[1] > high)
        return 0;
    for (size_t i = 2; i < want; i++)
        if (s[i] < 0x80 || s[i] > 0xbf)
            return 0;
    return want;
}

/** Whether all of `len` bytes are well-formed. */
static inline bool utf8_is(const char *text, size_t len) {
    for (size_t at = 0; at < len;) {
        const size_t bytes = utf8_len(text + at, len - at);
        if (bytes == 0)
            return false;
        at += bytes;
    }
    return true;
}

#endif
