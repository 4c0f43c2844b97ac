/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as the stream of a connection. However it is cut into reads, it has the same framing,
 * and its datagrams have the same bytes in the same order as in one piece; each lies within what
 * was read; of lines, each datagram ends with the end of a line, and a report is alone.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "ingress/framing.h"

struct taken {
    char *bytes; /* of all datagrams; of frames each behind its length */
    size_t len;
    enum framing framing;
    bool too_long;
    size_t rest;
};

static void put(struct taken *taken, const char *bytes, size_t len) {
    if (taken->framing == FRAMING_LENGTHS) {
        const uint32_t length = (uint32_t)len;
        memcpy(taken->bytes + taken->len, &length, sizeof length);
        taken->len += sizeof length;
    }
    memcpy(taken->bytes + taken->len, bytes, len);
    taken->len += len;
}

static void check_lines(const char *bytes, size_t len, bool last) {
    CHECK(last || bytes[len - 1] == '\n');
    const char *report = memmem(bytes, len, "|q:", 3);
    if (report != NULL)
        CHECK(memchr(bytes, '\n', len - 1) == NULL);
}

/* Take what is whole of `len` bytes. Returns how many are left over. */
static size_t take(struct taken *taken, const char *bytes, size_t len, bool ended) {
    struct frame frame;
    for (;;) {
        /* of exact size, so that a read past it is seen */
        char *exact = malloc(len + (len == 0));
        CHECK(exact != NULL);
        memcpy(exact, bytes, len);
        const enum framing_result result =
            ingress_framing_next(&taken->framing, exact, len, ended, &frame);
        CHECK(frame.used <= len && frame.at + frame.len <= len && frame.len <= FRAMING_FRAME_MAX);
        if (result == FRAMING_DATAGRAM) {
            CHECK(frame.len > 0 && frame.used >= frame.len);
            put(taken, exact + frame.at, frame.len);
            if (taken->framing == FRAMING_LINES)
                check_lines(exact, frame.len, ended);
        }
        free(exact);
        bytes += frame.used;
        len -= frame.used;
        taken->too_long = result == FRAMING_TOO_LONG;
        if (result != FRAMING_DATAGRAM)
            return len;
    }
}

static struct taken run(const uint8_t *data, size_t size, size_t piece, bool ended) {
    struct taken taken = {.bytes = malloc(size * 2 + 1)};
    size_t from = 0;
    CHECK(taken.bytes != NULL);
    for (size_t to = 0; to < size && !taken.too_long;) {
        to = size - to > piece ? to + piece : size;
        from = to - take(&taken, (const char *)data + from, to - from, false);
        CHECK(taken.too_long || to - from < FRAMING_HELD_MAX);
    }
    taken.rest = size - from;
    if (!taken.too_long && ended)
        taken.rest = take(&taken, (const char *)data + from, size - from, true);
    return taken;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2)
        return 0;
    const size_t piece = data[0] % 64 + 1;
    const bool ended = (data[1] & 1) != 0;
    struct taken whole = run(data + 2, size - 2, size, ended);
    struct taken pieces = run(data + 2, size - 2, piece, ended);
    CHECK(whole.framing == pieces.framing && whole.too_long == pieces.too_long);
    CHECK(whole.len == pieces.len && memcmp(whole.bytes, pieces.bytes, whole.len) == 0);
    CHECK(whole.too_long || whole.rest == pieces.rest);
    if (whole.framing == FRAMING_LINES && !whole.too_long)
        CHECK(whole.len + whole.rest == size - 2 && memcmp(whole.bytes, data + 2, whole.len) == 0);
    free(whole.bytes);
    free(pieces.bytes);
    return 0;
}
