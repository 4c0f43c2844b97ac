/* columns.c - how many columns a text takes on a terminal. */
#include "base/columns.h"

#include "base/utf8.h"

static uint32_t decode(const char *text, size_t bytes) {
    const unsigned char *at = (const unsigned char *)text;
    if (bytes == 1)
        return at[0];
    uint32_t code = at[0] & (0x7fu >> bytes);
    for (size_t i = 1; i < bytes; i++)
        code = code << 6 | (at[i] & 0x3f);
    return code;
}

/* Find the table row of a character. NULL: the character takes one column. */
static const struct columns_range *find(uint32_t code) {
    size_t low = 0;
    size_t high = columns_table_count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        const struct columns_range *range = &columns_table[middle];
        if (code < range->first)
            high = middle;
        else if (code > range->last)
            low = middle + 1;
        else
            return range;
    }
    return NULL;
}

/* Length in bytes of the combining mark at the start of a text; 0 if there is none. */
static size_t mark_len(const char *text, size_t len) {
    const size_t bytes = utf8_len(text, len);
    if (bytes < 2)
        return 0;
    const struct columns_range *range = find(decode(text, bytes));
    return range != NULL && range->kind == COLUMNS_NONE ? bytes : 0;
}

static struct columns_glyph escape_one(void) {
    return (struct columns_glyph){.len = 1, .shown = 1, .columns = COLUMNS_ESCAPE, .escaped = true};
}

struct columns_glyph columns_next(const char *text, size_t len) {
    const size_t bytes = utf8_len(text, len);
    const unsigned char first = (unsigned char)text[0];
    if (bytes == 0 || (bytes == 1 && (first < 0x20 || first == 0x7f)))
        return escape_one();
    struct columns_glyph glyph = {.len = bytes, .shown = bytes, .columns = 1};
    if (bytes > 1) {
        const uint32_t code = decode(text, bytes);
        const struct columns_range *range = find(code);
        /* A combining mark without a base character is escaped. */
        if (code < 0xa0 || (range != NULL && range->kind != COLUMNS_TWO))
            return escape_one();
        if (range != NULL)
            glyph.columns = 2;
    }
    for (size_t mark; (mark = mark_len(text + glyph.len, len - glyph.len)) > 0; glyph.len += mark)
        if (glyph.shown == glyph.len && glyph.shown + mark <= COLUMNS_GLYPH_BYTES)
            glyph.shown += mark;
    return glyph;
}

void columns_put(struct strbuf *out, const char *text, struct columns_glyph glyph) {
    if (glyph.escaped)
        strbuf_printf(out, "\\x%02x", (unsigned char)text[0]);
    else
        strbuf_put(out, text, glyph.shown);
}

size_t columns_of(const char *text, size_t len) {
    size_t columns = 0;
    struct columns_glyph glyph;
    for (size_t at = 0; at < len; at += glyph.len) {
        glyph = columns_next(text + at, len - at);
        columns += glyph.columns;
    }
    return columns;
}
