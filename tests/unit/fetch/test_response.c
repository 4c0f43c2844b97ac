/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "assertions.h"
#include "fetch/fetch.h"

static struct fetch_response response;
static struct strbuf body;

static void setup(void) {
    strbuf_init(&body);
}

static void teardown(void) {
    strbuf_done(&body);
}

TestSuite(fetch_response, .init = setup, .fini = teardown);

/* All of it, in pieces of that many bytes, and the end of the connection. */
static enum fetch_progress read_by(const char *text, size_t piece) {
    const size_t len = strlen(text);
    enum fetch_progress progress = FETCH_MORE;
    fetch_response_init(&response);
    strbuf_clear(&body);
    for (size_t at = 0; at < len && progress == FETCH_MORE; at += piece)
        progress =
            fetch_response_take(&response, text + at, len - at < piece ? len - at : piece, &body);
    return progress == FETCH_MORE ? fetch_response_end(&response) : progress;
}

static void expect_body(const char *text, unsigned status, const char *wanted) {
    for (size_t piece = 1; piece < 200; piece = piece * 3) {
        cr_expect(eq(int, read_by(text, piece), FETCH_WHOLE), "%s by %zu", text, piece);
        cr_expect(eq(uint, response.status, status));
        cr_expect(eq(str, (char *)(uintptr_t)strbuf_cstr(&body), (char *)(uintptr_t)wanted));
    }
}

Test(fetch_response, a_body_ends_by_its_length_its_chunks_or_with_the_connection) {
    expect_body("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", 200, "abc");
    expect_body("HTTP/1.1 404 Not Found\r\ncontent-length:\t0 \r\n\r\nabc", 404, "");
    expect_body("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"
                "3\r\nabc\r\nA;x=\"y\"\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\nignored",
                200, "abc0123456789");
    expect_body("HTTP/1.0 200\r\n\r\nto the end", 200, "to the end");
    expect_body("HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 200 OK\nContent-Length: 1\n\nx", 200,
                "x");
    expect_body("HTTP/1.1 204 No Content\r\n\r\n", 204, "");
}

Test(fetch_response, headers_that_matter_are_kept) {
    (void)read_by("HTTP/1.1 200 OK\r\nDate:  Mon, 23 Nov 2026 02:00:00 GMT \r\n"
                  "CONTENT-TYPE: text/event-stream\r\nContent-Length: 0\r\n\r\n",
                  5);
    cr_expect(eq(str, response.content_type, "text/event-stream"));
    cr_expect(eq(str, response.date, "Mon, 23 Nov 2026 02:00:00 GMT"));
}

Test(fetch_response, what_is_no_response_is_refused) {
    static const char *const cases[] = {
        "",
        "SSH-2.0-OpenSSH_9.2\r\n\r\n",
        "HTTP/2 200 OK\r\n\r\n",
        "HTTP/1.1 2000\r\n\r\n",
        "HTTP/1.1 020 x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\n folded: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\ncut",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ncut",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_expect(eq(int, read_by(cases[i], 7), FETCH_BAD), "%s", cases[i]);
}

Test(fetch_response, a_head_has_bounds) {
    struct strbuf text = {0};
    strbuf_puts(&text, "HTTP/1.1 200 OK\r\nX: ");
    for (size_t i = 0; i < FETCH_LINE_MAX; i++)
        strbuf_putc(&text, 'x');
    cr_expect(eq(int, read_by(strbuf_cstr(&text), 4096), FETCH_BAD));
    strbuf_clear(&text);
    strbuf_puts(&text, "HTTP/1.1 200 OK\r\n");
    while (text.len <= FETCH_HEAD_MAX)
        strbuf_puts(&text, "X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n");
    cr_expect(eq(int, read_by(strbuf_cstr(&text), 4096), FETCH_BAD));
    strbuf_clear(&text);
    while (text.len <= FETCH_HEAD_MAX)
        strbuf_puts(&text, "HTTP/1.1 102 Processing\r\n\r\n");
    cr_expect(eq(int, read_by(strbuf_cstr(&text), 4096), FETCH_BAD));
    strbuf_done(&text);
}
