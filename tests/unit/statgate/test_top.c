/* SPDX-License-Identifier: MIT */
/* Frames of `statgate top`: cases/statgate/top/CASE has the views, and the cells at two sizes. */
#include <stdio.h>
#include <stdlib.h>

#include "assertions.h"
#include "files.h"
#include "golden.h"
#include "statgate/top/top_private.h"

static const char *const views[TOP_VIEW_COUNT] = {"status", "senders", "rejections", "breakers"};

static struct top_data data;

static json_t *read_view(const char *folder, const char *view, const char *end) {
    char name[64];
    struct error wrong;
    (void)snprintf(name, sizeof name, "%s%s.json", view, end);
    char *text = files_read_in(folder, name);
    json_t *root = text != NULL ? json_jsonread_parse(text, strlen(text), &wrong) : NULL;
    cr_assert(eq(int, text == NULL, root == NULL), "%s/%s", folder, name);
    free(text);
    return root;
}

/* A line, or NULL. */
static char *read_line(const char *folder, const char *name) {
    char *text = files_read_in(folder, name);
    if (text != NULL)
        text[strcspn(text, "\n")] = '\0';
    return text;
}

static void load(const char *folder) {
    data = (struct top_data){.place = "127.0.0.1:9464", .now_ms = INT64_C(1700000060000)};
    for (size_t i = 0; i < TOP_VIEW_COUNT; i++) {
        data.views[i] = read_view(folder, views[i], "");
        data.before[i] = read_view(folder, views[i], "_before");
    }
    data.between_ms = data.before[TOP_SENDERS] != NULL ? 2000 : 0;
    data.trouble = read_line(folder, "trouble");
    data.trouble_ms = 5400;
    data.news = read_line(folder, "news");
    for (size_t i = 0; i < 40; i++)
        data.curve[data.curve_count++] = i == 20 ? -1 : (double)(i * 100 % 1700);
}

static void unload(void) {
    for (size_t i = 0; i < TOP_VIEW_COUNT; i++) {
        json_decref((json_t *)(uintptr_t)data.views[i]);
        json_decref((json_t *)(uintptr_t)data.before[i]);
    }
    free((char *)(uintptr_t)data.trouble);
    free((char *)(uintptr_t)data.news);
}

static void draw(struct grid *grid, size_t columns, size_t rows) {
    cr_assert(top_grid_init(grid, columns, rows));
    top_frame_draw(&data, grid);
}

/* Each line has as many columns as the grid, and nothing that moves a cursor. */
static void expect_whole(struct strbuf *text, const struct grid *grid, const char *folder) {
    const char *line = strbuf_cstr(text);
    for (size_t row = 0; row < grid->rows; row++) {
        const size_t len = strcspn(line, "\n");
        cr_expect(eq(sz, terminal_columns_of(line, len), grid->columns), "%s, row %zu: %.*s",
                  folder, row, (int)len, line);
        for (size_t i = 0; i < len; i++)
            cr_expect(ge(int, (int)(unsigned char)line[i], ' '));
        line += len + 1;
    }
    cr_expect(eq(sz, strlen(line), 0));
}

static void expect_frame(const char *folder, size_t columns, size_t rows, bool golden) {
    struct grid grid;
    struct strbuf text = {0};
    char name[64];
    draw(&grid, columns, rows);
    top_grid_text(&grid, &text);
    expect_whole(&text, &grid, folder);
    (void)snprintf(name, sizeof name, "expect.%zux%zu.txt", columns, rows);
    if (golden)
        golden_expect(folder, name, &text);
    strbuf_done(&text);
    top_grid_done(&grid);
}

static void check_folder(const char *folder) {
    load(folder);
    data.unicode = true;
    expect_frame(folder, 80, 24, true);
    expect_frame(folder, 200, 60, true);
    data.unicode = false;
    for (size_t columns = 0; columns < 130; columns += columns < 20 ? 1 : 13)
        for (size_t rows = 0; rows < 30; rows++)
            expect_frame(folder, columns, rows, false);
    unload();
}

Test(statgate_top, every_frame_is_as_expected_to_the_last_column) {
    golden_each("top", 5, check_folder);
}

