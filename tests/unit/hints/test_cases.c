/* SPDX-License-Identifier: MIT */
/*
 * Cases of tests/cases/hints: a folder with catalogs (*.json), `input` with one line per sample (#
 * starts a comment, \xHH is a byte), and `expect.txt`: for each line that is not accepted, its
 * hints as one of many lines.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "files.h"
#include "fixture.h"
#include "group_of.h"
#include "hints/hints.h"

static void put_hints(struct strbuf *out, const char *text) {
    while (*text) {
        const size_t len = strcspn(text, "\n");
        strbuf_puts(out, "  ");
        strbuf_put(out, text, len);
        strbuf_putc(out, '\n');
        text += len + 1;
    }
}

static void check_group(const struct hints_world *world, const struct hints_group *group,
                        struct strbuf *out) {
    struct strbuf text;
    strbuf_init(&text);
    hints_of_group(&text, world, group);
    put_hints(out, strbuf_cstr(&text));
    strbuf_done(&text);
}

static void check_line(struct fixture *fx, struct sg_span line, struct strbuf *out) {
    static struct gate_trace trace;
    struct hints_group group;
    const struct hints_world world = {
        .set = &fx->set, .breakers_jobs = fx->breakers_jobs, .include = "all", .exclude = "none"};
    gate_explain(fx->gate, line, &fx->origin, fx->now, &trace);
    strbuf_put(out, line.at, line.len);
    strbuf_printf(out, "\n%s%s%s\n", ledger_verdict_text(trace.verdict),
                  trace.reason != SG_REJECT_NONE ? " " : "",
                  trace.reason != SG_REJECT_NONE ? sg_reject_label(trace.reason) : "");
    if (group_of(&trace, &group))
        check_group(&world, &group, out);
    strbuf_putc(out, '\n');
}

static void load(struct fixture *fx, const char *folder) {
    enum { CATALOGS_MAX = 4 };
    char *texts[CATALOGS_MAX + 1] = {NULL};
    struct files files = files_list(folder, ".json");
    cr_assert(files.count > 0 && files.count <= CATALOGS_MAX, "%s", folder);
    for (size_t i = 0; i < files.count; i++)
        texts[i] = files_read(files.paths[i], NULL);
    fixture_init(fx, (const char *const *)texts);
    for (size_t i = 0; i < files.count; i++)
        free(texts[i]);
    files_free(&files);
}

static void compare(const char *folder, struct strbuf *got) {
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/expect.txt", folder);
    if (getenv("STATGATE_UPDATE") != NULL) {
        files_write(path, got->data, got->len);
        return;
    }
    char *want = files_read(path, NULL);
    cr_assert(want != NULL, "%s", path);
    cr_expect(eq(str, (char *)strbuf_cstr(got), want), "%s", path);
    free(want);
}

static void check_case(const char *folder) {
    static struct fixture fx;
    struct strbuf out;
    strbuf_init(&out);
    load(&fx, folder);
    char *input = files_read_in(folder, "input");
    cr_assert(input != NULL, "%s", folder);
    char *rest = input;
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n"))
        if (*line != '\0' && *line != '#')
            check_line(&fx, (struct sg_span){line, files_unescape(line)}, &out);
    compare(folder, &out);
    free(input);
    fixture_done(&fx);
    strbuf_done(&out);
}

Test(hints_cases, each_line_has_its_hints) {
    struct files cases = files_list("cases/hints", "");
    for (size_t i = 0; i < cases.count; i++)
        check_case(cases.paths[i]);
    cr_expect(ge(sz, cases.count, 4));
    files_free(&cases);
}
