/*
 * table.h - aligned columns for people. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_TABLE_H
#define STATGATE_STATGATE_TABLE_H

#include "base/strbuf.h"

enum { TABLE_COLUMNS_MAX = 12 };

struct table {
    const char *align; /**< a letter for each column: 'l' or 'r' */
    struct strbuf text;
    size_t cells;
    bool spare; /**< leave out columns of which each cell below the head is "-" */
};

/** Cells are added row by row, in each as many as `align` has letters (borrowed, static). */
void table_init(struct table *table, const char *align);
void table_done(struct table *table);
void table_cell(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** A cell of bytes from outside, so that they move no cursor (terminal_put_visible). */
void table_text(struct table *table, const char *text, size_t len);
/** A row of plain texts, one for each column. */
void table_heads(struct table *table, const char *const *heads);
/** A cell of bytes for people. */
void table_bytes(struct table *table, uint64_t bytes);
/** Append all rows, two blanks between columns, none at a line's end. */
void table_write(struct table *table, struct strbuf *out, size_t indent);

#endif
