/* SPDX-License-Identifier: MIT */
/*
 * Cases of tests/cases/statgate/explain: a folder with catalogs (*.json), `input` with a line each,
 * and the expected output: expect.txt and expect.out (JSON). In the input, #-lines are comments,
 * \xHH is a byte, and these directives start over with a new setting:
 *   @sender UID GID    @pid PID    @socket SERVICE    @groups INCLUDE EXCLUDE
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "diagnostics/diagnostics.h"
#include "explain/explain.h"
#include "files.h"
#include "golden.h"
#include "hints/hints.h"
#include "statgate/explain/explain_command_private.h"

struct stage {
    struct files files;
    char include[64];
    char exclude[64];
    struct settings settings;
    struct catalogs catalogs;
    struct gate_origin origin;
    struct explain_world world;
};

static void stage_open(struct stage *stage) {
    const struct store_time now = {.mono_ms = 1000, .real_ms = 1700000000000};
    struct messages errors;
    diagnostics_messages_init(&errors);
    stage->settings = (struct settings){.include = stage->include,
                                        .exclude = stage->exclude,
                                        .metrics_listen = "127.0.0.1:9464",
                                        .metrics_path = "/metrics",
                                        .resource = "off",
                                        .bearer_token_file = ""};
    const struct settings_list paths = {(const char **)stage->files.paths, stage->files.count};
    cr_assert(diagnostics_catalogs_load(&stage->settings, &paths, true, &stage->catalogs, &errors),
              "%s", diagnostics_messages_next(&errors, NULL));
    diagnostics_messages_done(&errors);
    explain_world_init(&stage->world, &stage->catalogs.set, &stage->origin, now);
    stage->world.include = stage->include;
    stage->world.exclude = stage->exclude;
}

static void stage_close(struct stage *stage) {
    explain_world_done(&stage->world);
    diagnostics_catalogs_done(&stage->catalogs);
}

static void stage_init(struct stage *stage, const char *folder) {
    *stage = (struct stage){.files = files_list(folder, ".json"),
                            .include = "all",
                            .exclude = "none",
                            .origin = {.pid = 7, .uid = 1000, .gid = 1000}};
    cr_assert(lt(sz, 0, stage->files.count), "%s", folder);
    stage_open(stage);
}

static void direct(struct stage *stage, const char *line) {
    char name[64];
    if (sscanf(line, "@socket %63s", name) == 1) {
        const struct catalog *catalog = catalog_set_find(&stage->catalogs.set, name, strlen(name));
        stage->origin.scope = catalog ? catalog->index + 1 : 0;
    } else if (strncmp(line, "@sender ", 8) == 0) {
        char *rest;
        stage->origin.uid = (uint32_t)strtoul(line + 8, &rest, 10);
        stage->origin.gid = (uint32_t)strtoul(rest, NULL, 10);
    } else if (strncmp(line, "@pid ", 5) == 0) {
        stage->origin.pid = (int32_t)strtol(line + 5, NULL, 10);
    } else if (sscanf(line, "@groups %63s %63s", stage->include, stage->exclude) != 2) {
        cr_assert(false, "unknown directive: %s", line);
    }
    stage_close(stage);
    stage_open(stage);
}

static void check_case(const char *folder) {
    static struct stage stage;
    static struct gate_trace why;
    struct strbuf text;
    struct strbuf json;
    struct strbuf exposed;
    strbuf_init(&text);
    strbuf_init(&json);
    strbuf_init(&exposed);
    stage_init(&stage, folder);
    char *input = files_read_in(folder, "input");
    cr_assert(ne(ptr, input, NULL), "%s has no input", folder);
    char *rest = input;
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
        if (*line == '\0' || *line == '#')
            continue;
        if (*line == '@') {
            direct(&stage, line);
            continue;
        }
        const struct sg_span span = {line, files_unescape(line)};
        const struct hints_world world = explain_world_hints(&stage.world);
        explain_line(&stage.world, span, &why);
        strbuf_clear(&exposed);
        explain_put_exposed(&exposed, &stage.world, &why);
        const struct explain_result result = {&why, &world, strbuf_cstr(&exposed)};
        explain_write_text(&text, &result);
        explain_write_json(&json, &result);
        strbuf_putc(&text, '\n');
        /* The books close for every line. */
        uint64_t samples = 0;
        for (int i = 0; i < VERDICT_COUNT; i++)
            samples += why.samples[i];
        cr_expect(eq(u64, samples, why.step > STEP_FORM ? sg_line_samples(&why.line) : 1), "%s",
                  line);
    }
    golden_expect(folder, "expect.txt", &text);
    golden_expect(folder, "expect.out", &json);
    free(input);
    stage_close(&stage);
    files_free(&stage.files);
    strbuf_done(&exposed);
    strbuf_done(&json);
    strbuf_done(&text);
}

Test(statgate_explain_cases, every_case_comes_out_as_expected) {
    golden_each("explain", 10, check_case);
}

Test(statgate_explain_cases, every_kind_with_lines_says_what_it_takes_and_refuses) {
    for (int i = 0; i < KIND_COUNT; i++) {
        const struct catalog_family family = {.kind = &catalog_kind_rows[i]};
        const struct hints_kind *kind = hints_kind(&family);
        cr_expect(eq(int, kind->takes != NULL, !catalog_kind_rows[i].is_machine), "%s",
                  catalog_kind_rows[i].type);
        cr_expect(eq(int, kind->refuses != NULL, !catalog_kind_rows[i].is_machine), "%s",
                  catalog_kind_rows[i].type);
    }
}