/* ---- what goes to the terminal ---- */

static struct grid before;
static struct grid after;
static struct strbuf bytes;

static const char *written(const struct grid *shown) {
    strbuf_clear(&bytes);
    top_grid_write(&after, shown, false, &bytes);
    return strbuf_cstr(&bytes);
}

static void setup(void) {
    cr_assert(top_grid_init(&before, 6, 2));
    cr_assert(top_grid_init(&after, 6, 2));
    strbuf_init(&bytes);
}

static void teardown(void) {
    top_grid_done(&before);
    top_grid_done(&after);
    strbuf_done(&bytes);
}

TestSuite(statgate_top_grid, .init = setup, .fini = teardown);

#define EXPECT_WRITTEN(shown, text)                                                                \
    cr_expect(eq(str, (char *)(uintptr_t)written(shown), (char *)(uintptr_t)(text)))

Test(statgate_top_grid, only_rows_that_changed_are_written) {
    (void)top_grid_puts(&after, 1, 0, GRID_PLAIN, "ab");
    EXPECT_WRITTEN(NULL, "\033[0m\033[2J\033[1;1H\033[0m      \033[2;1H\033[0mab    \033[0m");
    EXPECT_WRITTEN(&before, "\033[2;1H\033[0mab    \033[0m");
    EXPECT_WRITTEN(&after, "\033[0m");
}

Test(statgate_top_grid, the_cursor_is_set_again_behind_what_is_not_ascii) {
    (void)top_grid_puts(&after, 0, 0, GRID_PLAIN,
                        "\xe4\xb8\xad"
                        "a");
    EXPECT_WRITTEN(&before, "\033[1;1H\033[0m\xe4\xb8\xad\033[3Ga   \033[0m");
}

Test(statgate_top_grid, a_style_lasts_until_the_next) {
    (void)top_grid_puts(&after, 0, 1, GRID_BAR, "ab");
    EXPECT_WRITTEN(&before, "\033[1;1H\033[0m \033[0;7mab\033[0m   \033[0m");
}

static const char *row_of(const struct grid *grid) {
    strbuf_clear(&bytes);
    top_grid_text(grid, &bytes);
    bytes.len = bytes.len > 0 ? (size_t)(strchr(strbuf_cstr(&bytes), '\n') - bytes.data) : 0;
    return strbuf_cstr(&bytes);
}

#define EXPECT_ROW(text)                                                                           \
    cr_expect(eq(str, (char *)(uintptr_t)row_of(&after), (char *)(uintptr_t)(text)))

Test(statgate_top_grid, nothing_goes_beyond_the_last_column) {
    cr_expect(eq(sz, top_grid_puts(&after, 0, 0, GRID_PLAIN, "abcdefgh"), 6));
    EXPECT_ROW("abcd..");
    (void)top_grid_puts(&after, 0, 0, GRID_PLAIN, "abcdef");
    EXPECT_ROW("abcdef");
    (void)top_grid_puts(&after, 0, 3, GRID_PLAIN, "\xe4\xb8\xad\xe4\xb8\xad");
    EXPECT_ROW("abc\xe4\xb8\xad"
               "f");
    (void)top_grid_puts(&after, 0, 0, GRID_PLAIN, "a\x1b[2J");
    EXPECT_ROW("a..\xe4\xb8\xad"
               "f");
    (void)top_grid_puts(&after, 5, 0, GRID_PLAIN, "x");
    (void)top_grid_puts(&after, 0, 9, GRID_PLAIN, "x");
    EXPECT_ROW("a..\xe4\xb8\xad"
               "f");
}

Test(statgate_top_grid, half_of_a_wide_character_is_none) {
    (void)top_grid_puts(&after, 0, 0, GRID_PLAIN, "\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad");
    (void)top_grid_puts(&after, 0, 1, GRID_PLAIN, "x");
    EXPECT_ROW(" x\xe4\xb8\xad\xe4\xb8\xad");
    (void)top_grid_puts(&after, 0, 4, GRID_PLAIN, "y");
    EXPECT_ROW(" x\xe4\xb8\xady ");
}
