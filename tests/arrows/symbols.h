/*
 * symbols.h - what objects export and use.
 */
#ifndef ARROWS_SYMBOLS_H
#define ARROWS_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>

#include "facts.h"

/** One external symbol of an object file. */
struct symbol {
    const struct unit *unit;
    const char *file; /**< the source in the unit's folder: check/lint.c */
    const char *name;
    bool defined; /**< else used */
};

struct symbols {
    char *text; /**< what all names point into */
    struct symbol *items;
    size_t count;
};

/**
 * Reads what `nm --extern-only --print-file-name` wrote about object files in CMake's places
 * (…/TARGET.dir/FILE.o). Names that the compiler makes are left out, and so are objects of targets
 * that `facts` does not have, and `main`. False, with a message on stderr, if it cannot be read.
 */
bool symbols_read(struct symbols *symbols, const struct facts *facts, const char *path);
void symbols_free(struct symbols *symbols);

#endif
