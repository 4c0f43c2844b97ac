/* SPDX-License-Identifier: MIT */
/* json_writer.c - JSON as text, compact or indented. */
#include "base/json_writer.h"

#include <math.h>

#include "base/rfc3339.h"
#include "base/utf8.h"

/* ---- json writer ---- */

static void put_json_ascii(struct strbuf *out, unsigned char c) {
    static const char hex[] = "0123456789abcdef";
    switch (c) {
    case '"':
    case '\\':
        strbuf_putc(out, '\\');
        strbuf_putc(out, (char)c);
        break;
    case '\n':
        strbuf_put(out, "\\n", 2);
        break;
    case '\r':
        strbuf_put(out, "\\r", 2);
        break;
    case '\t':
        strbuf_put(out, "\\t", 2);
        break;
    default:
        strbuf_put(out, "\\u00", 4);
        strbuf_putc(out, hex[c >> 4]);
        strbuf_putc(out, hex[c & 15]);
    }
}

/* U+2028 and U+2029, which end a line in older JavaScript. */
static const char line_separator[] = "\xe2\x80\xa8";
static const char paragraph_separator[] = "\xe2\x80\xa9";

/* Whether a character needs no escape in a string. `<` is escaped, so that text from outside never
 * looks like markup, whatever page it ends up in. */
static bool is_plain_json(unsigned char c) {
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '<';
}

void json_writer_string(struct strbuf *out, const char *text, size_t len) {
    const char *at = text;
    const char *const end = len > 0 ? text + len : text; /* `text` may be NULL */
    strbuf_putc(out, '"');
    while (at != end) {
        const char *const clean = at;
        while (at != end && is_plain_json((unsigned char)*at))
            at++;
        strbuf_put(out, clean, (size_t)(at - clean));
        if (at == end)
            break;
        const size_t length = utf8_len(at, (size_t)(end - at));
        if (length == 0)
            strbuf_puts(out, UTF8_REPLACEMENT);
        else if (length == 1)
            put_json_ascii(out, (unsigned char)*at);
        else if (length == 3 && memcmp(at, line_separator, 3) == 0)
            strbuf_puts(out, "\\u2028");
        else if (length == 3 && memcmp(at, paragraph_separator, 3) == 0)
            strbuf_puts(out, "\\u2029");
        else
            strbuf_put(out, at, length);
        at += length > 0 ? length : 1;
    }
    strbuf_putc(out, '"');
}

void json_writer_number(struct strbuf *out, double value) {
    if (!strbuf_reserve(out, NUM_TEXT_MAX + 2))
        return;
    char *at = out->data + out->len;
    if (isfinite(value)) {
        out->len += num_put_json(at, value);
        return;
    }
    at[0] = '"';
    const size_t len = num_put_go(at + 1, value);
    at[len + 1] = '"';
    out->len += len + 2;
}

void json_writer_iso(struct json_writer *w, const char *key, int64_t unix_ms) {
    char text[RFC3339_SIZE];
    json_separate(w);
    strbuf_putc(w->out, '"');
    strbuf_puts(w->out, key);
    strbuf_puts(w->out, "_iso\":");
    w->comma = false;
    json_text(w, rfc3339_put(text, unix_ms) ? text : NULL);
}
