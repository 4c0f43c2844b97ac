/* SPDX-License-Identifier: MIT */
/*
 * diagnostics.h - errors and warnings with their places, in the form that editors and code hosts
 * read.
 */
#ifndef STATGATE_DIAGNOSTICS_DIAGNOSTICS_H
#define STATGATE_DIAGNOSTICS_DIAGNOSTICS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "catalog/catalog.h"
#include "settings/settings.h"

/* ---- messages: errors and warnings, collected to be printed at the end. ---- */

/** Consecutive messages, each terminated. */
struct messages {
    struct strbuf text;
    size_t count;
};

void diagnostics_messages_init(struct messages *messages);
void diagnostics_messages_done(struct messages *messages);
void diagnostics_messages_add(struct messages *messages, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** The message after `message` (NULL: the first), or NULL. */
const char *diagnostics_messages_next(const struct messages *messages, const char *message);

/* ---- catalogs: loads a program's catalogs, and reports every error in them, not only the first.
 * The daemon and the command both load them here, so they refuse the same catalogs in the same
 * words.
 */

/** Catalogs, and the endpoints that show them. */
struct catalogs {
    struct catalog_set set;
    struct endpoint_plan plan;
    bool whole; /**< endpoints of the configuration file count as well */
};

/**
 * Load, cross-check and finish these files and folders, together with the endpoints and the
 * daemon's own catalogs, whose names others must not take. `named`: the paths were named on the
 * command line; then endpoints of a configuration file count only if that file was named there as
 * well. Paths of the settings themselves (&settings->catalog) that cannot be read are reported with
 * the setting's place. Returns false if a catalog or an endpoint is refused, with an error for each
 * place; *ret_catalogs is empty then. Call diagnostics_catalogs_done in any case. The settings are
 * borrowed.
 */
bool diagnostics_catalogs_load(const struct settings *settings, const struct settings_list *paths,
                               bool named, struct catalogs *ret_catalogs, struct messages *errors);
void diagnostics_catalogs_done(struct catalogs *catalogs);

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

struct diagnostics {
    struct arena arena;
    struct mistake *items; /**< errors first */
    size_t count;
    size_t left_bytes; /**< bytes of catalogs that may still be read */
    bool cut;          /**< some catalogs may have more mistakes */
};

/** Find the places of these errors and warnings. A refused catalog is searched for all its
 * mistakes, which reads it once for each. A caller with little time limits the bytes that are read
 * for that in all (`most_bytes`); beyond it, only the first mistake of a catalog is found. */
void diagnostics_find(struct diagnostics *ret_mistakes, const struct messages *errors,
                      const struct messages *warnings, size_t most_bytes);
/** Find the place in the configuration file of why settings were refused: one mistake. If it is not
 * in a file, only its message is set. */
void diagnostics_find_setting(struct diagnostics *ret_mistakes, const char *why);
void diagnostics_done(struct diagnostics *mistakes);

/** Append a line for each mistake: `FILE:LINE:COLUMN: POINTER: TEXT; HINT`; mistakes without a
 * place as they were collected. */
void diagnostics_write(const struct diagnostics *mistakes, struct strbuf *out);

/** Append all mistakes of these errors, as diagnostics_find finds and diagnostics_write writes
 * them. */
void diagnostics_write_errors(const struct messages *errors, struct strbuf *out);
/** Put the place, as diagnostics_find_setting finds it, into why settings were refused. */
void diagnostics_locate_setting(struct error *why);

enum { DIAGNOSTICS_LISTED = 10 };

/** The same lines for a log or an answer: at most MISTAKES_LISTED, then one that says how many more
 * there are or may be, and how to check these catalogs. */
void diagnostics_list(const struct diagnostics *mistakes, const struct settings_list *paths,
                      struct messages *ret_lines);

#endif
