/* SPDX-License-Identifier: MIT */
/* Views as tables: cases/statgate/shown/CASE has a view as VIEW.json, and what is shown of it in
 * expect.VIEW.txt. */
#include <stdio.h>
#include <stdlib.h>

#include "assertions.h"
#include "files.h"
#include "golden.h"
#include "statgate/shown/shown.h"
#include "statgate/shown/shown_private.h"

enum { NOW_S = 1700000060 };

static const struct {
    const char *view;
    shown_fn *write;
} views[] = {{"series", shown_series},   {"rejections", shown_rejections},
             {"senders", shown_senders}, {"breakers", shown_breakers},
             {"jobs", shown_jobs},       {"queries", shown_queries},
             {"events", shown_events}};

static size_t shown_count;

static void check_view(const char *folder, const char *view, shown_fn *write) {
    char name[64];
    struct strbuf out = {0};
    struct error wrong;
    (void)snprintf(name, sizeof name, "%s.json", view);
    char *text = files_read_in(folder, name);
    if (text == NULL)
        return;
    json_t *root = json_jsonread_parse(text, strlen(text), &wrong);
    cr_assert(ne(ptr, root, NULL), "%s/%s: %s", folder, name, wrong.text);
    const struct shown_page page = {.root = root, .now_ms = (int64_t)NOW_S * 1000, .out = &out};
    write(&page);
    (void)snprintf(name, sizeof name, "expect.%s.txt", view);
    golden_expect(folder, name, &out);
    shown_count++;
    strbuf_done(&out);
    json_decref(root);
    free(text);
}

static void check_folder(const char *folder) {
    for (size_t i = 0; i < sizeof views / sizeof *views; i++)
        check_view(folder, views[i].view, views[i].write);
}

Test(statgate_shown, every_view_is_shown_as_expected) {
    golden_each("shown", 4, check_folder);
    cr_expect(ge(sz, shown_count, 20));
}

/* Nothing in a name may move the cursor or turn the line, nor end it. */
Test(statgate_shown, what_is_hostile_leaves_the_terminal_alone) {
    struct files list = files_list("cases/statgate/shown/hostile", ".txt");
    for (size_t i = 0; i < list.count; i++) {
        char *text = files_read(list.paths[i], NULL);
        for (const char *at = text; *at != '\0'; at++)
            cr_expect(ge(int, (int)(unsigned char)(*at == '\n' ? ' ' : *at), ' '));
        free(text);
    }
    cr_expect(ge(sz, list.count, 4));
    files_free(&list);
}

static void expect_took(double seconds, const char *words) {
    char text[WORDS_MAX];
    cr_expect(
        eq(str, (char *)(uintptr_t)shown_words_took(text, seconds), (char *)(uintptr_t)words));
}

Test(statgate_shown, what_is_quick_took_milliseconds) {
    expect_took(-1, "-");
    expect_took(0, "less than 1 ms");
    expect_took(0.00004, "0.04 ms");
    expect_took(0.00041, "0.4 ms");
    expect_took(0.0123, "12 ms");
    expect_took(0.4, "400 ms");
    expect_took(1.25, "1.3 s");
    expect_took(12, "12 s");
}
