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

static void check_lines(const char *bytes, size_t len) {
    CHECK(bytes[len - 1] == '\n');
    const char *report = memmem(bytes, len, "|q:", 3);
    if (report != NULL)
        CHECK(memchr(bytes, '\n', len - 1) == NULL);
}

/* Take what is whole of `len` bytes. Returns how many are left over. */
static size_t take(struct taken *taken, const char *bytes, size_t len) {
    struct frame frame;
    for (;;) {
        /* of exact size, so that a read past it is seen */
        char *exact = malloc(len + (len == 0));
        CHECK(exact != NULL);
        memcpy(exact, bytes, len);
        const enum framing_result result =
            ingress_framing_next(&taken->framing, exact, len, &frame);
        CHECK(frame.used <= len && frame.at + frame.len <= len && frame.len <= FRAMING_FRAME_MAX);
        if (result == FRAMING_DATAGRAM) {
            CHECK(frame.len > 0 && frame.used >= frame.len);
            put(taken, exact + frame.at, frame.len);
            if (taken->framing == FRAMING_LINES)
                check_lines(exact, frame.len);
        }
        free(exact);
        bytes += frame.used;
        len -= frame.used;
        taken->too_long = result == FRAMING_TOO_LONG;
        if (result != FRAMING_DATAGRAM)
            return len;
    }
}

static struct taken run(const uint8_t *data, size_t size, size_t piece) {
    struct taken taken = {.bytes = malloc(size * 2 + 1)};
    size_t from = 0;
    CHECK(taken.bytes != NULL);
    for (size_t to = 0; to < size && !taken.too_long;) {
        to = size - to > piece ? to + piece : size;
        from = to - take(&taken, (const char *)data + from, to - from);
        CHECK(taken.too_long || to - from < FRAMING_HELD_MAX);
    }
    taken.rest = size - from;
    return taken;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1)
        return 0;
    const size_t piece = data[0] % 64 + 1;
    struct taken whole = run(data + 1, size - 1, size);
    struct taken pieces = run(data + 1, size - 1, piece);
    CHECK(whole.framing == pieces.framing && whole.too_long == pieces.too_long);
    CHECK(whole.len == pieces.len && memcmp(whole.bytes, pieces.bytes, whole.len) == 0);
    CHECK(whole.too_long || whole.rest == pieces.rest);
    if (whole.framing == FRAMING_LINES && !whole.too_long)
        CHECK(whole.len + whole.rest == size - 1 && memcmp(whole.bytes, data + 1, whole.len) == 0);
    free(whole.bytes);
    free(pieces.bytes);
    return 0;
}
