#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "memory.h"

void files_add(struct files *files, const char *path) {
    for (size_t i = 0; i < files->count; i++)
        if (strcmp(files->items[i], path) == 0)
            return;
    files->items = memory_grow(files->items, files->count, sizeof *files->items);
    files->items[files->count++] = memory_text("%s", path);
}

void files_free(struct files *files) {
    for (size_t i = 0; i < files->count; i++)
        free(files->items[i]);
    free(files->items);
    *files = (struct files){0};
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

static void add_folder(struct files *files, const char *root, const struct facts *facts,
                       const struct unit *unit, const char *folder) {
    char *place = memory_text("%s/%s", root, folder);
    struct dirent **entries = NULL;
    const int count = scandir(place, &entries, visible, alphasort);
    for (int i = 0; i < count; i++) {
        char *path = memory_text("%s/%s", folder, entries[i]->d_name);
        if (entries[i]->d_type == DT_DIR)
            add_folder(files, root, facts, unit, path);
        else if (is_c(path) && !of_another(facts, unit, path))
            files_add(files, path);
        free(path);
        free(entries[i]);
    }
    free(entries);
    free(place);
}

void files_of(struct files *files, const char *root, const struct facts *facts,
              const struct unit *unit) {
    if (unit->kind == UNIT_LIBRARY) {
        add_folder(files, root, facts, unit, unit->folder);
        return;
    }
    for (size_t i = 0; i < unit->sources.count; i++)
        files_add(files, unit->sources.items[i]);
}
