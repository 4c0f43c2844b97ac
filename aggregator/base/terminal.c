#include "base/terminal.h"

#include "base/num.h"
#include "base/utf8.h"

enum {
    LINE_COLUMNS = 76, /* most of a line that is shown beside its caret */
    LEAD_COLUMNS = 50  /* of a long one, most of what comes before the caret */
};

/* Bytes of the next character, and how many columns it takes here. */
struct glyph {
    size_t len;
    size_t columns;
};

static struct glyph next_glyph(const char *text, size_t len) {
    const unsigned char *at = (const unsigned char *)text;
    const size_t bytes = utf8_len(text, len);
    const bool control = bytes == 1 && (at[0] < 0x20 || at[0] == 0x7f);
    const bool control_c1 = bytes == 2 && at[0] == 0xc2 && at[1] < 0xa0;
    if (bytes == 0 || control || control_c1)
        return (struct glyph){.len = 1, .columns = 4};
    return (struct glyph){.len = bytes, .columns = 1};
}

static void put_glyph(struct strbuf *out, const char *text, struct glyph glyph) {
    if (glyph.columns == 1)
        strbuf_put(out, text, glyph.len);
    else
        strbuf_printf(out, "\\x%02x", (unsigned char)text[0]);
}

void terminal_put_visible(struct strbuf *out, const char *text, size_t len) {
    struct glyph glyph;
    for (size_t at = 0; at < len; at += glyph.len) {
        glyph = next_glyph(text + at, len - at);
        put_glyph(out, text + at, glyph);
    }
}

void terminal_put_cut(struct strbuf *out, const char *text, size_t len, size_t columns) {
    struct glyph glyph;
    for (size_t at = 0, used = 0; at < len; at += glyph.len, used += glyph.columns) {
        glyph = next_glyph(text + at, len - at);
        if (used + glyph.columns > columns) {
            strbuf_puts(out, "...");
            return;
        }
        put_glyph(out, text + at, glyph);
    }
}

static size_t columns_between(const char *line, size_t len, size_t from, size_t to) {
    size_t columns = 0;
    while (from < to) {
        const struct glyph glyph = next_glyph(line + from, len - from);
        columns += glyph.columns;
        from += glyph.len;
    }
    return columns;
}

static void put_blanks(struct strbuf *out, size_t count) {
    while (count-- > 0)
        strbuf_putc(out, ' ');
}

void terminal_put_caret(struct strbuf *out, size_t indent, const char *line, size_t len,
                        size_t offset) {
    if (offset > len)
        offset = len;
    size_t start = 0;
    size_t lead = columns_between(line, len, 0, offset);
    if (columns_between(line, len, 0, len) > LINE_COLUMNS)
        while (lead > LEAD_COLUMNS) {
            const struct glyph glyph = next_glyph(line + start, len - start);
            start += glyph.len;
            lead -= glyph.columns < lead ? glyph.columns : lead;
        }
    put_blanks(out, indent);
    if (start > 0)
        strbuf_puts(out, "...");
    size_t columns = 0;
    size_t at = start;
    while (at < len && columns < LINE_COLUMNS) {
        const struct glyph glyph = next_glyph(line + at, len - at);
        put_glyph(out, line + at, glyph);
        columns += glyph.columns;
        at += glyph.len;
    }
    strbuf_puts(out, at < len ? "...\n" : "\n");
    put_blanks(out, indent + lead + (start > 0 ? 3 : 0));
    strbuf_puts(out, "^\n");
}

void terminal_put_bytes(struct strbuf *out, uint64_t bytes) {
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
    if (bytes < 1024) {
        strbuf_printf(out, "%u B", (unsigned)bytes);
        return;
    }
    double value = (double)bytes / 1024;
    size_t unit = 0;
    while (value >= 1023.95 && unit + 1 < sizeof units / sizeof *units) {
        value /= 1024;
        unit++;
    }
    strbuf_printf(out, "%.1f %s", value, units[unit]);
}

void terminal_put_number(struct strbuf *out, double value) {
    if (strbuf_reserve(out, NUM_TEXT_MAX))
        out->len += num_put_go(out->data + out->len, value);
}
