#include "statgate/gen/text.h"

#include <stdint.h>

#include "base/columns.h"

enum { LINE_COLUMNS = 96 }; /* columns of a comment's line, with " *" */

/* ---- identifiers and literals: ASCII, whatever the locale ---- */

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_word(char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_';
}

void gen_put_identifier(struct strbuf *out, const char *text) {
    for (; *text; text++)
        strbuf_putc(out, is_word(*text) ? *text : '_');
}

void gen_put_capitals(struct strbuf *out, const char *text) {
    for (; *text; text++) {
        const char c = is_word(*text) ? *text : '_';
        strbuf_putc(out, c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c);
    }
}

/* Escapes are octal, since these end after three digits. A question mark is escaped, as it could
 * begin a trigraph. */
void gen_put_string(struct strbuf *out, const char *text) {
    strbuf_putc(out, '"');
    for (; *text; text++) {
        const unsigned char byte = (unsigned char)*text;
        if (byte < 0x20 || byte >= 0x7f) {
            strbuf_printf(out, "\\%03o", byte);
            continue;
        }
        if (*text == '"' || *text == '\\' || *text == '?')
            strbuf_putc(out, '\\');
        strbuf_putc(out, *text);
    }
    strbuf_putc(out, '"');
}

/* ---- comments ---- */

/* Whether two bytes must be separated: they would begin or end a comment, or could begin a
 * trigraph. */
static bool is_apart(char before, char now) {
    return (before == '*' && now == '/') || (before == '/' && now == '*') ||
           (before == '?' && now == '?');
}

/* Write printable text. `before` is the byte before it. */
static void put_visible(struct strbuf *out, const char *text, size_t len, char before) {
    struct columns_glyph glyph;
    for (size_t at = 0; at < len; at += glyph.len) {
        glyph = columns_next(text + at, len - at);
        if (is_apart(before, text[at]))
            strbuf_putc(out, ' ');
        columns_put(out, text + at, glyph);
        before = text[at + glyph.len - 1];
    }
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Find the next word and move *text behind it. Returns its length; 0: none. */
static size_t next_word(const char **text, const char **ret_word) {
    while (is_blank(**text))
        ++*text;
    *ret_word = *text;
    while (**text && !is_blank(**text))
        ++*text;
    return (size_t)(*text - *ret_word);
}

void gen_put_remark(struct strbuf *out, const char *text) {
    const char *word;
    bool first = true;
    for (size_t len; (len = next_word(&text, &word)) > 0; first = false) {
        if (!first)
            strbuf_putc(out, ' ');
        put_visible(out, word, len, ' ');
    }
}

void gen_put_prose(struct strbuf *out, const char *text) {
    const char *word;
    size_t used = 0;
    for (size_t len; (len = next_word(&text, &word)) > 0;) {
        const size_t columns = columns_of(word, len);
        if (used == 0 || used + 1 + columns > LINE_COLUMNS) {
            strbuf_puts(out, used == 0 ? " *" : "\n *");
            used = 2;
        }
        strbuf_putc(out, ' ');
        put_visible(out, word, len, ' ');
        used += 1 + columns;
    }
    if (used > 0)
        strbuf_putc(out, '\n');
}
