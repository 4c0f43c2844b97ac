/* SPDX-License-Identifier: MIT */
/*
 * Cases of tests/cases/hints: a folder with catalogs (*.json), `input` with one line per sample (#
 * starts a comment, \xHH is a byte), and `expect.txt`: for each line that is not accepted, its
 * hints as one of many lines. With the declaration that a hint gives as an example, the line is
 * accepted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "files.h"
#include "hints/hints.h"
#include "patching.h"

static const char EXAMPLE[] = "for example: ";

static void put_hints(struct strbuf *out, const char *text) {
    while (*text) {
        const size_t len = strcspn(text, "\n");
        strbuf_puts(out, "  ");
        strbuf_put(out, text, len);
        strbuf_putc(out, '\n');
        text += len + 1;
    }
}

/* Take the declaration into the first catalog, and send the line again. */
static void check_example(const struct patching *patching, const char *hints, struct strbuf *out) {
    static struct gate_trace declared;
    const char *example = strstr(hints, EXAMPLE);
    if (example == NULL)
        return;
    const char *text = example + strlen(EXAMPLE);
    struct strbuf part;
    strbuf_init(&part);
    strbuf_printf(&part, "{\"service\":\"%s\",\"families\":{%.*s}}",
                  json_string_value(json_object_get(patching->catalogs[0], "service")),
                  (int)strcspn(text, "\n"), text);
    patching_try(patching, strbuf_cstr(&part), true, &declared);
    strbuf_printf(out, "  with it: %s\n", ledger_verdict_text(declared.verdict));
    strbuf_done(&part);
}

static void check_group(const struct patching *patching, const struct hints_world *world,
                        const struct hints_group *group, struct strbuf *out) {
    struct strbuf text;
    strbuf_init(&text);
    hints_of_group(&text, world, group);
    put_hints(out, strbuf_cstr(&text));
    check_example(patching, strbuf_cstr(&text), out);
    strbuf_done(&text);
}

static void check_line(struct patching *patching, struct sg_span line, struct strbuf *out) {
    static struct gate_trace trace;
    struct hints_group group;
    const struct hints_world world = {.set = &patching->fx.set,
                                      .breakers_jobs = patching->fx.breakers_jobs,
                                      .include = "all",
                                      .exclude = "none"};
    patching_send(patching, line, &trace);
    strbuf_put(out, line.at, line.len);
    strbuf_printf(out, "\n%s%s%s\n", ledger_verdict_text(trace.verdict),
                  trace.reason != SG_REJECT_NONE ? " " : "",
                  trace.reason != SG_REJECT_NONE ? sg_reject_label(trace.reason) : "");
    if (hints_group_of(&trace, &group))
        check_group(patching, &world, &group, out);
    strbuf_putc(out, '\n');
}

static void load(struct patching *patching, const char *folder) {
    struct files files = files_list(folder, ".json");
    *patching = (struct patching){.catalog_count = files.count};
    cr_assert(files.count > 0 && files.count <= PATCHING_CATALOGS_MAX, "%s", folder);
    for (size_t i = 0; i < files.count; i++) {
        patching->catalogs[i] = json_load_file(files.paths[i], 0, NULL);
        cr_assert(patching->catalogs[i] != NULL, "%s", files.paths[i]);
    }
    files_free(&files);
    patching_open(patching);
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
    static struct patching patching;
    struct strbuf out;
    strbuf_init(&out);
    load(&patching, folder);
    char *input = files_read_in(folder, "input");
    cr_assert(input != NULL, "%s", folder);
    char *rest = input;
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n"))
        if (*line != '\0' && *line != '#')
            check_line(&patching, (struct sg_span){line, files_unescape(line)}, &out);
    compare(folder, &out);
    free(input);
    patching_done(&patching);
    strbuf_done(&out);
}

Test(hints_cases, each_line_has_its_hints) {
    struct files cases = files_list("cases/hints", "");
    for (size_t i = 0; i < cases.count; i++)
        check_case(cases.paths[i]);
    cr_expect(ge(sz, cases.count, 4));
    files_free(&cases);
}
