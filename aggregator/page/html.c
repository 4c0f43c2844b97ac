/*
 * html.c - see html.h.
 */
#include "page/html.h"

#include "base/utf8.h"

/* The code point of the well-formed character of `len` bytes. */
static uint32_t character(const char *text, size_t len) {
    const unsigned char *s = (const unsigned char *)text;
    if (len == 1)
        return s[0];
    uint32_t number = s[0] & (0x7fu >> len);
    for (size_t i = 1; i < len; i++)
        number = number << 6 | (s[i] & 0x3fu);
    return number;
}

/* Whether the character is invisible; first and last of each range. */
static bool is_unseen(uint32_t number) {
    static const uint32_t ranges[][2] = {
        {0x00, 0x1f},     {0x7f, 0x9f},       {0xad, 0xad},     /* controls, soft hyphen */
        {0x61c, 0x61c},   {0x180e, 0x180e},   {0x200b, 0x200f}, /* without width, directions */
        {0x2028, 0x202e}, {0x2060, 0x206f},   {0xfeff, 0xfeff}, /* separators, directions */
        {0xfff9, 0xfffb}, {0xe0000, 0xe007f},                   /* annotations, tags */
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (number >= ranges[i][0] && number <= ranges[i][1])
            return true;
    return false;
}

static void put_character(struct strbuf *out, const char *text, size_t len) {
    const uint32_t number = character(text, len);
    switch (number) {
    case '&':
        strbuf_puts(out, "&amp;");
        return;
    case '<':
        strbuf_puts(out, "&lt;");
        return;
    case '>':
        strbuf_puts(out, "&gt;");
        return;
    case '"':
        strbuf_puts(out, "&quot;");
        return;
    case '\'':
        strbuf_puts(out, "&#39;");
        return;
    default:
        break;
    }
    if (is_unseen(number))
        strbuf_printf(out, number < 0x100 ? "\\x%02x" : "\\u%04x", (unsigned)number);
    else
        strbuf_put(out, text, len);
}

void html_put(struct strbuf *out, const char *text, size_t len) {
    for (size_t i = 0; i < len;) {
        const size_t bytes = utf8_len(text + i, len - i);
        if (bytes > 0)
            put_character(out, text + i, bytes);
        else
            strbuf_printf(out, "\\x%02x", (unsigned char)text[i]);
        i += bytes > 0 ? bytes : 1;
    }
}

void html_puts(struct strbuf *out, const char *text) {
    html_put(out, text, strlen(text));
}

void html_put_lines(struct strbuf *out, const char *text, size_t len) {
    for (size_t i = 0; i < len;) {
        const char *end = memchr(text + i, '\n', len - i);
        const size_t line = end != NULL ? (size_t)(end - text) - i : len - i;
        html_put(out, text + i, line);
        if (end != NULL)
            strbuf_putc(out, '\n');
        i += line + 1;
    }
}

void html_put_isolated(struct strbuf *out, const char *text, size_t len) {
    strbuf_puts(out, "<bdi>");
    html_put(out, text, len);
    strbuf_puts(out, "</bdi>");
}

static bool is_unreserved(char c) {
    static const char others[] = "-._~/";
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr(others, c) != NULL);
}

void html_put_encoded(struct strbuf *out, const char *text, size_t len) {
    for (size_t i = 0; i < len; i++) {
        if (is_unreserved(text[i]))
            strbuf_putc(out, text[i]);
        else
            strbuf_printf(out, "%%%02X", (unsigned char)text[i]);
    }
}
