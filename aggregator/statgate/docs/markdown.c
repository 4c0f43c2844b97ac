#include "statgate/docs/markdown.h"

#include <ctype.h>
#include <string.h>

#include "base/num.h"
#include "base/terminal.h"

void docs_put_heading(struct strbuf *out, int level, const char *text) {
    strbuf_putc(out, '\n');
    for (int i = 0; i < level; i++)
        strbuf_putc(out, '#');
    strbuf_printf(out, " %s\n\n", text);
}

/* ---- prose ---- */

static bool is_word(char c) {
    return isalnum((unsigned char)c) || (unsigned char)c >= 0x80 || c == '_';
}

/* An underscore inside a word is not emphasis in Markdown, so names of metrics need no escapes. */
static bool is_inside_word(const char *text, size_t at) {
    return at > 0 && is_word(text[at - 1]) && text[at + 1] && is_word(text[at + 1]);
}

void docs_put_prose(struct strbuf *out, const char *text) {
    for (size_t i = 0; text[i]; i++) {
        const char c = text[i];
        if ((unsigned char)c < 0x20 || c == 0x7f) {
            strbuf_putc(out, ' ');
            continue;
        }
        if (strchr("\\`*[]<>|~$&#", c) != NULL || (c == '_' && !is_inside_word(text, i)))
            strbuf_putc(out, '\\');
        strbuf_putc(out, c);
    }
}

/* ---- code ---- */

/* Whether the text can be put between backticks. A bar is possible, since a backslash before it
 * keeps it from ending the cell, but not a bar that already follows a backslash. */
static bool fits_backticks(const char *text, size_t len) {
    if (len == 0 || text[0] == ' ' || text[len - 1] == ' ')
        return false;
    for (size_t i = 0; i < len; i++) {
        const char c = text[i];
        if ((unsigned char)c < 0x20 || c == 0x7f || c == '`' || (c == '\\' && text[i + 1] == '|'))
            return false;
    }
    return true;
}

/* Write text in <code>, where Markdown is still active, so every special character becomes a
 * reference. */
static void put_references(struct strbuf *out, const char *text) {
    strbuf_puts(out, "<code>");
    for (; *text; text++) {
        const unsigned char c = (unsigned char)*text;
        if (c < 0x20 || c == 0x7f)
            strbuf_printf(out, "&#92;x%02x", c);
        else if (isalnum(c) || c >= 0x80)
            strbuf_putc(out, *text);
        else
            strbuf_printf(out, "&#%u;", c);
    }
    strbuf_puts(out, "</code>");
}

void docs_put_code(struct strbuf *out, const char *text) {
    if (!fits_backticks(text, strlen(text))) {
        put_references(out, text);
        return;
    }
    strbuf_putc(out, '`');
    for (; *text; text++) {
        if (*text == '|')
            strbuf_putc(out, '\\');
        strbuf_putc(out, *text);
    }
    strbuf_putc(out, '`');
}

void docs_put_codes(struct strbuf *out, const char *const *texts, size_t count) {
    for (size_t i = 0; i < count; i++) {
        strbuf_puts(out, i == 0 ? "" : ", ");
        docs_put_code(out, texts[i]);
    }
}

/* ---- numbers ---- */

void docs_put_count(struct strbuf *out, uint64_t count) {
    char digits[NUM_TEXT_MAX];
    if (count == UINT64_MAX) {
        strbuf_puts(out, "2^64 or more");
        return;
    }
    const size_t len = num_put_u64(digits, count);
    for (size_t i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            strbuf_putc(out, ',');
        strbuf_putc(out, digits[i]);
    }
}

void docs_put_seconds(struct strbuf *out, int64_t time_ms) {
    terminal_put_number(out, (double)time_ms / 1000);
    strbuf_puts(out, " s");
}
