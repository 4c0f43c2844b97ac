/* SPDX-License-Identifier: MIT */
/*
 * Cases of tests/cases/statgate/docs: a folder with catalogs, and their page, expect.md. Here is
 * what holds for every page.
 */
#include <stdio.h>
#include <stdlib.h>

#include "assertions.h"
#include "files.h"
#include "golden.h"
#include "run.h"

static struct run run;

static void setup(void) {
    run_init(&run);
    (void)unsetenv("STATGATE_TEST_DEPLOYMENT");
}

static void teardown(void) {
    run_done(&run);
}

TestSuite(statgate_docs_cases, .init = setup, .fini = teardown);

/* The cells of a row: bars without a backslash before them. */
static size_t count_cells(const char *line, size_t len) {
    size_t bars = 0;
    for (size_t i = 0; i < len; i++)
        bars += line[i] == '|' && (i == 0 || line[i - 1] != '\\') ? 1 : 0;
    return bars;
}

/* Every table is whole: each row has as many cells as its head, whatever they contain. */
static void expect_whole_tables(const char *page) {
    size_t cells = 0;
    for (const char *at = page; *at; at += strcspn(at, "\n") + 1) {
        const size_t len = strcspn(at, "\n");
        if (at[0] != '|') {
            cells = 0;
            continue;
        }
        const size_t here = count_cells(at, len);
        cr_expect(eq(sz, here, cells == 0 ? here : cells), "%.*s", (int)len, at);
        cr_expect(eq(chr, at[len - 1], '|'), "%.*s", (int)len, at);
        cells = here;
    }
}

static void check_case(const char *folder) {
    cr_expect(eq(int, RUN(&run, "docs", folder), CLI_OK), "%s: %s", folder, run_err(&run));
    cr_expect(eq(str, (char *)(uintptr_t)run_err(&run), ""));
    expect_whole_tables(run_out(&run));
    golden_expect(folder, "expect.md", &run.cli.out);
}

Test(statgate_docs_cases, every_case_comes_out_as_expected) {
    golden_each("docs", 4, check_case);
}

/* A catalog's connection and the text of its queries are not for everyone who reads the page. */
Test(statgate_docs_cases, nothing_of_a_connection_shows) {
    cr_assert(eq(int, RUN(&run, "docs", "cases/statgate/docs/everything"), CLI_OK));
    static const char *const parts[] = {"db.internal", "reader", "passfile", "confidential"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        cr_expect(not(has(run_out(&run), parts[i])), "%s", parts[i]);
}

/* Neither the environment nor the way to the catalogs changes a page. */
Test(statgate_docs_cases, a_page_depends_on_the_catalogs_alone) {
    cr_assert(eq(int, RUN(&run, "docs", "cases/statgate/docs/everything"), CLI_OK));
    char *page = strdup(run_out(&run));
    cr_expect(has(page, "STATGATE_TEST_DEPLOYMENT"));
    cr_expect(not(has(page, "cases/")));
    (void)setenv("STATGATE_TEST_DEPLOYMENT", "production", 1);
    cr_assert(
        eq(int, RUN(&run, "docs", "../tests/cases/statgate/docs/everything/shop.json"), CLI_OK));
    cr_expect(eq(str, (char *)(uintptr_t)run_out(&run), page));
    free(page);
}

/* Each series that a catalog of this project exposes has its row, and its row of bounds. */
Test(statgate_docs_cases, the_bundled_catalogs_have_pages) {
    struct files files = files_list("../packaging/catalogs", ".json");
    size_t pages = 0;
    for (size_t i = 0; i < files.count; i++) {
        const char *path = files.paths[i];
        if (has(path, ".schema.json"))
            continue;
        cr_expect(eq(int, RUN(&run, "docs", path), CLI_OK), "%s", run_err(&run));
        cr_expect(has(run_out(&run), "\n## Series\n"), "%s", path);
        cr_expect(has(run_out(&run), "\n## Bounds\n"), "%s", path);
        expect_whole_tables(run_out(&run));
        pages++;
    }
    files_free(&files);
    cr_expect(ge(sz, pages, 5));
}

/* The gate accepts every line of the examples. */
Test(statgate_docs_cases, examples_are_accepted) {
    static const char *const names[] = {"demo", "imgsrv", "imgforge", "inference", "connaisseur"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[512];
        (void)snprintf(path, sizeof path, "../packaging/catalogs/%s.json", names[i]);
        cr_assert(eq(int, RUN(&run, "docs", path), CLI_OK), "%s", run_err(&run));
        char *page = strdup(run_out(&run));
        char *lines = strstr(page, "\n```text\n");
        cr_assert(ne(ptr, lines, NULL), "%s", names[i]);
        lines += strlen("\n```text\n");
        char *end = strstr(lines, "```\n");
        cr_assert(ne(ptr, end, NULL));
        run_input(&run, lines, (size_t)(end - lines));
        cr_expect(eq(int, RUN(&run, "explain", "--catalog", path, "-"), CLI_OK), "%s\n%s", names[i],
                  run_out(&run));
        free(page);
    }
}
