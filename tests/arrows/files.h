/*
 * files.h - which files belong to a target.
 */
#ifndef ARROWS_FILES_H
#define ARROWS_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "facts.h"

/** Paths from the root of the tree, without repetition. */
struct files {
    char **items;
    size_t count;
};

/**
 * The files of a unit: a library's are all C files of its folder and of the folders in it but for the
 * sources of others; others have their sources.
 */
void files_of(struct files *files, const char *root, const struct facts *facts,
              const struct unit *unit);

/** Adds a copy of a path that is not there yet. */
void files_add(struct files *files, const char *path);
void files_free(struct files *files);

#endif
