#include "statgate/top/frame.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/terminal.h"
#include "base/text.h"
#include "statgate/shown/words.h"
#include "statgate/top/rows.h"

/* ---- the first lines ---- */

static void put_bar(struct grid *grid, size_t row, const char *left, const char *right) {
    const size_t len = strlen(right);
    grid_fill(grid, row, 0, grid->columns, GRID_BAR);
    const size_t behind = grid_puts(grid, row, 1, GRID_BAR, left);
    if (behind + len + 2 <= grid->columns)
        (void)grid_puts(grid, row, grid->columns - len, GRID_BAR, right);
}

static void draw_title(const struct top_data *data, struct grid *grid) {
    char left[400];
    char time[WORDS_MAX];
    char right[WORDS_MAX + 8];
    const char *host = jsonread_text(data->views[TOP_STATUS], "host", NULL);
    (void)snprintf(left, sizeof left, "statgate top  %.64s%s%.300s", host,
                   *host != '\0' ? "  " : "", data->place);
    (void)snprintf(right, sizeof right, "%s UTC", words_time(time, data->now_ms));
    put_bar(grid, 0, left, data->now_ms > 0 ? right : "");
}

/* Draw the verdict on the daemon in one line. */
static void draw_verdict(const struct top_data *data, struct grid *grid) {
    const json_t *status = data->views[TOP_STATUS];
    char text[600];
    char age[WORDS_MAX];
    const size_t problems =
        json_array_size(jsonread_list(status, "problems")) + rows_problems_left_out(data);
    if (data->trouble != NULL) {
        (void)snprintf(text, sizeof text, "NO ANSWER for %s: %.500s",
                       words_duration(age, data->trouble_ms / 1000 * 1000), data->trouble);
        (void)grid_puts(grid, 1, 1, GRID_BAD, text);
        return;
    }
    size_t column = 1;
    if (problems > 0) {
        (void)snprintf(text, sizeof text, "%zu problem%s", problems, text_plural(problems));
        column = grid_puts(grid, 1, column, GRID_BAD, text);
    } else if (jsonread_bool(status, "ok", false)) {
        column = grid_puts(grid, 1, column, GRID_GOOD, "OK");
    }
    if (data->news != NULL)
        (void)grid_puts(grid, 1, column > 1 ? column + 2 : column, GRID_WARNING, data->news);
}

/* Append "  NAME VALUE" to the row if it fits. Returns the column after it. */
static size_t put_fact(struct grid *grid, size_t row, size_t column, const char *name,
                       const char *value, enum grid_style style) {
    const size_t start = column > 1 ? column + 3 : column;
    if (start + strlen(name) + 1 + strlen(value) > grid->columns)
        return column;
    column = grid_puts(grid, row, start, GRID_FAINT, name);
    return grid_puts(grid, row, column + 1, style, value);
}

static double samples_rate(const struct top_data *data) {
    const json_t *senders = jsonread_member(data->views[TOP_SENDERS], "total");
    const json_t *before = jsonread_member(data->before[TOP_SENDERS], "total");
    return jsonread_number(data->views[TOP_STATUS], "samples_per_s",
                           data_rate(data, senders, before, "samples"));
}

static double rejected_rate(const struct top_data *data) {
    return jsonread_number(
        data->views[TOP_STATUS], "rejected_per_s",
        data_rate(data, data->views[TOP_REJECTIONS], data->before[TOP_REJECTIONS], "total"));
}

static void draw_rates(const struct top_data *data, struct grid *grid) {
    const json_t *status = data->views[TOP_STATUS];
    char text[2 * WORDS_MAX];
    char other[WORDS_MAX];
    const double rejected = rejected_rate(data);
    const int64_t lost = jsonread_i64(status, "lost", -1);
    size_t column = 1;
    column =
        put_fact(grid, 2, column, "samples", words_rate(text, samples_rate(data)), GRID_STRONG);
    column = put_fact(grid, 2, column, "rejected", words_rate(text, rejected),
                      rejected > 0 ? GRID_BAD : GRID_PLAIN);
    const double folded = jsonread_number(status, "folded_per_s", -1);
    if (folded > 0)
        column = put_fact(grid, 2, column, "folded", words_rate(text, folded), GRID_PLAIN);
    if (lost >= 0)
        column = put_fact(grid, 2, column, "lost", words_short(text, (double)lost),
                          lost > 0 ? GRID_WARNING : GRID_PLAIN);
    const json_t *queue = jsonread_member(status, "queue");
    if (queue != NULL) {
        (void)snprintf(text, sizeof text, "%" PRId64 " of %s", jsonread_i64(queue, "most", 0),
                       words_short(other, (double)jsonread_i64(queue, "capacity", 0)));
        column = put_fact(grid, 2, column, "queue", text, GRID_PLAIN);
    }
    if (status != NULL) {
        (void)snprintf(text, sizeof text, "%s of ",
                       words_short(other, (double)jsonread_i64(status, "series", 0)));
        (void)words_short(text + strlen(text), (double)jsonread_i64(status, "series_bound", 0));
        (void)put_fact(grid, 2, column, "series", text, GRID_PLAIN);
    }
}

static void put_bytes(char out[WORDS_MAX], int64_t bytes) {
    struct strbuf text = {0};
    terminal_put_bytes(&text, bytes > 0 ? (uint64_t)bytes : 0);
    (void)snprintf(out, WORDS_MAX, "%s", strbuf_cstr(&text));
    strbuf_done(&text);
}

