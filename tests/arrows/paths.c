#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "paths.h"

void paths_add(struct paths *paths, const char *path) {
    for (size_t i = 0; i < paths->count; i++)
        if (strcmp(paths->items[i], path) == 0)
            return;
    paths->items = memory_grow(paths->items, paths->count, sizeof *paths->items);
    paths->items[paths->count++] = memory_text("%s", path);
}

void paths_free(struct paths *paths) {
    for (size_t i = 0; i < paths->count; i++)
        free(paths->items[i]);
    free(paths->items);
    *paths = (struct paths){0};
}

static bool is_c(const char *name) {
    const char *dot = strrchr(name, '.');
    return dot != NULL &&
           (strcmp(dot, ".c") == 0 || strcmp(dot, ".h") == 0 || strcmp(dot, ".def") == 0);
}

static bool of_another(const struct facts *facts, const struct unit *unit, const char *path) {
    for (size_t i = 0; i < facts->unit_count; i++)
        if (&facts->units[i] != unit && words_has(&facts->units[i].sources, path))
            return true;
    return false;
}

static int visible(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

static void add_folder(struct paths *paths, const char *root, const struct facts *facts,
                       const struct unit *unit, const char *folder) {
    char *place = memory_text("%s/%s", root, folder);
    struct dirent **entries = NULL;
    const int count = scandir(place, &entries, visible, alphasort);
    for (int i = 0; i < count; i++) {
        char *path = memory_text("%s/%s", folder, entries[i]->d_name);
        if (entries[i]->d_type == DT_DIR)
            add_folder(paths, root, facts, unit, path);
        else if (is_c(path) && !of_another(facts, unit, path))
            paths_add(paths, path);
        free(path);
        free(entries[i]);
    }
    free(entries);
    free(place);
}

void paths_of(struct paths *paths, const char *root, const struct facts *facts,
              const struct unit *unit) {
    if (unit->kind == UNIT_LIBRARY) {
        add_folder(paths, root, facts, unit, unit->folder);
        return;
    }
    for (size_t i = 0; i < unit->sources.count; i++)
        paths_add(paths, unit->sources.items[i]);
}
