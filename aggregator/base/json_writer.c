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

/* ---- json pretty ---- */

enum { INDENT = 2, DEPTH_MAX = 64 }; /* deeper levels are not indented further */

static void put_line(struct json_pretty *pretty, struct strbuf *out) {
    static const char blanks[INDENT * DEPTH_MAX + 1] =
        "                                                                "
        "                                                                ";
    const unsigned depth = pretty->depth < DEPTH_MAX ? pretty->depth : DEPTH_MAX;
    strbuf_putc(out, '\n');
    strbuf_put(out, blanks, (size_t)INDENT * depth);
}

/* Copy a string up to its end or the end of the slice. Returns the number of bytes copied. */
static size_t put_string(struct json_pretty *pretty, struct strbuf *out, const char *text,
                         size_t len) {
    size_t at = 0;
    while (at < len && pretty->in_string) {
        const char c = text[at++];
        pretty->in_string = pretty->escaped || c != '"';
        pretty->escaped = !pretty->escaped && c == '\\';
    }
    strbuf_put(out, text, at);
    return at;
}

static void close(struct json_pretty *pretty, struct strbuf *out, char bracket) {
    if (pretty->depth > 0)
        pretty->depth--;
    if (!pretty->opened)
        put_line(pretty, out);
    pretty->opened = false;
    strbuf_putc(out, bracket);
}

static void put_byte(struct json_pretty *pretty, struct strbuf *out, char c) {
    if (c == '}' || c == ']') {
        close(pretty, out, c);
        return;
    }
    if (pretty->opened)
        put_line(pretty, out);
    pretty->opened = c == '{' || c == '[';
    pretty->in_string = c == '"';
    strbuf_putc(out, c);
    if (pretty->opened)
        pretty->depth++;
    else if (c == ',')
        put_line(pretty, out);
    else if (c == ':')
        strbuf_putc(out, ' ');
}

static bool is_blank(char c) {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

void json_writer_put_pretty(struct json_pretty *pretty, struct strbuf *out, const char *text,
                            size_t len) {
    for (size_t at = 0; at < len;) {
        if (pretty->in_string) {
            at += put_string(pretty, out, text + at, len - at);
            continue;
        }
        if (!is_blank(text[at]))
            put_byte(pretty, out, text[at]);
        else if (pretty->depth == 0 && text[at] == '\n')
            strbuf_putc(out, '\n');
        at++;
    }
}
