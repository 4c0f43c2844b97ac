/* SPDX-License-Identifier: MIT */
/* Strings and numbers in JSON: no reader of JSON, and no browser, may take them for anything
 * else. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "base/json_writer.h"

static char *json_of(const char *text, size_t len) {
    static struct strbuf out;
    strbuf_clear(&out);
    json_writer_string(&out, text, len);
    return (char *)(uintptr_t)strbuf_cstr(&out);
}

#define JSON(text) json_of(text, sizeof(text) - 1)

Test(json_writer, escapes_what_ends_or_breaks_a_string) {
    cr_expect(eq(str, JSON("a\"b\\c"), "\"a\\\"b\\\\c\""));
    cr_expect(eq(str, JSON("\n\r\t\x01\x1f\x7f\0"), "\"\\n\\r\\t\\u0001\\u001f\\u007f\\u0000\""));
}

Test(json_writer, never_looks_like_markup_or_a_line_end) {
    cr_expect(eq(str, JSON("</script>"), "\"\\u003c/script>\""));
    cr_expect(
        eq(str, JSON("\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xa7"), "\"\\u2028\\u2029\xe2\x80\xa7\""));
}

#define BAD "\xef\xbf\xbd"

/* Whatever the bytes, jansson reads a string; valid text it reads back unchanged. */
Test(json_writer, writes_json_whatever_the_bytes) {
    uint64_t state = 7;
    for (int i = 0; i < 20000; i++) {
        char text[24];
        for (size_t j = 0; j < sizeof text; j++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            text[j] = (char)(state >> 33 & (i % 2 ? 0xff : 0x7f));
        }
        const size_t len = (size_t)(state >> 50) % (sizeof text + 1);
        json_t *value = json_loads(json_of(text, len), JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        cr_assert(value != NULL, "%s", json_of(text, len));
        if (i % 2 == 0) {
            cr_assert(eq(sz, json_string_length(value), len));
            cr_assert(eq(int, memcmp(json_string_value(value), text, len), 0));
        }
        json_decref(value);
    }
}

Test(json_writer, separates_over_slices) {
    struct strbuf first = {0};
    struct strbuf second = {0};
    struct json_writer w = {.out = &first};
    json_open(&w, '{');
    json_member_text(&w, "a", NULL);
    json_open_member(&w, "b", '[');
    json_i64(&w, -3);
    w.out = &second;
    json_line(&w);
    json_bool(&w, true);
    json_close(&w, ']');
    json_member_known(&w, "c", 0);
    json_close(&w, '}');
    cr_expect(eq(str, (char *)(uintptr_t)strbuf_cstr(&first), "{\"a\":null,\"b\":[-3"));
    cr_expect(eq(str, (char *)(uintptr_t)strbuf_cstr(&second), ",\ntrue],\"c\":null}"));
    strbuf_done(&first);
    strbuf_done(&second);
}
