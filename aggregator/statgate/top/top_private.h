/* SPDX-License-Identifier: MIT */
/* top_private.h - what the modules of this folder and their tests share. Private. */
#ifndef STATGATE_STATGATE_TOP_TOP_PRIVATE_H
#define STATGATE_STATGATE_TOP_TOP_PRIVATE_H

#include "base/terminal.h"
#include "statgate/top/top.h"
#include "json/json.h"

/* ---- data ----
 * the data that `statgate top` shows: the daemon's latest views, those before, and
 * trouble. Pure. Private to statgate/.
 */

enum top_view { TOP_STATUS, TOP_SENDERS, TOP_REJECTIONS, TOP_BREAKERS, TOP_VIEW_COUNT };

enum { TOP_CURVE_MAX = 512 };

struct top_data {
    const char *place;                   /**< the daemon's address */
    const char *trouble;                 /**< why there are no newer data; NULL: no trouble */
    int64_t trouble_ms;                  /**< how long the trouble has lasted */
    const char *news;                    /**< the daemon's last restart or change; NULL: none */
    const json_t *views[TOP_VIEW_COUNT]; /**< NULL: unknown */
    const json_t *before[TOP_VIEW_COUNT];
    int64_t now_ms;              /**< the daemon's time */
    int64_t between_ms;          /**< time from `before` to `views`; 0: no `before` */
    double curve[TOP_CURVE_MAX]; /**< samples a second, oldest first; negative: unknown */
    size_t curve_count;
    bool unicode; /**< the terminal can show more than ASCII */
};

/** Increase of a count per second between two objects; negative: unknown. */
double top_data_rate(const struct top_data *data, const json_t *now, const json_t *before,
                     const char *key);
/** The item of a list that equals `item` in the members `keys` (ended by NULL); NULL: there is
 * none. */
const json_t *top_data_match(const json_t *list, const json_t *item, const char *const *keys);

/* ---- grid ----
 * a screen as rows of cells, and the bytes that change a terminal from one grid to the
 * next. Pure. Private to statgate/.
 *
 * Text is never put past the last column; a character of two columns that would cross it is left
 * out. After each character that is not ASCII the cursor is positioned again, because terminals
 * disagree about its width.
 */

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
bool top_grid_init(struct grid *grid, size_t columns, size_t rows);
void top_grid_done(struct grid *grid);
/** As grid_put, for a terminated text, up to the last column. */
size_t top_grid_puts(struct grid *grid, size_t row, size_t column, enum grid_style style,
                     const char *text);
/** Give the cells of a row a style, from `column` up to `end`. */
void top_grid_fill(struct grid *grid, size_t row, size_t column, size_t end, enum grid_style style);

/** Append the rows as text, including blanks at their ends: each row has all columns of the
 * grid. */
void top_grid_text(const struct grid *grid, struct strbuf *out);
/** Append the bytes that update a terminal that shows `before`; if `before` is NULL or of
 * another size, the terminal may show anything. */
void top_grid_write(const struct grid *grid, const struct grid *before, bool colours,
                    struct strbuf *out);

/* ---- frame ----
 * draws a screen of `statgate top` from its data. Pure: the same data give the same
 * cells. Private to statgate/.
 */

/** Draw into a blank grid of any size; if not everything fits, the least important parts are
 * left out first. */
void top_frame_draw(const struct top_data *data, struct grid *grid);

/* ---- section ----
 * a part of the screen: a heading, and a table that is cut to the available room. Pure.
 * Private to statgate/.
 */

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
void top_section_done(struct section *section);

/** Rows that the section needs: heading, heads, rows; 0: it has no rows and is left out. */
size_t top_section_wants(const struct section *section);
/** Draw into rows [row, row + room). */
void top_section_draw(const struct section *section, struct grid *grid, size_t row, size_t room);

/* ---- rows: the tables of `statgate top`, each from one view. Pure. ---- */

/** What needs attention, in the daemon's words. */
void top_rows_problems(const struct top_data *data, struct section *section);
/** How many more items need attention than the daemon lists. */
size_t top_rows_problems_left_out(const struct top_data *data);
/** Rejections by family, label and reason, the fastest rising first. */
void top_rows_refused(const struct top_data *data, struct section *section);
/** Senders, the most active first. */
void top_rows_senders(const struct top_data *data, struct section *section);
/** Circuit breakers, those that are not closed first; only these unless `closed`. */
void top_rows_breakers(const struct top_data *data, bool closed, struct section *section);
/** How many breakers there are, and how many of them are not closed. */
size_t top_rows_count_breakers(const struct top_data *data, size_t *ret_open);

#endif
