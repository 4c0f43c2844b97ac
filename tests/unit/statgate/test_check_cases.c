/* SPDX-License-Identifier: MIT */
/*
 * Cases of tests/cases/statgate/check: a folder with catalogs (*.json, given in byte order of
 * name), perhaps `groups` with the words for include and exclude on its two lines, perhaps
 * `settings.conf`, a configuration file with endpoints, and the expected output: expect.txt,
 * expect.out (JSON), expect.err. Costs are round numbers here, so that the figures of other parts
 * do not show.
 */
#include <stdio.h>
#include <stdlib.h>

#include "assertions.h"
#include "files.h"
#include "golden.h"
#include "settings/settings.h"
#include "statgate/check/check_private.h"

static struct footprint memory_of(const struct catalog_set *set) {
    struct footprint memory = {.families = calloc(set->family_count + 1, sizeof *memory.families)};
    for (size_t i = 0; i < set->family_count; i++)
        memory.families[i] = set->families[i]->bound * 100;
    for (int i = 0; i < FOOTPRINT_PART_COUNT; i++)
        memory.parts[i] = 5000;
    memory.parts[FOOTPRINT_KNOWN] = set->bound * 1000;
    memory.family_count = set->family_count;
    memory.object = 3000;
    memory.restore = 700;
    memory.parts[FOOTPRINT_PARTS] = 0;
    for (size_t i = 0; i < set->family_count; i++)
        memory.parts[FOOTPRINT_PARTS] += family_is_owned(set->families[i]) ? 10000 : 0;
    return memory;
}

struct scene {
    struct files files;
    char include[64];
    char exclude[64];
};

static void read_scene(struct scene *scene, const char *folder) {
    *scene =
        (struct scene){.files = files_list(folder, ".json"), .include = "all", .exclude = "none"};
    cr_assert(lt(sz, 0, scene->files.count), "%s", folder);
    char *groups = files_read_in(folder, "groups");
    if (groups)
        (void)sscanf(groups, "%63s %63s", scene->include, scene->exclude);
    free(groups);
}

/* The daemon's own metrics are tested elsewhere; here they would only change the sums. */
static void leave_out_own(struct catalogs *catalogs) {
    struct catalog_set *set = &catalogs->set;
    struct error why;
    size_t kept = 0;
    for (size_t i = 0; i < set->count; i++) {
        if (set->catalogs[i]->internal)
            catalog_free(set->catalogs[i]);
        else
            set->catalogs[kept++] = set->catalogs[i];
    }
    cr_assert(lt(sz, kept, set->count), "the daemon's own catalog is missing");
    set->count = kept;
    cr_assert(settings_endpoint_plan_build(&catalogs->plan, set, &why), "%s", why.text);
}

static void read_settings(struct settings *settings, const struct scene *scene,
                          const char *folder) {
    static const struct settings_program program = {.name = "test", .allowed = SETTINGS_ALL};
    char *none[] = {NULL};
    const struct settings_host host = {
        .uid = 1000, .environment = none, .config_file = "/nonexistent"};
    char include[80];
    char exclude[80];
    char config[512];
    char *argv[] = {"test", include, exclude, config};
    struct error error;
    char *text = files_read_in(folder, "settings.conf");
    (void)snprintf(include, sizeof include, "--include=%s", scene->include);
    (void)snprintf(exclude, sizeof exclude, "--exclude=%s", scene->exclude);
    (void)snprintf(config, sizeof config, "--config=%s/settings.conf", folder);
    const enum settings_outcome outcome =
        settings_parse(settings, &program, text ? 4 : 3, argv, &host, &error);
    cr_assert(eq(int, (int)outcome, (int)SETTINGS_OK), "%s", error.text);
    free(text);
}

static void warn(void *arg, const char *text) {
    diagnostics_messages_add(arg, "%s", text);
}

static void put_messages(struct strbuf *out, const char *head, const struct messages *messages) {
    for (const char *text = diagnostics_messages_next(messages, NULL); text != NULL;
         text = diagnostics_messages_next(messages, text))
        strbuf_printf(out, "%s%s\n", head, text);
}

static void check_case(const char *folder) {
    struct scene scene;
    struct settings settings = {0};
    struct catalogs catalogs;
    struct messages errors;
    struct messages warnings;
    struct strbuf out;
    read_scene(&scene, folder);
    read_settings(&settings, &scene, folder);
    diagnostics_messages_init(&errors);
    diagnostics_messages_init(&warnings);
    strbuf_init(&out);
    const struct settings_list paths = {(const char **)scene.files.paths, scene.files.count};
    const bool good = diagnostics_catalogs_load(&settings, &paths, true, &catalogs, &errors);
    cr_expect(eq(int, good, errors.count == 0));
    if (good) {
        leave_out_own(&catalogs);
        check_lint_set(&catalogs.set, &warnings);
        settings_endpoint_warnings(&catalogs.plan, &catalogs.set, warn, &warnings);
        check_lint_groups(&catalogs.set, "--include", scene.include, &warnings);
        check_lint_groups(&catalogs.set, "--exclude", scene.exclude, &warnings);
    }
    struct footprint memory = memory_of(&catalogs.set);
    const struct check_report report = {.set = &catalogs.set,
                                        .plan = &catalogs.plan,
                                        .errors = &errors,
                                        .warnings = &warnings,
                                        .memory = &memory};
    if (good)
        check_write_text(&out, &report);
    golden_expect(folder, "expect.txt", &out);
    strbuf_clear(&out);
    check_write_json(&out, &report);
    golden_expect(folder, "expect.out", &out);
    strbuf_clear(&out);
    put_messages(&out, "", &errors);
    put_messages(&out, "warning: ", &warnings);
    golden_expect(folder, "expect.err", &out);
    strbuf_done(&out);
    footprint_done(&memory);
    diagnostics_messages_done(&warnings);
    diagnostics_messages_done(&errors);
    diagnostics_catalogs_done(&catalogs);
    settings_done(&settings);
    files_free(&scene.files);
}

Test(statgate_check_cases, every_case_comes_out_as_expected) {
    golden_each("check", 11, check_case);
}
