/* SPDX-License-Identifier: MIT */
/* Frames of `statgate top`: cases/statgate/top/CASE has the views, and the cells at two sizes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "base/text.h"
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

/* As many lines as rows, none longer than the window, and nothing that moves a cursor. */
static void expect_whole(const struct frame *frame, const char *folder) {
    const char *line = frame->text.data;
    cr_expect(eq(sz, frame->count, frame->rows), "%s", folder);
    for (size_t row = 0; row < frame->count; row++) {
        const size_t len = strcspn(line, "\n");
        cr_expect(le(sz, terminal_columns_of(line, len), frame->columns), "%s, row %zu: %.*s",
                  folder, row, (int)len, line);
        for (size_t i = 0; i < len; i++)
            cr_expect(ge(int, (int)(unsigned char)line[i], ' '));
        line += len + 1;
    }
}

static void expect_frame(const char *folder, size_t columns, size_t rows, bool golden) {
    struct frame frame;
    char name[64];
    top_frame_init(&frame, columns, rows);
    top_frame_draw(&data, &frame);
    expect_whole(&frame, folder);
    (void)snprintf(name, sizeof name, "expect.%zux%zu.txt", columns, rows);
    if (golden)
        golden_expect(folder, name, &frame.text);
    top_frame_done(&frame);
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
    data.help = true;
    for (size_t rows = 0; rows < 30; rows++)
        expect_frame(folder, 80, rows, false);
    unload();
}

Test(statgate_top, every_frame_is_as_expected_to_the_last_column) {
    golden_each("top", 4, check_folder);
}

Test(statgate_top, the_terminal_gets_each_row_at_its_place) {
    struct frame frame;
    struct strbuf out = {0};
    load("cases/statgate/top/quiet");
    top_frame_init(&frame, 20, 2);
    top_frame_draw(&data, &frame);
    top_frame_write(&frame, false, &out);
    cr_expect(text_begins(strbuf_cstr(&out), "\033[1;1H\033[0;7m statgate top"), "%s",
              strbuf_cstr(&out));
    cr_expect(strstr(strbuf_cstr(&out), "\033[0m\033[2;1H\033[0m OK") != NULL);
    strbuf_done(&out);
    top_frame_done(&frame);
    unload();
}
