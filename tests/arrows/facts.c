#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "facts.h"
#include "memory.h"

static const char *const kinds[] = {
    [UNIT_LIBRARY] = "library",
    [UNIT_PROGRAM] = "program",
    [UNIT_FIXTURE] = "fixture",
    [UNIT_TEST] = "test",
};

static bool add_unit(struct facts *facts, const char *kind, const char *name, const char *folder) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kind, kinds[i]) == 0) {
            facts->units = memory_grow(facts->units, facts->unit_count, sizeof *facts->units);
            facts->units[facts->unit_count++] =
                (struct unit){.kind = (enum unit_kind)i, .name = name, .folder = folder};
            return true;
        }
    }
    return false;
}

static bool add_package(struct facts *facts, const char *name, const char *header) {
    facts->packages = memory_grow(facts->packages, facts->package_count, sizeof *facts->packages);
    facts->packages[facts->package_count++] = (struct package){.name = name, .header = header};
    return true;
}

static bool add_word(struct words *words, const char *word) {
    words_add(words, word);
    return true;
}

static bool read_line(struct facts *facts, char *line) {
    char *rest = NULL;
    const char *kind = strtok_r(line, " ", &rest);
    const char *first = strtok_r(NULL, " ", &rest);
    const char *second = strtok_r(NULL, " ", &rest);
    struct unit *unit = facts->unit_count > 0 ? &facts->units[facts->unit_count - 1] : NULL;
    if (kind == NULL || first == NULL)
        return false;
    if (strcmp(kind, "include") == 0)
        return add_word(&facts->includes, first);
    if (strcmp(kind, "source") == 0)
        return unit != NULL && add_word(&unit->sources, first);
    if (strcmp(kind, "dep") == 0)
        return unit != NULL && add_word(&unit->deps, first);
    if (strcmp(kind, "package") == 0)
        return second != NULL && add_package(facts, first, second);
    return second != NULL && add_unit(facts, kind, first, second);
}

bool facts_read(struct facts *facts, const char *path) {
    *facts = (struct facts){.text = memory_read(path)};
    if (facts->text == NULL) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return false;
    }
    char *rest = facts->text;
    for (unsigned number = 1; rest != NULL && *rest != '\0'; number++) {
        if (!read_line(facts, strsep(&rest, "\n"))) {
            fprintf(stderr, "%s:%u: not a line of facts\n", path, number);
            facts_free(facts);
            return false;
        }
    }
    return true;
}

void facts_free(struct facts *facts) {
    for (size_t i = 0; i < facts->unit_count; i++) {
        words_free(&facts->units[i].sources);
        words_free(&facts->units[i].deps);
    }
    words_free(&facts->includes);
    free(facts->packages);
    free(facts->units);
    free(facts->text);
    *facts = (struct facts){0};
}

const struct unit *facts_unit(const struct facts *facts, const char *name) {
    for (size_t i = 0; i < facts->unit_count; i++)
        if (strcmp(facts->units[i].name, name) == 0)
            return &facts->units[i];
    return NULL;
}

bool unit_has_folder(const struct unit *unit) {
    return unit->kind == UNIT_LIBRARY || unit->kind == UNIT_PROGRAM;
}

static size_t stem_length(const char *path) {
    const char *dot = strrchr(path, '.');
    return dot == NULL ? strlen(path) : (size_t)(dot - path);
}

/* support/files.h belongs to the fixture with support/files.c. */
static bool has_source(const struct unit *unit, const char *path) {
    const size_t length = stem_length(path);
    for (size_t i = 0; i < unit->sources.count; i++) {
        const char *source = unit->sources.items[i];
        if (stem_length(source) == length && strncmp(source, path, length) == 0)
            return true;
    }
    return false;
}

static bool lies_in(const char *path, const char *folder) {
    const size_t length = strlen(folder);
    return strncmp(path, folder, length) == 0 && path[length] == '/';
}

/* Programs come last, and do not count in a folder that a library has. */
const struct unit *facts_owner(const struct facts *facts, const char *path) {
    const struct unit *owner = NULL;
    for (size_t i = 0; i < facts->unit_count; i++) {
        const struct unit *unit = &facts->units[i];
        if (unit->kind == UNIT_FIXTURE && has_source(unit, path))
            return unit;
        if (unit_has_folder(unit) && lies_in(path, unit->folder) &&
            (owner == NULL || owner->kind == UNIT_PROGRAM))
            owner = unit;
    }
    return owner;
}

const char *facts_package(const struct facts *facts, const char *header) {
    for (size_t i = 0; i < facts->package_count; i++) {
        const struct package *package = &facts->packages[i];
        const size_t length = strlen(package->header);
        const bool folder = length > 0 && package->header[length - 1] == '/';
        if (folder ? strncmp(header, package->header, length) == 0
                   : strcmp(header, package->header) == 0)
            return package->name;
    }
    return NULL;
}
