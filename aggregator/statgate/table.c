#include "statgate/table.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/columns.h"
#include "base/terminal.h"

void table_init(struct table *table, const char *align) {
    *table = (struct table){.align = align};
    strbuf_init(&table->text);
}

void table_done(struct table *table) {
    strbuf_done(&table->text);
}

/* A newline ends each cell: no cell holds one. */
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

/* The next cell's length; *at goes behind it. */
static size_t take_cell(const struct table *table, size_t *at) {
    const char *cell = table->text.data + *at;
    const char *end = memchr(cell, '\n', table->text.len - *at);
    const size_t len = end != NULL ? (size_t)(end - cell) : 0;
    *at += len + 1;
    return len;
}

/* The width of each column; 0 for those that are left out. */
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

void table_write(struct table *table, struct strbuf *out, size_t indent) {
    const size_t columns = strlen(table->align);
    size_t widths[TABLE_COLUMNS_MAX] = {0};
    if (table->text.failed) {
        out->failed = true;
        return;
    }
    measure(table, columns, widths);
    size_t blanks = 0; /* owed: written when something follows */
    bool first = true; /* of its row */
    for (size_t i = 0, at = 0; i < table->cells; i++) {
        const size_t column = i % columns;
        const char *cell = table->text.data + at;
        const size_t len = take_cell(table, &at);
        if (widths[column] > 0) {
            const size_t pad = widths[column] - columns_of(cell, len);
            const bool right = table->align[column] == 'r';
            blanks += first ? indent : 2;
            blanks += right ? pad : 0;
            if (len > 0) {
                strbuf_printf(out, "%*s", (int)blanks, "");
                strbuf_put(out, cell, len);
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
