#include "statgate/top/section.h"

#include <stdio.h>

void section_init(struct section *section, const char *title, const char *align,
                  const char *const *heads) {
    section->title = title;
    section->align = align;
    section->heads = heads;
    section->count = 0;
    section->rows = 0;
    section->cells = 0;
    strbuf_init(&section->text);
}

void section_done(struct section *section) {
    strbuf_done(&section->text);
}

bool section_begin_row(struct section *section, enum grid_style style) {
    section->count++;
    if (section->rows == SECTION_ROWS_MAX)
        return false;
    struct section_row *row = &section->items[section->rows++];
    row->style = style;
    row->starts[0] = section->text.len;
    section->cells = 0;
    return true;
}

void section_end_cell(struct section *section) {
    section->items[section->rows - 1].starts[++section->cells] = section->text.len;
}

void section_cell(struct section *section, const char *text) {
    strbuf_puts(&section->text, text);
    section_end_cell(section);
}

/* ---- measures ---- */

static size_t column_count(const struct section *section) {
    return strlen(section->align);
}

static size_t cell_len(const struct section_row *row, size_t column) {
    return row->starts[column + 1] - row->starts[column];
}

static const char *cell_text(const struct section *section, const struct section_row *row,
                             size_t column) {
    return section->text.data + row->starts[column];
}

static bool has_rows(const struct section *section) {
    return section->rows > 0 && !section->text.failed;
}

static size_t heading_rows(const struct section *section) {
    return section->heads != NULL ? 2 : 1;
}

size_t section_wants(const struct section *section) {
    return has_rows(section) ? heading_rows(section) + section->rows : 0;
}

/* Compute the width that each column needs for the first `rows` rows. */
static void measure(const struct section *section, size_t rows, size_t *widths) {
    for (size_t i = 0; i < column_count(section); i++) {
        widths[i] = section->heads != NULL ? strlen(section->heads[i]) : 0;
        for (size_t r = 0; r < rows; r++) {
            const struct section_row *row = &section->items[r];
            const size_t width = columns_of(cell_text(section, row, i), cell_len(row, i));
            widths[i] = width > widths[i] ? width : widths[i];
        }
    }
}

static size_t sum(const size_t *widths, size_t count) {
    size_t all = 0;
    for (size_t i = 0; i < count; i++)
        all += widths[i] > 0 ? widths[i] + (all > 0 ? 2 : 0) : 0;
    return all;
}

/* The widest column whose letter is in `letters`, or `count` if none. */
static size_t widest(const struct section *section, const size_t *widths, const char *letters) {
    const size_t count = column_count(section);
    size_t found = count;
    for (size_t i = 0; i < count; i++)
        if (strchr(letters, section->align[i]) != NULL &&
            (found == count || widths[i] > widths[found]))
            found = i;
    return found;
}

/* Shrink the optional column ('x') to what the others leave, or leave it out. */
static void fit_luxury(const struct section *section, size_t columns, size_t *widths) {
    enum { LEAST = 16 };
    const size_t count = column_count(section);
    const size_t luxury = widest(section, widths, "x");
    if (luxury == count || sum(widths, count) <= columns)
        return;
    const size_t over = sum(widths, count) - columns;
    widths[luxury] = widths[luxury] >= over + LEAST ? widths[luxury] - over : 0;
}

/* Shrink columns that may shrink ('w'), the widest first, down to a few letters; then the other
 * columns of text. */
static void fit(const struct section *section, size_t columns, size_t *widths) {
    enum { LEAST = 8 };
    const size_t count = column_count(section);
    static const char *const letters[] = {"w", "wl"};
    fit_luxury(section, columns, widths);
    for (size_t i = 0; i < 2; i++)
        while (sum(widths, count) > columns) {
            const size_t column = widest(section, widths, letters[i]);
            if (column == count || widths[column] <= LEAST)
                break;
            widths[column]--;
        }
}

/* ---- drawing ---- */

/* A section on its way to a grid. */
struct drawing {
    const struct section *section;
    struct grid *grid;
    size_t widths[SECTION_COLUMNS_MAX];
};

static void draw_cell(const struct drawing *drawing, size_t row, size_t column,
                      enum grid_style style, const char *text, size_t len) {
    const size_t room = drawing->widths[column];
    const size_t before = sum(drawing->widths, column);
    const size_t start = before > 0 ? before + 2 : 0;
    size_t from = start;
    if (room == 0)
        return;
    const size_t width = columns_of(text, len);
    if (drawing->section->align[column] == 'r' && width < room)
        from += room - width;
    (void)grid_put(drawing->grid, row, from, start + room, style, text, len);
}

static void draw_heads(const struct drawing *drawing, size_t row) {
    const struct section *section = drawing->section;
    for (size_t i = 0; i < column_count(section); i++)
        draw_cell(drawing, row, i, GRID_FAINT, section->heads[i], strlen(section->heads[i]));
}

static void draw_rows(const struct drawing *drawing, size_t at, size_t count) {
    const struct section *section = drawing->section;
    for (size_t r = 0; r < count; r++) {
        const struct section_row *item = &section->items[r];
        for (size_t i = 0; i < column_count(section); i++)
            draw_cell(drawing, at + r, i, item->style, cell_text(section, item, i),
                      cell_len(item, i));
    }
}

static void draw_title(const struct section *section, struct grid *grid, size_t row, size_t shown) {
    char text[120];
    if (shown < section->count)
        (void)snprintf(text, sizeof text, "%s (%zu of %zu)", section->title, shown, section->count);
    else
        (void)snprintf(text, sizeof text, "%s", section->title);
    (void)grid_puts(grid, row, 0, GRID_STRONG, text);
}

void section_draw(const struct section *section, struct grid *grid, size_t row, size_t room) {
    struct drawing drawing = {.section = section, .grid = grid};
    const size_t heading = heading_rows(section);
    if (!has_rows(section) || room <= heading)
        return;
    const size_t shown = section->rows < room - heading ? section->rows : room - heading;
    measure(section, shown, drawing.widths);
    fit(section, grid->columns, drawing.widths);
    draw_title(section, grid, row, shown);
    if (section->heads != NULL)
        draw_heads(&drawing, row + 1);
    draw_rows(&drawing, row + heading, shown);
}
