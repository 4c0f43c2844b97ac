/* SPDX-License-Identifier: MIT */
/* top_tables.c - the tables of the screen. */
#include "statgate/top/top_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "statgate/shown/shown.h"

/* ---- grid ---- */

bool top_grid_init(struct grid *grid, size_t columns, size_t rows) {
    columns = columns < GRID_COLUMNS_MAX ? columns : GRID_COLUMNS_MAX;
    rows = rows < GRID_ROWS_MAX ? rows : GRID_ROWS_MAX;
    struct grid_cell *cells = calloc(columns * rows + 1, sizeof *cells);
    if (cells == NULL)
        return false;
    *grid = (struct grid){.columns = columns, .rows = rows, .cells = cells};
    return true;
}

void top_grid_done(struct grid *grid) {
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
    terminal_columns_put(&spelled, text, (struct columns_glyph){.escaped = true});
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
        const struct columns_glyph glyph = terminal_columns_next(text + bytes, len - bytes);
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
        glyph = terminal_columns_next(text + i, len - i);
        put_glyph(grid, row, column, style, text + i, glyph);
        column += glyph.columns;
    }
    return column;
}

/* Put a text from `column` on. It is cut before `end` (and the grid's last column) and then
 * ends in "..". Returns the column after it. */
static size_t grid_put(struct grid *grid, size_t row, size_t column, size_t end,
                       enum grid_style style, const char *text, size_t len) {
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

size_t top_grid_puts(struct grid *grid, size_t row, size_t column, enum grid_style style,
                     const char *text) {
    return grid_put(grid, row, column, grid->columns, style, text, strlen(text));
}

void top_grid_fill(struct grid *grid, size_t row, size_t column, size_t end,
                   enum grid_style style) {
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

void top_grid_text(const struct grid *grid, struct strbuf *out) {
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

void top_grid_write(const struct grid *grid, const struct grid *before, bool colours,
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

/* ---- section ---- */

static void section_init(struct section *section, const char *title, const char *align,
                         const char *const *heads) {
    section->title = title;
    section->align = align;
    section->heads = heads;
    section->count = 0;
    section->rows = 0;
    section->cells = 0;
    strbuf_init(&section->text);
}

void top_section_done(struct section *section) {
    strbuf_done(&section->text);
}

/* Begin a row; false: there are enough rows. Then append each cell's text to `text`, and end
 * it. */
static bool section_begin_row(struct section *section, enum grid_style style) {
    section->count++;
    if (section->rows == SECTION_ROWS_MAX)
        return false;
    struct section_row *row = &section->items[section->rows++];
    row->style = style;
    row->starts[0] = section->text.len;
    section->cells = 0;
    return true;
}

static void section_end_cell(struct section *section) {
    section->items[section->rows - 1].starts[++section->cells] = section->text.len;
}

/* Add a whole cell. */
static void section_cell(struct section *section, const char *text) {
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

size_t top_section_wants(const struct section *section) {
    return has_rows(section) ? heading_rows(section) + section->rows : 0;
}

/* Compute the width that each column needs for the first `rows` rows. */
static void measure(const struct section *section, size_t rows, size_t *widths) {
    for (size_t i = 0; i < column_count(section); i++) {
        widths[i] = section->heads != NULL ? strlen(section->heads[i]) : 0;
        for (size_t r = 0; r < rows; r++) {
            const struct section_row *row = &section->items[r];
            const size_t width = terminal_columns_of(cell_text(section, row, i), cell_len(row, i));
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
    const size_t width = terminal_columns_of(text, len);
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
    (void)top_grid_puts(grid, row, 0, GRID_STRONG, text);
}

void top_section_draw(const struct section *section, struct grid *grid, size_t row, size_t room) {
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

/* ---- rows ---- */

enum { ORDER_MAX = 1000 };

/* An item of a list with its sort keys; greater keys come first. */
struct row_rank {
    const json_t *item;
    double first;
    double then;
};

struct row_order {
    struct row_rank items[ORDER_MAX];
    size_t count;
    size_t left_out;
};

static void order_add(struct row_order *order, const json_t *item, double first, double then) {
    if (order->count < ORDER_MAX)
        order->items[order->count++] = (struct row_rank){item, first, then};
    else
        order->left_out++;
}

static int compare(const void *a, const void *b) {
    const struct row_rank *x = a;
    const struct row_rank *y = b;
    if (x->first != y->first)
        return x->first < y->first ? 1 : -1;
    return (x->then < y->then) - (x->then > y->then);
}

static void order_sort(struct row_order *order) {
    qsort(order->items, order->count, sizeof order->items[0], compare);
}

static void put_text(struct section *section, const json_t *object, const char *key) {
    size_t len;
    const char *text = json_jsonread_text(object, key, &len);
    strbuf_put(&section->text, len > 0 ? text : "-", len > 0 ? len : 1);
    section_end_cell(section);
}

static void put_count(struct section *section, const json_t *object, const char *key) {
    char text[WORDS_MAX];
    section_cell(section, shown_words_short(text, (double)json_jsonread_i64(object, key, 0)));
}

static void put_ago(const struct top_data *data, struct section *section, const json_t *object,
                    const char *key) {
    char text[WORDS_MAX];
    section_cell(section,
                 shown_words_ago(text, data->now_ms, json_jsonread_i64(object, key, 0), "-"));
}

static void put_rate(struct section *section, double rate) {
    char text[WORDS_MAX];
    section_cell(section, shown_words_rate(text, rate));
}

static void put_process(struct section *section, const json_t *process) {
    shown_words_process(&section->text, process);
    section_end_cell(section);
}

/* ---- problems ---- */

size_t top_rows_problems_left_out(const struct top_data *data) {
    const int64_t count = json_jsonread_i64(data->views[TOP_STATUS], "problems_left_out", 0);
    return count > 0 ? (size_t)count : 0;
}

void top_rows_problems(const struct top_data *data, struct section *section) {
    section_init(section, "NEEDS YOU", "w", NULL);
    size_t index;
    json_t *problem;
    json_array_foreach(json_jsonread_list(data->views[TOP_STATUS], "problems"), index,
                       problem) if (section_begin_row(section, GRID_BAD)) {
        strbuf_puts(&section->text, "! ");
        put_text(section, problem, "text");
    }
    section->count += top_rows_problems_left_out(data);
}

/* ---- rejections ---- */

static double refused_rate(const struct top_data *data, const json_t *row) {
    static const char *const keys[] = {"service", "family", "label", "reason", NULL};
    const json_t *before = json_jsonread_list(data->before[TOP_REJECTIONS], "by_family");
    const double known = json_jsonread_number(row, "rate", -1);
    if (known >= 0)
        return known;
    return top_data_rate(data, row, top_data_match(before, row, keys), "count");
}

static void put_refused(const struct top_data *data, struct section *section, const json_t *row,
                        double rate) {
    if (!section_begin_row(section, rate > 0 ? GRID_BAD : GRID_PLAIN))
        return;
    put_rate(section, rate);
    put_count(section, row, "count");
    put_text(section, row, "reason");
    if (json_jsonread_member(row, "family") != NULL)
        put_text(section, row, "family");
    else
        put_text(section, row, "service");
    put_text(section, row, "label");
    put_ago(data, section, row, "last_seen");
    put_process(section, json_jsonread_member(row, "last_sender"));
}

void top_rows_refused(const struct top_data *data, struct section *section) {
    static const char *const heads[] = {"RATE",  "COUNT", "REASON", "FAMILY",
                                        "LABEL", "LAST",  "SENDER"};
    struct row_order *order = calloc(1, sizeof *order);
    size_t index;
    json_t *row;
    section_init(section, "REFUSED", "rrlwlrw", heads);
    json_array_foreach(json_jsonread_list(data->views[TOP_REJECTIONS], "by_family"), index,
                       row) if (order != NULL)
        order_add(order, row, refused_rate(data, row), (double)json_jsonread_i64(row, "count", 0));
    for (size_t i = 0; order != NULL && i < order->count; i++) {
        if (i == 0)
            order_sort(order);
        put_refused(data, section, order->items[i].item, order->items[i].first);
    }
    free(order);
}

/* ---- senders ---- */

static double sender_rate(const struct top_data *data, const json_t *sender) {
    static const char *const keys[] = {"pid", "uid", "first_seen", NULL};
    const json_t *before = json_jsonread_list(data->before[TOP_SENDERS], "senders");
    return top_data_rate(data, sender, top_data_match(before, sender, keys), "samples");
}

static bool has_gone(const json_t *sender) {
    return json_is_false(json_object_get(sender, "alive"));
}

static enum grid_style style_of(const json_t *sender) {
    if (has_gone(sender))
        return GRID_FAINT;
    return json_jsonread_i64(sender, "lost", 0) > 0 ? GRID_WARNING : GRID_PLAIN;
}

/* Put the service that it sends for, and how many others there are. */
static void put_services(struct section *section, const json_t *sender) {
    const int64_t services = json_jsonread_i64(sender, "services", 0);
    char text[WORDS_MAX];
    if (services <= 1) {
        put_text(section, sender, "service");
        return;
    }
    (void)snprintf(text, sizeof text, "%s +%" PRId64,
                   json_jsonread_text(sender, "service", NULL) ?: "-", services - 1);
    section_cell(section, text);
}

static void put_sender(const struct top_data *data, struct section *section,
                       const struct row_rank *ranked) {
    const json_t *sender = ranked->item;
    if (!section_begin_row(section, style_of(sender)))
        return;
    put_rate(section, ranked->first);
    put_process(section, sender);
    put_services(section, sender);
    put_count(section, sender, "samples");
    put_count(section, sender, "rejected");
    put_count(section, sender, "lost");
    if (has_gone(sender))
        section_cell(section, "gone");
    else
        put_ago(data, section, sender, "last_seen");
}

void top_rows_senders(const struct top_data *data, struct section *section) {
    static const char *const heads[] = {"RATE",     "PROCESS", "SERVICE", "SAMPLES",
                                        "REJECTED", "LOST",    "LAST"};
    struct row_order *order = calloc(1, sizeof *order);
    size_t index;
    json_t *sender;
    section_init(section, "SENDERS", "rwlrrrr", heads);
    json_array_foreach(json_jsonread_list(data->views[TOP_SENDERS], "senders"), index,
                       sender) if (order != NULL)
        order_add(order, sender, sender_rate(data, sender),
                  (double)json_jsonread_i64(sender, "last_seen", 0));
    for (size_t i = 0; order != NULL && i < order->count; i++) {
        if (i == 0)
            order_sort(order);
        put_sender(data, section, &order->items[i]);
    }
    free(order);
}

/* ---- breakers ---- */

static enum grid_style style_of_state(const char *state) {
    if (strcmp(state, "open") == 0)
        return GRID_BAD;
    return strcmp(state, "half_open") == 0 ? GRID_WARNING : GRID_PLAIN;
}

/* Put the state, and how long the cool-down still lasts. */
static void put_state(const struct top_data *data, struct section *section, const json_t *breaker) {
    char text[WORDS_MAX];
    const int64_t ends = json_jsonread_i64(breaker, "cooldown_ends", 0);
    strbuf_puts(&section->text, json_jsonread_text(breaker, "state", NULL));
    if (ends > data->now_ms)
        strbuf_printf(&section->text, ", %s left", shown_words_duration(text, ends - data->now_ms));
    section_end_cell(section);
}

static void put_breaker(const struct top_data *data, struct section *section,
                        const json_t *breaker) {
    const json_t *transition = json_jsonread_member(breaker, "last_transition");
    if (!section_begin_row(section, style_of_state(json_jsonread_text(breaker, "state", NULL))))
        return;
    put_state(data, section, breaker);
    strbuf_puts(&section->text, json_jsonread_text(breaker, "name", NULL));
    shown_words_labels(&section->text, json_jsonread_member(breaker, "labels"));
    section_end_cell(section);
    put_ago(data, section, breaker, "since");
    put_count(section, breaker, "consecutive_failures");
    put_process(section, json_jsonread_member(breaker, "opened_by"));
    put_text(section, transition, "why");
}

static bool is_in(const json_t *breaker, const char *state) {
    return strcmp(json_jsonread_text(breaker, "state", NULL), state) == 0;
}

void top_rows_breakers(const struct top_data *data, bool closed, struct section *section) {
    static const char *const heads[] = {"STATE",    "BREAKER",   "CHANGED",
                                        "FAILURES", "OPENED BY", "WHY"};
    static const char *const states[] = {"open", "half_open", "closed"};
    const json_t *breakers = json_jsonread_list(data->views[TOP_BREAKERS], "breakers");
    size_t index;
    json_t *breaker;
    section_init(section, closed ? "BREAKERS" : "BREAKERS THAT ARE NOT CLOSED", "lwrrwx", heads);
    for (size_t rank = 0; rank < (closed ? 3 : 2); rank++)
        json_array_foreach((json_t *)(uintptr_t)breakers, index,
                           breaker) if (is_in(breaker, states[rank]))
            put_breaker(data, section, breaker);
}

size_t top_rows_count_breakers(const struct top_data *data, size_t *ret_open) {
    const json_t *breakers = json_jsonread_list(data->views[TOP_BREAKERS], "breakers");
    size_t index;
    size_t all = 0;
    size_t open = 0;
    json_t *breaker;
    json_array_foreach((json_t *)(uintptr_t)breakers, index, breaker) {
        all += json_jsonread_member(breaker, "state") != NULL;
        open += is_in(breaker, "open") || is_in(breaker, "half_open");
    }
    *ret_open = open;
    return all;
}
