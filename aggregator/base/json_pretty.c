#include "base/json_pretty.h"

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

void json_pretty_put(struct json_pretty *pretty, struct strbuf *out, const char *text, size_t len) {
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