static size_t put_process(const struct top_data *data, struct grid *grid, size_t column) {
    const json_t *status = data->views[TOP_STATUS];
    const json_t *memory = jsonread_member(status, "memory");
    const int64_t up_ms = (int64_t)jsonread_number(status, "uptime_s", 0) * 1000;
    const int64_t loaded_ms = jsonread_i64(status, "catalogs_loaded", 0);
    char text[3 * WORDS_MAX];
    char other[WORDS_MAX];
    column =
        put_fact(grid, 3, column, "version", jsonread_text(status, "version", NULL), GRID_PLAIN);
    column = put_fact(grid, 3, column, "up", words_duration(text, up_ms), GRID_PLAIN);
    column = put_fact(grid, 3, column, "catalogs", words_ago(text, data->now_ms, loaded_ms, "-"),
                      GRID_PLAIN);
    if (memory == NULL)
        return column;
    put_bytes(text, jsonread_i64(memory, "resident_bytes", 0));
    put_bytes(other, jsonread_i64(memory, "bound_bytes", 0));
    if (jsonread_i64(memory, "bound_bytes", 0) > 0)
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), " of %s", other);
    return put_fact(grid, 3, column, "memory", text, GRID_PLAIN);
}

static void draw_process(const struct top_data *data, struct grid *grid) {
    char text[80];
    size_t open;
    const size_t all = rows_count_breakers(data, &open);
    size_t column = 1;
    if (data->views[TOP_STATUS] != NULL)
        column = put_process(data, grid, column);
    (void)snprintf(text, sizeof text, "%zu of %zu open", open, all);
    if (all > 0)
        (void)put_fact(grid, 3, column, "breakers", text, open > 0 ? GRID_BAD : GRID_PLAIN);
}

/* ---- the curve ---- */

static double greatest(const struct top_data *data) {
    double most = 0;
    for (size_t i = 0; i < data->curve_count; i++)
        most = data->curve[i] > most ? data->curve[i] : most;
    return most;
}

/* Draw samples per second as bars, the latest at the right. */
static void draw_curve(const struct top_data *data, struct grid *grid) {
    static const char *const blocks[] = {" ",
                                         "\xe2\x96\x81",
                                         "\xe2\x96\x82",
                                         "\xe2\x96\x83",
                                         "\xe2\x96\x84",
                                         "\xe2\x96\x85",
                                         "\xe2\x96\x86",
                                         "\xe2\x96\x87",
                                         "\xe2\x96\x88"};
    static const char *const letters[] = {" ", "_", "_", ".", ".", "-", "-", "=", "#"};
    enum { LABEL = 30 };
    char text[2 * WORDS_MAX];
    char rate[WORDS_MAX];
    const double most = greatest(data);
    if (grid->columns < LABEL + 20 || data->curve_count == 0)
        return;
    const size_t room = grid->columns - LABEL;
    const size_t first = data->curve_count > room ? data->curve_count - room : 0;
    size_t column = 1;
    for (size_t i = first; i < data->curve_count; i++, column++) {
        const double share = most > 0 && data->curve[i] > 0 ? data->curve[i] / most : 0;
        const size_t level = share > 0 ? 1 + (size_t)(share * 7) : 0;
        (void)grid_puts(grid, 4, column, GRID_GOOD, (data->unicode ? blocks : letters)[level]);
    }
    (void)snprintf(text, sizeof text, "samples/s, at most %s", words_short(rate, most));
    (void)grid_puts(grid, 4, column + 1, GRID_FAINT, text);
}

/* ---- the sections ---- */

enum { SECTIONS = 4, TOP_ROWS = 5, BOTTOM_ROWS = 1, WORTH_ROWS = 3, LARGE_ROWS = 40 };

/* Share `room` rows: each section with rows gets a few, then all get one in turn until none is
 * left. A blank line precedes each section. */
static void share_rows(const size_t *wants, size_t *gets, size_t room) {
    for (size_t i = 0; i < SECTIONS; i++) {
        size_t least = wants[i] < WORTH_ROWS ? wants[i] : WORTH_ROWS;
        gets[i] = least > 0 && least + 1 <= room ? least : 0;
        room -= gets[i] > 0 ? gets[i] + 1 : 0;
    }
    for (bool more = true; more && room > 0;) {
        more = false;
        for (size_t i = 0; i < SECTIONS && room > 0; i++)
            if (gets[i] > 0 && gets[i] < wants[i]) {
                gets[i]++;
                room--;
                more = true;
            }
    }
}

static void draw_sections(const struct top_data *data, struct grid *grid,
                          struct section *sections) {
    size_t wants[SECTIONS];
    size_t gets[SECTIONS];
    size_t row = TOP_ROWS;
    rows_problems(data, &sections[0]);
    rows_refused(data, &sections[1]);
    rows_breakers(data, grid->rows >= LARGE_ROWS, &sections[2]);
    rows_senders(data, &sections[3]);
    for (size_t i = 0; i < SECTIONS; i++)
        wants[i] = section_wants(&sections[i]);
    share_rows(wants, gets,
               grid->rows > TOP_ROWS + BOTTOM_ROWS ? grid->rows - TOP_ROWS - BOTTOM_ROWS : 0);
    for (size_t i = 0; i < SECTIONS; i++) {
        if (gets[i] > 0)
            section_draw(&sections[i], grid, row + 1, gets[i]);
        row += gets[i] > 0 ? gets[i] + 1 : 0;
        section_done(&sections[i]);
    }
}

void frame_draw(const struct top_data *data, struct grid *grid) {
    struct section *sections = calloc(SECTIONS, sizeof *sections);
    if (sections == NULL || grid->rows == 0) {
        free(sections);
        return;
    }
    draw_title(data, grid);
    draw_verdict(data, grid);
    draw_rates(data, grid);
    draw_process(data, grid);
    draw_curve(data, grid);
    draw_sections(data, grid, sections);
    if (grid->rows > TOP_ROWS)
        put_bar(grid, grid->rows - 1, "q quit   p pause", "statgate rejections: what to do");
    free(sections);
}
