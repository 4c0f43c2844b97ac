/*
 * paths.h - which files belong to a target.
 */
#ifndef ARROWS_PATHS_H
#define ARROWS_PATHS_H

#include <stdbool.h>
#include <stddef.h>

#include "facts.h"

/** Paths from the root of the tree, without repetition. */
struct paths {
    char **items;
    size_t count;
};

/**
 * The files of a unit: a library's are all C files of its folder and of the folders in it but for
 * the sources of others; others have their sources.
 */
void paths_of(struct paths *paths, const char *root, const struct facts *facts,
              const struct unit *unit);

/** Adds a copy of a path that is not there yet. */
void paths_add(struct paths *paths, const char *path);
void paths_free(struct paths *paths);

#endif
