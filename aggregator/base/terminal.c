/* SPDX-License-Identifier: MIT */
/* terminal.c - what a terminal shows of a text: its columns, and no control characters. */
#include "base/terminal.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/num.h"
#include "base/utf8.h"

/* ---- columns: how many columns a text takes on a terminal. ---- */

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

struct columns_glyph terminal_columns_next(const char *text, size_t len) {
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

void terminal_columns_put(struct strbuf *out, const char *text, struct columns_glyph glyph) {
    if (glyph.escaped)
        strbuf_printf(out, "\\x%02x", (unsigned char)text[0]);
    else
        strbuf_put(out, text, glyph.shown);
}

size_t terminal_columns_of(const char *text, size_t len) {
    size_t columns = 0;
    struct columns_glyph glyph;
    for (size_t at = 0; at < len; at += glyph.len) {
        glyph = terminal_columns_next(text + at, len - at);
        columns += glyph.columns;
    }
    return columns;
}

/* ---- terminal ---- */

enum {
    LINE_COLUMNS = 76, /* most columns of a line that are shown above its caret */
    LEAD_COLUMNS = 50  /* of a long line, most columns before the caret */
};

void terminal_put_visible(struct strbuf *out, const char *text, size_t len) {
    struct columns_glyph glyph;
    for (size_t at = 0; at < len; at += glyph.len) {
        glyph = terminal_columns_next(text + at, len - at);
        terminal_columns_put(out, text + at, glyph);
    }
}

void terminal_put_cut(struct strbuf *out, const char *text, size_t len, size_t columns) {
    struct columns_glyph glyph;
    for (size_t at = 0, used = 0; at < len; at += glyph.len, used += glyph.columns) {
        glyph = terminal_columns_next(text + at, len - at);
        if (used + glyph.columns > columns) {
            strbuf_puts(out, "...");
            return;
        }
        terminal_columns_put(out, text + at, glyph);
    }
}

static size_t columns_between(const char *line, size_t len, size_t from, size_t to) {
    size_t columns = 0;
    while (from < to) {
        const struct columns_glyph glyph = terminal_columns_next(line + from, len - from);
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
            const struct columns_glyph glyph = terminal_columns_next(line + start, len - start);
            start += glyph.len;
            lead -= glyph.columns < lead ? glyph.columns : lead;
        }
    put_blanks(out, indent);
    if (start > 0)
        strbuf_puts(out, "...");
    size_t columns = 0;
    size_t at = start;
    while (at < len && columns < LINE_COLUMNS) {
        const struct columns_glyph glyph = terminal_columns_next(line + at, len - at);
        terminal_columns_put(out, line + at, glyph);
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

const char *terminal_duration(char out[TERMINAL_DURATION_MAX], int64_t ms) {
    static const struct {
        int64_t seconds;
        const char *name;
    } units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
    enum { UNITS = sizeof units / sizeof *units };
    const int64_t seconds = ms > 0 ? ms / 1000 : 0;
    size_t at = 0;
    while (at + 1 < UNITS && seconds < units[at].seconds)
        at++;
    const int64_t rest = seconds % units[at].seconds;
    if (ms > 0 && ms < 95)
        (void)snprintf(out, TERMINAL_DURATION_MAX, "%.3f s", (double)ms / 1000);
    else if (ms > 0 && ms < 9950)
        (void)snprintf(out, TERMINAL_DURATION_MAX, "%g s", round((double)ms / 100) / 10);
    else if (at + 1 < UNITS && rest >= units[at + 1].seconds)
        (void)snprintf(out, TERMINAL_DURATION_MAX, "%" PRId64 " %s %" PRId64 " %s",
                       seconds / units[at].seconds, units[at].name, rest / units[at + 1].seconds,
                       units[at + 1].name);
    else
        (void)snprintf(out, TERMINAL_DURATION_MAX, "%" PRId64 " %s", seconds / units[at].seconds,
                       units[at].name);
    return out;
}

void terminal_put_number(struct strbuf *out, double value) {
    if (strbuf_reserve(out, NUM_TEXT_MAX))
        out->len += num_put_go(out->data + out->len, value);
}
