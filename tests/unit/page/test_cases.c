/* SPDX-License-Identifier: MIT */
/*
 * Pages byte for byte. tests/cases/page/NAME has a catalog and input (see world.h), and a file
 * `pages` with a line for each page, its name and its query. NAME.html is the expected page, in one
 * slice and in the smallest ones. With STATGATE_UPDATE=1 in the environment these are written
 * instead; read the difference before you commit it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "files.h"
#include "rendered.h"

static void check_page(const struct fixture *fx, const char *folder, const char *name, char *text) {
    char path[4096];
    const struct page_query query = rendered_query(text);
    char *got = rendered_page(fx, &query, VIEW_STEP_UNITS);
    char *sliced = rendered_page(fx, &query, 1);
    (void)snprintf(path, sizeof path, "%s/%s.html", folder, name);
    char *want = files_read(path, NULL);
    if (getenv("STATGATE_UPDATE") != NULL)
        files_write(path, got, strlen(got));
    else
        cr_expect(want != NULL && strcmp(want, got) == 0, "%s is now:\n%s", path, got);
    cr_expect(eq(str, sliced, got), "%s in slices", path);
    (void)rendered_check(got);
    free(want);
    free(got);
    free(sliced);
}

Test(page_cases, pages_are_as_the_golden_files) {
    struct files cases = files_list("cases/page", "");
    for (size_t i = 0; i < cases.count; i++) {
        struct fixture fx;
        world_load(&fx, cases.paths[i]);
        char *pages = files_read_in(cases.paths[i], "pages");
        cr_assert(pages != NULL, "%s has no pages", cases.paths[i]);
        char *rest = pages;
        for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n")) {
            const char *name = strsep(&line, " ");
            if (*name != '\0')
                check_page(&fx, cases.paths[i], name, line);
        }
        free(pages);
        fixture_done(&fx);
    }
    cr_expect(ge(sz, cases.count, 4));
    files_free(&cases);
}

/* ---- bounds ---- */

static const char *const many[] = {
    "{\"statgate\":1,\"service\":\"big\",\"max_series\":200000,\"families\":{"
    "\"x_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{"
    "\"a\":{\"pattern\":\"integer\",\"max\":400},\"b\":{\"pattern\":\"integer\",\"max\":100}}},"
    "\"h_seconds\":{\"type\":\"histogram\",\"unit\":\"seconds\",\"help\":\"\",\"buckets\":[0.1,0.2,"
    "0.4,0.8,1,2,3,4,5,6],"
    "\"labels\":{\"a\":{\"pattern\":\"integer\",\"max\":400}}}}}",
    NULL};

static void expect_small(const struct fixture *fx, const char *text) {
    char query_text[256];
    (void)snprintf(query_text, sizeof query_text, "%s", text);
    const struct page_query query = rendered_query(query_text);
    char *page = rendered_page(fx, &query, VIEW_STEP_UNITS);
    cr_expect(lt(sz, strlen(page), 100 << 10), "%s", text);
    cr_expect(lt(sz, rendered_check(page), 1000), "%s", text);
    free(page);
}

Test(page_cases, however_many_series_there_are_a_page_is_small) {
    struct fixture fx;
    fixture_init(&fx, many);
    for (int i = 0; i < 20000; i++) {
        char line[64];
        (void)snprintf(line, sizeof line, "x_total:1|c|#a:%d,b:%d", i % 400, i / 400);
        fixture_send(&fx, line);
        (void)snprintf(line, sizeof line, "h_seconds:%d|h|#a:%d", i % 7, i % 400);
        fx.origin.pid = 1 + i % 1000;
        fixture_send(&fx, line);
    }
    expect_small(&fx, "");
    expect_small(&fx, "service=big");
    expect_small(&fx, "service=big&family=x_total");
    expect_small(&fx, "service=big&family=h_seconds");
    fixture_done(&fx);
}

/* Follows "More" from page to page: every series once. */
Test(page_cases, pages_of_series_follow_one_another) {
    struct fixture fx;
    fixture_init(&fx, many);
    for (int i = 0; i < 120; i++) {
        char line[64];
        (void)snprintf(line, sizeof line, "x_total:1|c|#a:%d,b:1", i);
        fixture_send(&fx, line);
    }
    char after[1024] = "";
    size_t rows = 0;
    size_t pages = 0;
    for (; pages == 0 || *after != '\0'; pages++) {
        const struct page_query query = {.service = "big", .family = "x_total", .after = after};
        char *page = rendered_page(&fx, &query, VIEW_STEP_UNITS);
        for (const char *at = page; (at = strstr(at, "<th scope=\"row\"")) != NULL; at++)
            rows++;
        const char *next = strstr(page, "&amp;after=");
        *after = '\0';
        if (next != NULL)
            (void)snprintf(after, sizeof after, "%.*s", (int)strcspn(next + 11, "#"), next + 11);
        free(page);
    }
    cr_expect(eq(sz, rows, 120));
    cr_expect(eq(sz, pages, 3));
    fixture_done(&fx);
}

Test(page_cases, what_does_not_exist_is_known_as_such) {
    struct fixture fx;
    fixture_init(&fx, many);
    const struct page_source source = rendered_source(&fx);
    cr_expect(page_exists(&source, &(struct page_query){.service = ""}));
    cr_expect(page_exists(&source, &(struct page_query){.service = "big", .family = "x_total"}));
    cr_expect(not(page_exists(&source, &(struct page_query){.service = "bi"})));
    cr_expect(not(page_exists(&source, &(struct page_query){.family = "x_total"})));
    cr_expect(not(page_exists(&source, &(struct page_query){.show = "all"})));
    fixture_done(&fx);
}
