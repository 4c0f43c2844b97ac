#include "statgate/table.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/columns.h"
#include "base/terminal.h"

enum { KEPT = 10 /* least columns of a text that is cut */ };

void table_init(struct table *table, const char *align) {
    *table = (struct table){.align = align};
    strbuf_init(&table->text);
}

void table_done(struct table *table) {
    strbuf_done(&table->text);
}

/* End a cell with a newline, which no cell contains. */
static void end_cell(struct table *table) {
    strbuf_putc(&table->text, '\n');
    table->cells++;
}

void table_cell(struct table *table, const char *format, ...) {
    struct strbuf *text = &table->text;
    va_list args;
    va_start(args, format);
    const int need = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (need > 0 && strbuf_reserve(text, (size_t)need + 1)) {
        va_start(args, format);
        (void)vsnprintf(text->data + text->len, (size_t)need + 1, format, args);
        va_end(args);
        text->len += (size_t)need;
    }
    end_cell(table);
}

void table_text(struct table *table, const char *text, size_t len) {
    terminal_put_visible(&table->text, text, len);
    end_cell(table);
}

void table_heads(struct table *table, const char *const *heads) {
    const size_t columns = strlen(table->align);
    for (size_t i = 0; i < columns; i++)
        table_cell(table, "%s", heads[i]);
}

void table_bytes(struct table *table, uint64_t bytes) {
    terminal_put_bytes(&table->text, bytes);
    end_cell(table);
}

/* Length of the next cell; moves *at behind it. */
static size_t take_cell(const struct table *table, size_t *at) {
    const char *cell = table->text.data + *at;
    const char *end = memchr(cell, '\n', table->text.len - *at);
    const size_t len = end != NULL ? (size_t)(end - cell) : 0;
    *at += len + 1;
    return len;
}

/* Compute the width of each column; 0: the column is left out. */
static void measure(const struct table *table, size_t columns, size_t widths[TABLE_COLUMNS_MAX]) {
    bool needed[TABLE_COLUMNS_MAX] = {false};
    for (size_t i = 0, at = 0; i < table->cells; i++) {
        const char *cell = table->text.data + at;
        const size_t len = take_cell(table, &at);
        const size_t width = columns_of(cell, len);
        needed[i % columns] |= !table->spare || (i >= columns && (len != 1 || cell[0] != '-'));
        if (width > widths[i % columns])
            widths[i % columns] = width;
    }
    for (size_t i = 0; i < columns; i++)
        widths[i] = needed[i] ? widths[i] : 0;
}

/* The width of a row. */
static size_t width_of(const size_t *widths, size_t columns, size_t indent) {
    size_t sum = indent;
    bool first = true;
    for (size_t i = 0; i < columns; i++) {
        sum += widths[i] + (widths[i] > 0 && !first ? 2 : 0);
        first = first && widths[i] == 0;
    }
    return sum;
}

/* Whether the cell is a name: without blanks, except before it. */
static bool is_name(const char *cell, size_t len) {
    size_t from = 0;
    while (from < len && cell[from] == ' ')
        from++;
    return memchr(cell + from, ' ', len - from) == NULL;
}

/* Compute the width of the widest name or head in each column. */
static void measure_names(const struct table *table, size_t columns,
                          size_t names[TABLE_COLUMNS_MAX]) {
    for (size_t i = 0, at = 0; i < table->cells; i++) {
        const char *cell = table->text.data + at;
        const size_t len = take_cell(table, &at);
        const size_t width = is_name(cell, len) ? columns_of(cell, len) : 0;
        if (width > names[i % columns])
            names[i % columns] = width;
    }
}

static size_t least_of(const struct table *table, size_t column, size_t names, bool cuts_names) {
    const size_t kept = names > KEPT ? names : KEPT;
    if (table->align[column] == 'r')
        return SIZE_MAX;
    return cuts_names ? KEPT : kept;
}

