/*
 * section.h - a part of the screen: a heading, and a table that is cut to the available room. Pure.
 * Private to statgate/.
 */
#ifndef STATGATE_STATGATE_TOP_SECTION_H
#define STATGATE_STATGATE_TOP_SECTION_H

#include "statgate/top/grid.h"

enum { SECTION_COLUMNS_MAX = 10, SECTION_ROWS_MAX = 256 };

struct section_row {
    size_t starts[SECTION_COLUMNS_MAX + 1]; /* starts of the cells in `text` */
    enum grid_style style;
};

struct section {
    const char *title;
    const char *align;        /* a letter for each column: 'l', 'r'; 'w': left, and shrinks
                               * first; 'x' may vanish */
    const char *const *heads; /* NULL: none */
    size_t count;             /* of all items; `rows` may be less */
    size_t rows;
    size_t cells; /* of the current row */
    struct section_row items[SECTION_ROWS_MAX];
    struct strbuf text;
};

void section_init(struct section *section, const char *title, const char *align,
                  const char *const *heads);
void section_done(struct section *section);
/** Begin a row; false: there are enough rows. Then append each cell's text to `text`, and end
 * it. */
bool section_begin_row(struct section *section, enum grid_style style);
void section_end_cell(struct section *section);
/** Add a whole cell. */
void section_cell(struct section *section, const char *text);

/** Rows that the section needs: heading, heads, rows; 0: it has no rows and is left out. */
size_t section_wants(const struct section *section);
/** Draw into rows [row, row + room). */
void section_draw(const struct section *section, struct grid *grid, size_t row, size_t room);

#endif
