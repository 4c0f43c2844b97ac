#include <string.h>

#include "includes.h"
#include "paths.h"
#include "rules.h"

/* What is known of a unit while its files are read. */
struct reading {
    struct report *report;
    const struct tree *tree;
    const struct unit *unit;
    struct paths paths;  /* grows by headers that belong to no other unit */
    struct words needed; /* what the files' includes need of DEPS */
};

/* What DEPS have to name for an include, or NULL. */
static const char *needs(struct reading *reading, const struct include *include) {
    const struct facts *facts = &reading->tree->facts;
    if (include->header == NULL)
        return facts_package(facts, include->text);
    const struct unit *owner = facts_owner(facts, include->header);
    if (owner == NULL || owner == reading->unit) {
        paths_add(&reading->paths, include->header);
        return NULL;
    }
    return owner->name;
}

/* Tests look into the folder that they test. */
static bool is_private(const struct unit *unit, const char *header) {
    static const char end[] = "_private.h";
    const size_t length = strlen(header);
    return unit_has_folder(unit) && length >= sizeof end - 1 &&
           strcmp(header + length - (sizeof end - 1), end) == 0;
}

static void seen(void *context, const struct include *include) {
    struct reading *reading = context;
    if (include->header == NULL && include->quoted) {
        report_wrong(reading->report,
                     "%s:%u: includes %s, which is in no folder that %s may look into",
                     include->file, include->line, include->text, reading->unit->name);
        return;
    }
    const char *dep = needs(reading, include);
    if (dep == NULL)
        return;
    if (!words_has(&reading->needed, dep))
        words_add(&reading->needed, dep);
    if (is_private(reading->unit, include->text))
        report_wrong(reading->report, "%s:%u: includes %s, which is private to %s", include->file,
                     include->line, include->text, dep);
    if (!words_has(&reading->unit->deps, dep)) {
        report_wrong(reading->report, "%s:%u: includes %s, but the DEPS of %s do not name %s",
                     include->file, include->line, include->text, reading->unit->name, dep);
    }
}

/* Nothing is known of libraries without headers of their own, as libm. */
static bool has_headers(const struct facts *facts, const char *dep) {
    bool package = false;
    for (size_t i = 0; i < facts->package_count; i++)
        package = package || strcmp(facts->packages[i].name, dep) == 0;
    return package || facts_unit(facts, dep) != NULL;
}

/* Tests and fixtures may link what they do not include: some replace functions of a library. */
static void judge_unused(const struct reading *reading) {
    const struct unit *unit = reading->unit;
    for (size_t i = 0; unit_has_folder(unit) && i < unit->deps.count; i++) {
        const char *dep = unit->deps.items[i];
        if (has_headers(&reading->tree->facts, dep) && !words_has(&reading->needed, dep)) {
            report_wrong(
                reading->report,
                "%s/CMakeLists.txt: the DEPS of %s name %s, but no file includes a header of it",
                unit->folder, unit->name, dep);
        }
    }
}

/* Headers of fixtures are included by their names alone. */
static void find_folders(struct words *folders, const struct facts *facts,
                         const struct unit *unit) {
    for (size_t i = 0; i < facts->includes.count; i++)
        words_add(folders, facts->includes.items[i]);
    for (size_t i = 0; i < unit->deps.count; i++) {
        const struct unit *dep = facts_unit(facts, unit->deps.items[i]);
        if (dep != NULL && dep->kind == UNIT_FIXTURE)
            words_add(folders, dep->folder);
    }
}

static void judge_unit(struct report *report, const struct tree *tree, const struct unit *unit) {
    struct reading reading = {.report = report, .tree = tree, .unit = unit};
    struct words folders = {0};
    find_folders(&folders, &tree->facts, unit);
    paths_of(&reading.paths, tree->root, &tree->facts, unit);
    for (size_t i = 0; i < reading.paths.count; i++)
        includes_read(tree->root, reading.paths.items[i], &folders, seen, &reading);
    judge_unused(&reading);
    paths_free(&reading.paths);
    words_free(&folders);
    words_free(&reading.needed);
}

void rules_includes(struct report *report, const struct tree *tree) {
    for (size_t i = 0; i < tree->facts.unit_count; i++)
        judge_unit(report, tree, &tree->facts.units[i]);
}
