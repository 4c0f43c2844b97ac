/*
 * Cases of tests/cases/cli/check: a folder with catalogs (*.json, given in byte order of name),
 * perhaps `groups` with the words for include and exclude on its two lines, and what must come out:
 * expect.txt, expect.out (JSON), expect.err. Costs are round numbers here, so that the figures of
 * other parts do not show.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "assertions.h"
#include "cli/check.h"
#include "cli/lint.h"
#include "golden.h"

static uint64_t family_bytes(const struct catalog_family *family) {
    return family->bound * 100;
}

static uint64_t known_bytes(uint64_t series_bound) {
    return series_bound * 1000;
}

static uint64_t owner_table_bytes(void) {
    return 5000;
}

static uint64_t shared_bytes(const struct catalog_set *set) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < set->family_count; i++)
        bytes += family_is_owned(set->families[i]) ? 10000 : 0;
    return bytes;
}

enum { PATHS_MAX = 8 };

struct scene {
    char paths[PATHS_MAX][512];
    const char *items[PATHS_MAX];
    size_t count;
    char include[64];
    char exclude[64];
};

static int is_catalog(const struct dirent *entry) {
    const size_t len = strlen(entry->d_name);
    return len > 5 && strcmp(entry->d_name + len - 5, ".json") == 0;
}

static void read_scene(struct scene *scene, const char *folder) {
    *scene = (struct scene){.count = 0, .include = "all", .exclude = "none"};
    struct dirent **entries;
    const int count = scandir(folder, &entries, is_catalog, alphasort);
    cr_assert(lt(int, 0, count), "%s", folder);
    for (int i = 0; i < count; i++) {
        cr_assert(lt(sz, scene->count, PATHS_MAX));
        (void)snprintf(scene->paths[scene->count], sizeof scene->paths[0], "%s/%s", folder,
                       entries[i]->d_name);
        scene->items[scene->count] = scene->paths[scene->count];
        scene->count++;
        free(entries[i]);
    }
    free(entries);
    char *groups = golden_read(folder, "groups");
    if (groups)
        (void)sscanf(groups, "%63s %63s", scene->include, scene->exclude);
    free(groups);
}

static void put_all(struct strbuf *out, const char *head, const struct messages *messages) {
    for (const char *text = messages_next(messages, NULL); text;
         text = messages_next(messages, text))
        strbuf_printf(out, "%s%s\n", head, text);
}

/* The daemon's own metrics are another part's matter; here they would only change the sums. */
static void leave_out_own(struct catalog_set *set) {
    char why[256];
    for (size_t i = 0; i < set->count; i++) {
        if (!set->catalogs[i]->internal)
            continue;
        catalog_free(set->catalogs[i]);
        set->catalogs[i] = set->catalogs[--set->count];
        cr_assert(catalog_set_finish(set, why, sizeof why), "%s", why);
        return;
    }
    cr_assert(false, "the daemon's own catalog is missing");
}

static void check_case(const char *folder) {
    struct scene scene;
    struct catalog_set set;
    struct messages errors;
    struct messages warnings;
    struct strbuf out;
    read_scene(&scene, folder);
    messages_init(&errors);
    messages_init(&warnings);
    strbuf_init(&out);
    const struct catalog_choice choice = {.paths = scene.items,
                                          .count = scene.count,
                                          .include = scene.include,
                                          .exclude = scene.exclude};
    const bool good = catalogs_load(&choice, &set, &errors);
    cr_expect(eq(int, good, errors.count == 0));
    if (good) {
        leave_out_own(&set);
        lint_set(&set, &warnings);
        lint_groups(&set, "--include", scene.include, &warnings);
        lint_groups(&set, "--exclude", scene.exclude, &warnings);
    }
    const struct check_report report = {.set = &set,
                                        .errors = &errors,
                                        .warnings = &warnings,
                                        .family_bytes = family_bytes,
                                        .known_bytes = known_bytes,
                                        .owners_bytes = owner_table_bytes,
                                        .shared_bytes = shared_bytes};
    if (good)
        check_write_text(&out, &report);
    golden_expect(folder, "expect.txt", &out);
    strbuf_clear(&out);
    check_write_json(&out, &report);
    golden_expect(folder, "expect.out", &out);
    strbuf_clear(&out);
    put_all(&out, "", &errors);
    put_all(&out, "warning: ", &warnings);
    golden_expect(folder, "expect.err", &out);
    strbuf_done(&out);
    messages_done(&warnings);
    messages_done(&errors);
    catalog_set_done(&set);
}

Test(cli_check_cases, every_case_comes_out_as_expected) {
    golden_each("check", 9, check_case);
}
