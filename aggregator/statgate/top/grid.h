/*
 * grid.h - a screen as rows of cells, and the bytes that change a terminal from one grid to the
 * next. Pure. Private to statgate/.
 *
 * Text is never put past the last column; a character of two columns that would cross it is left
 * out. After each character that is not ASCII the cursor is positioned again, because terminals
 * disagree about its width.
 */
#ifndef STATGATE_STATGATE_TOP_GRID_H
#define STATGATE_STATGATE_TOP_GRID_H

#include "base/columns.h"

enum grid_style {
    GRID_PLAIN,
    GRID_STRONG,
    GRID_FAINT,
    GRID_GOOD,
    GRID_WARNING,
    GRID_BAD,
    GRID_BAR /* reverse video: the lines at the top and the bottom */
};

enum { GRID_COLUMNS_MAX = 500, GRID_ROWS_MAX = 200 };

struct grid_cell {
    char bytes[COLUMNS_GLYPH_BYTES];
    unsigned char len; /* 0: a blank, or the second column of the cell before */
    bool second;
    unsigned char style;
};

/* Zeroed: no cells. */
struct grid {
    size_t columns;
    size_t rows;
    struct grid_cell *cells; /* row by row; from malloc */
};

/** Make a blank grid of this size, limited to the maxima. False: out of memory. */
bool grid_init(struct grid *grid, size_t columns, size_t rows);
void grid_done(struct grid *grid);

/** Put a text from `column` on. It is cut before `end` (and the grid's last column) and then
 * ends in "..". Returns the column after it. */
size_t grid_put(struct grid *grid, size_t row, size_t column, size_t end, enum grid_style style,
                const char *text, size_t len);
/** As grid_put, for a terminated text, up to the last column. */
size_t grid_puts(struct grid *grid, size_t row, size_t column, enum grid_style style,
                 const char *text);
/** Give the cells of a row a style, from `column` up to `end`. */
void grid_fill(struct grid *grid, size_t row, size_t column, size_t end, enum grid_style style);

/** Append the rows as text, including blanks at their ends: each row has all columns of the
 * grid. */
void grid_text(const struct grid *grid, struct strbuf *out);
/** Append the bytes that update a terminal that shows `before`; if `before` is NULL or of
 * another size, the terminal may show anything. */
void grid_write(const struct grid *grid, const struct grid *before, bool colours,
                struct strbuf *out);

#endif
