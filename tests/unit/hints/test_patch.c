/*
 * Cases of tests/cases/hints: a folder with catalogs (*.json), `input` with a line each (#: a comment,
 * \xHH: a byte), and `expect.txt`: of each line that is not accepted its hints as one of many, and the
 * patch. A patch is put into its catalog, as jq's `*` does, and all lines up to this one are sent again:
 * then it has to be taken.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "files.h"
#include "fixture.h"
#include "hints/patch.h"

enum { CATALOGS_MAX = 4, LINES_MAX = 200 };

struct stage {
    struct fixture fx;
    json_t *catalogs[CATALOGS_MAX];
    size_t catalog_count;
    struct sg_span lines[LINES_MAX]; /* that were sent, in order */
    size_t line_count;
};

static void open_with(struct fixture *fx, json_t *const *catalogs, size_t count) {
    char *texts[CATALOGS_MAX + 1] = {NULL};
    for (size_t i = 0; i < count; i++)
        texts[i] = json_dumps(catalogs[i], 0);
    fixture_init(fx, (const char *const *)texts);
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
}

static void explain(struct fixture *fx, struct sg_span line, struct gate_trace *trace) {
    gate_explain(fx->gate, line, &fx->origin, fx->now, trace);
}

/* What becomes of the last line with the patched catalog. */
static enum verdict try_patched(const struct stage *stage, const char *patch_text) {
    static struct gate_trace trace;
    struct fixture fx;
    json_t *catalogs[CATALOGS_MAX];
    json_t *patch = json_loads(patch_text, 0, NULL);
    cr_assert_not_null(patch, "%s", patch_text);
    size_t patched = 0;
    for (size_t i = 0; i < stage->catalog_count; i++) {
        catalogs[i] = json_deep_copy(stage->catalogs[i]);
        if (json_equal(json_object_get(catalogs[i], "service"),
                       json_object_get(patch, "service"))) {
            (void)json_object_update_recursive(catalogs[i], patch);
            patched++;
        }
    }
    cr_expect(eq(sz, patched, 1), "%s", patch_text);
    open_with(&fx, catalogs, stage->catalog_count);
    for (size_t i = 0; i < stage->line_count; i++)
        explain(&fx, stage->lines[i], &trace);
    const enum verdict verdict = trace.verdict;
    fixture_done(&fx);
    for (size_t i = 0; i < stage->catalog_count; i++)
        json_decref(catalogs[i]);
    json_decref(patch);
    return verdict;
}

static void put_hints(struct strbuf *out, const char *text) {
    while (*text) {
        const size_t len = strcspn(text, "\n");
        strbuf_puts(out, "  ");
        strbuf_put(out, text, len);
        strbuf_putc(out, '\n');
        text += len + 1;
    }
}

static void check_group(const struct stage *stage, const struct hints_world *world,
                        const struct hints_group *group, struct strbuf *out) {
    struct strbuf text;
    strbuf_init(&text);
    hints_of_group(&text, world, group);
    put_hints(out, strbuf_cstr(&text));
    strbuf_clear(&text);
    if (!hints_patch(&text, world, group)) {
        cr_expect(eq(sz, text.len, 0));
        strbuf_puts(out, "  no patch\n");
    } else {
        const enum verdict verdict = try_patched(stage, strbuf_cstr(&text));
        cr_expect(ne(int, (int)verdict, (int)VERDICT_REJECTED), "%s", strbuf_cstr(&text));
        if (group->folded)
            cr_expect(eq(int, (int)verdict, (int)VERDICT_ACCEPTED), "%s", strbuf_cstr(&text));
        strbuf_printf(out, "  %s: %s\n", verdict_text(verdict), strbuf_cstr(&text));
    }
    strbuf_done(&text);
}

static void check_line(struct stage *stage, struct sg_span line, struct strbuf *out) {
    static struct gate_trace trace;
    struct hints_group group;
    const struct hints_world world = {
        .set = &stage->fx.set, .machines = stage->fx.machines, .include = "all", .exclude = "none"};
    stage->lines[stage->line_count++] = line;
    explain(&stage->fx, line, &trace);
    strbuf_put(out, line.at, line.len);
    strbuf_printf(out, "\n%s%s%s\n", verdict_text(trace.verdict),
                  trace.reason != SG_REJECT_NONE ? " " : "",
                  trace.reason != SG_REJECT_NONE ? sg_reject_label(trace.reason) : "");
    if (hints_group_of(&trace, &group))
        check_group(stage, &world, &group, out);
    strbuf_putc(out, '\n');
}

static void load(struct stage *stage, const char *folder) {
    struct files files = files_list(folder, ".json");
    *stage = (struct stage){.catalog_count = files.count};
    cr_assert(files.count > 0 && files.count <= CATALOGS_MAX, "%s", folder);
    for (size_t i = 0; i < files.count; i++) {
        stage->catalogs[i] = json_load_file(files.paths[i], 0, NULL);
        cr_assert_not_null(stage->catalogs[i], "%s", files.paths[i]);
    }
    files_free(&files);
    open_with(&stage->fx, stage->catalogs, stage->catalog_count);
}

static void compare(const char *folder, struct strbuf *got) {
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/expect.txt", folder);
    if (getenv("STATGATE_UPDATE") != NULL) {
        files_write(path, got->data, got->len);
        return;
    }
    char *want = files_read(path, NULL);
    cr_assert_not_null(want, "%s", path);
    cr_expect(eq(str, (char *)strbuf_cstr(got), want), "%s", path);
    free(want);
}

static void check_case(const char *folder) {
    static struct stage stage;
    struct strbuf out;
    strbuf_init(&out);
    load(&stage, folder);
    char *input = files_read_in(folder, "input");
    cr_assert_not_null(input, "%s", folder);
    char *rest = input;
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n"))
        if (*line != '\0' && *line != '#')
            check_line(&stage, (struct sg_span){line, files_unescape(line)}, &out);
    compare(folder, &out);
    free(input);
    fixture_done(&stage.fx);
    for (size_t i = 0; i < stage.catalog_count; i++)
        json_decref(stage.catalogs[i]);
    strbuf_done(&out);
}

Test(hints_patch, a_patched_catalog_takes_the_line) {
    struct files cases = files_list("cases/hints", "");
    for (size_t i = 0; i < cases.count; i++)
        check_case(cases.paths[i]);
    cr_expect(ge(sz, cases.count, 4));
    files_free(&cases);
}
