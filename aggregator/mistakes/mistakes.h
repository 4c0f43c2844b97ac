/*
 * mistakes.h - errors and warnings with their places, in the form that editors and code hosts read.
 */
#ifndef STATGATE_MISTAKES_MISTAKES_H
#define STATGATE_MISTAKES_MISTAKES_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"
#include "mistakes/messages.h"
#include "settings/settings.h"

/** A mistake; its texts belong to the list. */
struct mistake {
    bool warning;
    const char *file;    /**< NULL: not about a file */
    size_t line;         /**< from 1; 0: the file as a whole */
    size_t column;       /**< in characters */
    const char *pointer; /**< to the value; "": none */
    const char *text;
    const char *hint; /**< or NULL */
    const char
        *message; /**< as it was collected; NULL: found by a search of a catalog, with a place */
};

struct mistakes {
    struct arena arena;
    struct mistake *items; /**< errors first */
    size_t count;
    size_t left_bytes; /**< bytes of catalogs that may still be read */
    bool cut;          /**< some catalogs may have more mistakes */
    bool failed;       /**< out of memory */
};

/** Find the places of these errors and warnings. A refused catalog is searched for all its
 * mistakes, which reads it once for each. A caller with little time limits the bytes that are read
 * for that in all (`most_bytes`); beyond it, only the first mistake of a catalog is found. */
void mistakes_find(struct mistakes *ret_mistakes, const struct messages *errors,
                   const struct messages *warnings, size_t most_bytes);
/** Find the place in the configuration file of why settings were refused: one mistake. If it is not
 * in a file, only its message is set. */
void mistakes_find_setting(struct mistakes *ret_mistakes, const char *why);
void mistakes_done(struct mistakes *mistakes);

/** Append a line for each mistake: `FILE:LINE:COLUMN: POINTER: TEXT; HINT`; mistakes without a
 * place as they were collected. */
void mistakes_write(const struct mistakes *mistakes, struct strbuf *out);

/** Append all mistakes of these errors, as mistakes_find finds and mistakes_write writes them. */
void mistakes_write_errors(const struct messages *errors, struct strbuf *out);
/** Put the place, as mistakes_find_setting finds it, into why settings were refused. */
void mistakes_locate_setting(struct error *why);

enum { MISTAKES_LISTED = 10 };

/** The same lines for a log or an answer: at most MISTAKES_LISTED, then one that says how many more
 * there are or may be, and how to check these catalogs. */
void mistakes_list(const struct mistakes *mistakes, const struct settings_list *paths,
                   struct messages *ret_lines);

#endif
