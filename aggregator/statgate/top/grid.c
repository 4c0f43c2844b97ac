#include "statgate/top/grid.h"

#include <stdlib.h>

bool grid_init(struct grid *grid, size_t columns, size_t rows) {
    columns = columns < GRID_COLUMNS_MAX ? columns : GRID_COLUMNS_MAX;
    rows = rows < GRID_ROWS_MAX ? rows : GRID_ROWS_MAX;
    struct grid_cell *cells = calloc(columns * rows + 1, sizeof *cells);
    if (cells == NULL)
        return false;
    *grid = (struct grid){.columns = columns, .rows = rows, .cells = cells};
    return true;
}

void grid_done(struct grid *grid) {
    free(grid->cells);
    *grid = (struct grid){.columns = 0};
}

/* ---- putting ---- */

static struct grid_cell *at(const struct grid *grid, size_t row, size_t column) {
    return &grid->cells[row * grid->columns + column];
}

/* Prepare a cell to be overwritten: if it is half of a wide character, the other half becomes a
 * blank. */
static void part(struct grid *grid, size_t row, size_t column) {
    struct grid_cell *cell = at(grid, row, column);
    if (cell->second)
        cell[-1].len = 0;
    if (column + 1 < grid->columns)
        cell[1].second = false;
}

static void set(struct grid *grid, size_t row, size_t column, enum grid_style style,
                const char *bytes, size_t len) {
    struct grid_cell *cell = at(grid, row, column);
    part(grid, row, column);
    *cell = (struct grid_cell){.len = (unsigned char)len, .style = (unsigned char)style};
    memcpy(cell->bytes, bytes, len);
}

static void put_escape(struct grid *grid, size_t row, size_t column, enum grid_style style,
                       const char *text) {
    struct strbuf spelled = {0};
    columns_put(&spelled, text, (struct columns_glyph){.escaped = true});
    for (size_t i = 0; i < spelled.len; i++)
        set(grid, row, column + i, style, spelled.data + i, 1);
    strbuf_done(&spelled);
}

static void put_glyph(struct grid *grid, size_t row, size_t column, enum grid_style style,
                      const char *text, struct columns_glyph glyph) {
    if (glyph.escaped) {
        put_escape(grid, row, column, style, text);
        return;
    }
    set(grid, row, column, style, text, glyph.shown);
    if (glyph.columns < 2)
        return;
    part(grid, row, column + 1);
    *at(grid, row, column + 1) = (struct grid_cell){.second = true, .style = (unsigned char)style};
}

/* The number of bytes of a text that fit into `columns`. */
static size_t fitting(const char *text, size_t len, size_t columns) {
    size_t used = 0;
    size_t bytes = 0;
    while (bytes < len) {
        const struct columns_glyph glyph = columns_next(text + bytes, len - bytes);
        if (used + glyph.columns > columns)
            break;
        used += glyph.columns;
        bytes += glyph.len;
    }
    return bytes;
}

static size_t put_whole(struct grid *grid, size_t row, size_t column, enum grid_style style,
                        const char *text, size_t len) {
    struct columns_glyph glyph;
    for (size_t i = 0; i < len; i += glyph.len) {
        glyph = columns_next(text + i, len - i);
        put_glyph(grid, row, column, style, text + i, glyph);
        column += glyph.columns;
    }
    return column;
}

size_t grid_put(struct grid *grid, size_t row, size_t column, size_t end, enum grid_style style,
                const char *text, size_t len) {
    enum { CUT = 2, WORTH_A_CUT = 5 };
    end = end < grid->columns ? end : grid->columns;
    if (row >= grid->rows || column >= end)
        return column;
    const size_t room = end - column;
    size_t bytes = fitting(text, len, room);
    if (bytes == len || room < WORTH_A_CUT)
        return put_whole(grid, row, column, style, text, bytes);
    bytes = fitting(text, len, room - CUT);
    column = put_whole(grid, row, column, style, text, bytes);
    return put_whole(grid, row, column, style, "..", CUT);
}

size_t grid_puts(struct grid *grid, size_t row, size_t column, enum grid_style style,
                 const char *text) {
    return grid_put(grid, row, column, grid->columns, style, text, strlen(text));
}

void grid_fill(struct grid *grid, size_t row, size_t column, size_t end, enum grid_style style) {
    end = end < grid->columns ? end : grid->columns;
    for (; row < grid->rows && column < end; column++)
        at(grid, row, column)->style = (unsigned char)style;
}

/* ---- writing ---- */

static void put_cell(struct strbuf *out, const struct grid_cell *cell) {
    if (cell->len > 0)
        strbuf_put(out, cell->bytes, cell->len);
    else if (!cell->second)
        strbuf_putc(out, ' ');
}

void grid_text(const struct grid *grid, struct strbuf *out) {
    for (size_t row = 0; row < grid->rows; row++) {
        for (size_t column = 0; column < grid->columns; column++)
            put_cell(out, at(grid, row, column));
        strbuf_putc(out, '\n');
    }
}

/* Set the style (ECMA-48, 8.3.117, SGR), always starting from the default. */
static void put_style(struct strbuf *out, unsigned style, bool colours) {
    static const char *const plain[] = {"0", "0;1", "0;2", "0", "0;1", "0;1", "0;7"};
    static const char *const coloured[] = {"0", "0;1", "0;2", "0;32", "0;33", "0;1;31", "0;7"};
    strbuf_printf(out, "\033[%sm", (colours ? coloured : plain)[style]);
}

static bool same_row(const struct grid *a, const struct grid *b, size_t row) {
    return memcmp(at(a, row, 0), at(b, row, 0), a->columns * sizeof *a->cells) == 0;
}

static bool is_ascii(const struct grid_cell *cell) {
    return cell->len == 0 || (cell->len == 1 && (unsigned char)cell->bytes[0] < 0x80);
}

/* Write a row, including the last column: the caller has turned off automatic wrapping in the
 * terminal. */
static void write_row(const struct grid *grid, size_t row, bool colours, struct strbuf *out) {
    unsigned style = GRID_PLAIN;
    bool lost = false; /* the cursor's position is uncertain */
    strbuf_printf(out, "\033[%zu;1H\033[0m", row + 1);
    for (size_t column = 0; column < grid->columns; column++) {
        const struct grid_cell *cell = at(grid, row, column);
        if (cell->second)
            continue;
        if (lost)
            strbuf_printf(out, "\033[%zuG", column + 1);
        if (cell->style != style)
            put_style(out, cell->style, colours);
        style = cell->style;
        put_cell(out, cell);
        lost = !is_ascii(cell);
    }
}

void grid_write(const struct grid *grid, const struct grid *before, bool colours,
                struct strbuf *out) {
    const bool known =
        before != NULL && before->columns == grid->columns && before->rows == grid->rows;
    if (!known)
        strbuf_puts(out, "\033[0m\033[2J");
    for (size_t row = 0; row < grid->rows; row++)
        if (!known || !same_row(grid, before, row))
            write_row(grid, row, colours, out);
    strbuf_puts(out, "\033[0m");
}
