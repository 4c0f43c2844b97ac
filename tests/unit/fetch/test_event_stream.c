/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "assertions.h"
#include "fetch/fetch.h"

static struct event_stream stream;
static struct strbuf bytes;
static struct strbuf told;

static void setup(void) {
    fetch_events_init(&stream);
    strbuf_init(&bytes);
    strbuf_init(&told);
}

static void teardown(void) {
    fetch_events_done(&stream);
    strbuf_done(&bytes);
    strbuf_done(&told);
}

TestSuite(fetch_event_stream, .init = setup, .fini = teardown);

/* "[ID DATA]" of each event. */
static const char *read_by(const char *text, size_t piece) {
    const size_t len = strlen(text);
    for (size_t at = 0; at < len; at += piece) {
        strbuf_put(&bytes, text + at, len - at < piece ? len - at : piece);
        while (fetch_events_next(&stream, &bytes))
            strbuf_printf(&told, "[%s %s]", stream.id, strbuf_cstr(&stream.data));
    }
    return strbuf_cstr(&told);
}

static void expect_told(const char *text, const char *wanted) {
    for (size_t piece = 1; piece < 100; piece *= 4) {
        cr_expect(eq(str, (char *)(uintptr_t)read_by(text, piece), (char *)(uintptr_t)wanted));
        teardown();
        setup();
    }
}

Test(fetch_event_stream, an_event_ends_at_a_blank_line) {
    expect_told("data: a\n\n", "[ a]");
    expect_told("id: 1\nevent: x\ndata: a\n\nid: 2\ndata:b\n\n", "[1 a][2 b]");
    expect_told("data: a\ndata:  b\ndata\n\n", "[ a\n b\n]");
    expect_told("id: 1\r\ndata: a\r\n\r\ndata: b\r\rdata: c\n\n", "[1 a][1 b][1 c]");
}

Test(fetch_event_stream, what_says_nothing_is_passed_over) {
    expect_told(": a comment\n\n\nretry: 1000\nunknown: x\n\nid: 3\n\ndata: a\n\n", "[3 a]");
    expect_told("data: cut", "");
}

Test(fetch_event_stream, an_event_that_is_too_long_is_left_out) {
    struct strbuf text = {0};
    strbuf_puts(&text, "data: ");
    for (size_t i = 0; i <= EVENT_STREAM_DATA_MAX; i++)
        strbuf_putc(&text, 'x');
    strbuf_puts(&text, "\n\nid: 4\ndata: b\n\n");
    for (size_t i = 0; i < 2000; i++)
        strbuf_puts(&text, "data: 0123456789012345678901234567890123456789\n");
    strbuf_puts(&text, "\ndata: c\n\n");
    cr_expect(eq(str, (char *)(uintptr_t)read_by(strbuf_cstr(&text), 1000), "[4 b][4 c]"));
    cr_expect(eq(sz, stream.left_out, 2));
    strbuf_done(&text);
}
