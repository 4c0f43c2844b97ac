/*
 * includes.h - the #include lines of a file.
 */
#ifndef ARROWS_INCLUDES_H
#define ARROWS_INCLUDES_H

#include <stdbool.h>

#include "words.h"

/** One #include of a file. The texts are valid within the call of include_seen only. */
struct include {
    const char *file; /**< that includes, from the root of the tree */
    unsigned line;
    const char *text;   /**< as written: base/num.h */
    bool quoted;        /**< else in angle brackets */
    const char *header; /**< from the root of the tree; NULL if the tree does not have it */
};

typedef void include_seen(void *context, const struct include *include);

/**
 * Calls `seen` for each #include of root/file. Headers are looked for as compilers do: in the
 * file's own folder unless in angle brackets, then in `folders`. A file that cannot be read has
 * none.
 */
void includes_read(const char *root, const char *file, const struct words *folders,
                   include_seen *seen, void *context);

#endif
