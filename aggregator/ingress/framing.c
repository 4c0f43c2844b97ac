/* SPDX-License-Identifier: MIT */
/* framing.c - datagrams in the bytes of a stream. */
#include "ingress/framing.h"

#include <string.h>

static uint32_t length_at(const char *bytes) {
    const unsigned char *at = (const unsigned char *)bytes;
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static bool is_text(char byte) {
    return (unsigned char)byte >= ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

static enum framing decide(const char *bytes, size_t len) {
    if (len < FRAMING_LENGTH_BYTES)
        return FRAMING_UNKNOWN;
    return is_text(bytes[FRAMING_LENGTH_BYTES - 1]) ? FRAMING_LINES : FRAMING_LENGTHS;
}

static enum framing_result next_by_length(const char *bytes, size_t len, struct frame *ret_frame) {
    size_t empty = 0; /* frames without anything in them */
    while (len - empty >= FRAMING_LENGTH_BYTES && length_at(bytes + empty) == 0)
        empty += FRAMING_LENGTH_BYTES;
    *ret_frame = (struct frame){.used = empty};
    if (len - empty < FRAMING_LENGTH_BYTES)
        return FRAMING_MORE;
    const uint32_t length = length_at(bytes + empty);
    if (length > FRAMING_FRAME_MAX)
        return FRAMING_TOO_LONG;
    const size_t at = empty + FRAMING_LENGTH_BYTES;
    if (len - at < length)
        return FRAMING_MORE;
    *ret_frame = (struct frame){at, length, at + length};
    return FRAMING_DATAGRAM;
}

/* The first `|q:`, or NULL. Much faster than memmem(3): few lines have many q's. */
static const char *find_report(const char *bytes, size_t len) {
    const char *at = bytes;
    const char *end = bytes + len;
    while ((at = memchr(at, 'q', (size_t)(end - at))) != NULL) {
        if (at > bytes && at[-1] == '|' && at + 1 < end && at[1] == ':')
            return at - 1;
        at++;
    }
    return NULL;
}

/* The length of the whole lines among the bytes: all of those that have no report, or the first
 * alone. 0: there is none. */
static size_t whole_lines(const char *bytes, size_t len) {
    const char *last = memrchr(bytes, '\n', len);
    if (last == NULL)
        return 0;
    const size_t whole = (size_t)(last - bytes) + 1;
    const char *report = find_report(bytes, whole);
    if (report == NULL)
        return whole;
    const char *before = memrchr(bytes, '\n', (size_t)(report - bytes));
    if (before != NULL)
        return (size_t)(before - bytes) + 1;
    const char *end = memchr(report, '\n', whole - (size_t)(report - bytes));
    return end != NULL ? (size_t)(end - bytes) + 1 : whole;
}

static enum framing_result next_by_line(const char *bytes, size_t len, struct frame *ret_frame) {
    const size_t most = len < FRAMING_FRAME_MAX ? len : FRAMING_FRAME_MAX;
    const size_t whole = whole_lines(bytes, most);
    *ret_frame = (struct frame){0};
    if (whole == 0 && len >= FRAMING_FRAME_MAX)
        return FRAMING_TOO_LONG;
    if (whole == 0)
        return FRAMING_MORE;
    *ret_frame = (struct frame){0, whole, whole};
    return FRAMING_DATAGRAM;
}

enum framing_result ingress_framing_next(enum framing *framing, const char *bytes, size_t len,
                                         struct frame *ret_frame) {
    *ret_frame = (struct frame){0};
    if (*framing == FRAMING_UNKNOWN)
        *framing = decide(bytes, len);
    if (*framing == FRAMING_UNKNOWN)
        return FRAMING_MORE;
    return *framing == FRAMING_LENGTHS ? next_by_length(bytes, len, ret_frame)
                                       : next_by_line(bytes, len, ret_frame);
}
