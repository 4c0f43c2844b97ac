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
    bool spare;       /**< leave out columns with only "-" below the head */
    bool whole_names; /**< never cut names, whatever the terminal's width */
};

/** Start a table. Cells are added row by row; a row has as many cells as `align` has letters
 * (borrowed, static). */
void table_init(struct table *table, const char *align);
void table_done(struct table *table);
void table_cell(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** Add a cell of untrusted bytes, shown so that they cannot move the cursor
 * (terminal_put_visible). */
void table_text(struct table *table, const char *text, size_t len);
/** Add a row of plain texts, one for each column. */
void table_heads(struct table *table, const char *const *heads);
/** Add a cell with a number of bytes in readable units. */
void table_bytes(struct table *table, uint64_t bytes);
/** Append all rows, with two blanks between columns and none at the end of a line. If they do
 * not fit into `width` columns of a terminal (0: no terminal), texts in the widest left-aligned
 * columns are cut: "..." replaces the middle of names, and the end of other texts. */
void table_write(struct table *table, struct strbuf *out, size_t indent, size_t width);

#endif
