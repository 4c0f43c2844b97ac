/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as an HTTP response. However they are cut into pieces, the result is the same, and
 * never longer than the input. The same bytes, sent as a body in chunks, are read back unchanged.
 */
#include <string.h>

#include "check.h"
#include "fetch/fetch.h"

struct outcome {
    enum fetch_progress progress;
    enum fetch_progress ended;
    struct fetch_response response;
    struct strbuf body;
};

static void read_in_pieces(struct outcome *out, const char *bytes, size_t len, size_t piece) {
    memset(out, 0, sizeof *out);
    fetch_response_init(&out->response);
    out->progress = FETCH_MORE;
    for (size_t at = 0; at < len && out->progress == FETCH_MORE; at += piece)
        out->progress = fetch_response_take(&out->response, bytes + at,
                                            len - at < piece ? len - at : piece, &out->body);
    out->ended = fetch_response_end(&out->response);
}

static void check_same(const struct outcome *a, const struct outcome *b) {
    CHECK(a->progress == b->progress && a->ended == b->ended);
    CHECK(a->response.status == b->response.status);
    CHECK(strcmp(a->response.content_type, b->response.content_type) == 0);
    CHECK(strcmp(a->response.date, b->response.date) == 0);
    CHECK(a->body.len == b->body.len);
    CHECK(a->body.len == 0 || memcmp(a->body.data, b->body.data, a->body.len) == 0);
}

static void check_round_trip(const char *bytes, size_t len) {
    struct strbuf text = {0};
    struct outcome out;
    size_t piece = 1;
    strbuf_puts(&text, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (size_t at = 0; at < len; at += piece, piece = piece % 40 + 1) {
        piece = len - at < piece ? len - at : piece;
        strbuf_printf(&text, "%zx\r\n", piece);
        strbuf_put(&text, bytes + at, piece);
        strbuf_puts(&text, "\r\n");
    }
    strbuf_puts(&text, "0\r\n\r\n");
    read_in_pieces(&out, text.data, text.len, 7);
    CHECK(out.progress == FETCH_WHOLE && out.body.len == len);
    CHECK(len == 0 || memcmp(out.body.data, bytes, len) == 0);
    strbuf_done(&out.body);
    strbuf_done(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *bytes = (const char *)data;
    struct outcome whole;
    struct outcome pieces;
    if (size == 0)
        return 0;
    read_in_pieces(&whole, bytes, size, size);
    read_in_pieces(&pieces, bytes, size, data[0] % 16 + 1);
    check_same(&whole, &pieces);
    CHECK(whole.body.len <= size);
    CHECK(whole.ended != FETCH_WHOLE || whole.response.status >= 200);
    strbuf_done(&whole.body);
    strbuf_done(&pieces.body);
    check_round_trip(bytes, size);
    return 0;
}