/* Narrow the widest columns until the rows fit. False: they cannot. */
static bool shorten(const struct table *table, size_t columns, size_t width, bool cuts_names,
                    size_t widths[TABLE_COLUMNS_MAX], size_t indent) {
    size_t names[TABLE_COLUMNS_MAX] = {0};
    measure_names(table, columns, names);
    while (width_of(widths, columns, indent) > width) {
        size_t widest = columns;
        for (size_t i = 0; i < columns; i++)
            if (widths[i] > least_of(table, i, names[i], cuts_names) &&
                (widest == columns || widths[i] > widths[widest]))
                widest = i;
        if (widest == columns)
            return false;
        widths[widest]--;
    }
    return true;
}

/* Narrow columns of sentences first, then those of names, which distinguish rows. If the rows
 * still do not fit, leave them unchanged: cutting would not make them easier to read. */
static void fit(const struct table *table, size_t columns, size_t width,
                size_t widths[TABLE_COLUMNS_MAX], size_t indent) {
    size_t shorter[TABLE_COLUMNS_MAX];
    memcpy(shorter, widths, sizeof shorter);
    if (shorten(table, columns, width, false, shorter, indent) ||
        (!table->whole_names && shorten(table, columns, width, true, shorter, indent)))
        memcpy(widths, shorter, sizeof shorter);
}

/* Put at most the last `columns` columns of the text. */
static void put_end(struct strbuf *out, const char *text, size_t len, size_t columns) {
    size_t left = columns_of(text, len);
    size_t at = 0;
    while (at < len && left > columns) {
        const struct columns_glyph glyph = columns_next(text + at, len - at);
        left -= glyph.columns;
        at += glyph.len;
    }
    strbuf_put(out, text + at, len - at);
}

/* Put a cut cell: names lose their middle, because many begin alike; sentences lose their end. */
static void put_cut(struct strbuf *out, const char *cell, size_t len, size_t width) {
    const size_t kept = width - strlen("...");
    const size_t end = is_name(cell, len) ? kept / 2 : 0;
    terminal_put_cut(out, cell, len, kept - end);
    put_end(out, cell, len, end);
}

/* Put a cell, cut if necessary. Returns the columns used. */
static size_t put_cell(struct strbuf *out, const char *cell, size_t len, size_t width) {
    const size_t whole = columns_of(cell, len);
    const size_t before = out->len;
    if (whole <= width) {
        strbuf_put(out, cell, len);
        return whole;
    }
    put_cut(out, cell, len, width);
    return out->failed ? width : columns_of(out->data + before, out->len - before);
}

void table_write(struct table *table, struct strbuf *out, size_t indent, size_t width) {
    const size_t columns = strlen(table->align);
    size_t widths[TABLE_COLUMNS_MAX] = {0};
    if (table->text.failed) {
        out->failed = true;
        return;
    }
    measure(table, columns, widths);
    if (width > 0 && table->cells > 0)
        fit(table, columns, width, widths, indent);
    size_t blanks = 0; /* pending: written when text follows */
    bool first = true; /* the first cell of its row */
    for (size_t i = 0, at = 0; i < table->cells; i++) {
        const size_t column = i % columns;
        const char *cell = table->text.data + at;
        const size_t len = take_cell(table, &at);
        if (widths[column] > 0) {
            const size_t full = columns_of(cell, len);
            size_t pad = full < widths[column] ? widths[column] - full : 0;
            const bool right = table->align[column] == 'r';
            blanks += first ? indent : 2;
            blanks += right ? pad : 0;
            if (len > 0) {
                strbuf_printf(out, "%*s", (int)blanks, "");
                pad = widths[column] - put_cell(out, cell, len, widths[column]);
                blanks = 0;
            }
            blanks += right ? 0 : pad;
            first = false;
        }
        if (column + 1 == columns) {
            strbuf_putc(out, '\n');
            blanks = 0;
            first = true;
        }
    }
}
