/*
 * grid.h - a screen as lines of cells, and the bytes that bring a terminal from one to the next. Pure. Private to
 * statgate/.
 *
 * No cell lies beyond the last column, whatever is put; a character of two columns that would is left out. Behind
 * what is not ASCII the cursor is set again, because terminals disagree about how wide it is.
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
    GRID_BAR /* reverse: the lines at the top and the bottom */
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

/** Make it so large, all blank; beyond the maxima it is as large as they are. False: out of memory. */
bool grid_init(struct grid *grid, size_t columns, size_t rows);
void grid_done(struct grid *grid);

/** Put a text from `column` on, cut before `end` (and the grid's last column), ending in ".." then. Returns the column
 * behind it. */
size_t grid_put(struct grid *grid, size_t row, size_t column, size_t end, enum grid_style style,
                const char *text, size_t len);
/** The same of a terminated text, up to the last column. */
size_t grid_puts(struct grid *grid, size_t row, size_t column, enum grid_style style,
                 const char *text);
/** Give the cells of a row a style, from `column` up to `end`. */
void grid_fill(struct grid *grid, size_t row, size_t column, size_t end, enum grid_style style);

/** The rows as text, blanks at their ends included: each has the columns of the grid. */
void grid_text(const struct grid *grid, struct strbuf *out);
/** Bytes for a terminal that shows `before`; NULL, or one of another size: anything. */
void grid_write(const struct grid *grid, const struct grid *before, bool colours,
                struct strbuf *out);

#endif
