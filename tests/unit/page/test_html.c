/* SPDX-License-Identifier: MIT */
#include "assertions.h"
#include "page/page_private.h"

static struct strbuf out;

static void teardown(void) {
    strbuf_done(&out);
}

TestSuite(page_html, .fini = teardown);

static char *put(const char *text, size_t len) {
    strbuf_clear(&out);
    page_html_put(&out, text, len);
    return (char *)(uintptr_t)strbuf_cstr(&out);
}

#define PUT(literal) put(literal, sizeof(literal) - 1)

Test(page_html, markup_is_text) {
    cr_expect(eq(str, PUT("<script>alert('1 & \"2\"')</script>"),
                 "&lt;script&gt;alert(&#39;1 &amp; &quot;2&quot;&#39;)&lt;/script&gt;"));
}

Test(page_html, what_is_not_seen_is_written_out) {
    cr_expect(eq(str, PUT("a\0b\x1b[31m\x7f"), "a\\x00b\\x1b[31m\\x7f"));
    cr_expect(eq(str, PUT("\xc2\x85\u00ad"), "\\x85\\xad"));
    /* NOLINTNEXTLINE(misc-misleading-bidirectional) */
    cr_expect(eq(str, PUT("user\xe2\x80\xaegnp.exe\xe2\x81\xa6"), "user\\u202egnp.exe\\u2066"));
    cr_expect(eq(str, PUT("a\u200bb\ufeff"), "a\\u200bb\\ufeff"));
    cr_expect(eq(str, PUT("\U000e0041"), "\\ue0041"));
}

Test(page_html, other_characters_stay) {
    cr_expect(eq(str, PUT("h\u00e9llo \u05e9\u05dc\u05d5\u05dd \U0001f98a"),
                 "h\u00e9llo \u05e9\u05dc\u05d5\u05dd \U0001f98a"));
}

Test(page_html, bytes_that_are_no_text_are_written_out) {
    cr_expect(eq(str, PUT("\xff\xc3(\xe2\x82"), "\\xff\\xc3(\\xe2\\x82"));
}

Test(page_html, ends_of_lines_are_kept_where_lines_are_meant) {
    strbuf_clear(&out);
    page_html_put_lines(&out, "a<\nb\x01\n", 6);
    cr_expect(eq(str, (char *)(uintptr_t)strbuf_cstr(&out), "a&lt;\nb\\x01\n"));
}

Test(page_html, values_of_a_query_are_encoded) {
    strbuf_clear(&out);
    page_html_put_encoded(&out, "a b&c=\"/\xff", 9);
    cr_expect(eq(str, (char *)(uintptr_t)strbuf_cstr(&out), "a%20b%26c%3D%22/%FF"));
}
