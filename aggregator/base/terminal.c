#include "base/terminal.h"

#include "base/columns.h"
#include "base/num.h"

enum {
    LINE_COLUMNS = 76, /* most columns of a line that are shown above its caret */
    LEAD_COLUMNS = 50  /* of a long line, most columns before the caret */
};

void terminal_put_visible(struct strbuf *out, const char *text, size_t len) {
    struct columns_glyph glyph;
    for (size_t at = 0; at < len; at += glyph.len) {
        glyph = columns_next(text + at, len - at);
        columns_put(out, text + at, glyph);
    }
}

void terminal_put_cut(struct strbuf *out, const char *text, size_t len, size_t columns) {
    struct columns_glyph glyph;
    for (size_t at = 0, used = 0; at < len; at += glyph.len, used += glyph.columns) {
        glyph = columns_next(text + at, len - at);
        if (used + glyph.columns > columns) {
            strbuf_puts(out, "...");
            return;
        }
        columns_put(out, text + at, glyph);
    }
}

static size_t columns_between(const char *line, size_t len, size_t from, size_t to) {
    size_t columns = 0;
    while (from < to) {
        const struct columns_glyph glyph = columns_next(line + from, len - from);
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
            const struct columns_glyph glyph = columns_next(line + start, len - start);
            start += glyph.len;
            lead -= glyph.columns < lead ? glyph.columns : lead;
        }
    put_blanks(out, indent);
    if (start > 0)
        strbuf_puts(out, "...");
    size_t columns = 0;
    size_t at = start;
    while (at < len && columns < LINE_COLUMNS) {
        const struct columns_glyph glyph = columns_next(line + at, len - at);
        columns_put(out, line + at, glyph);
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
