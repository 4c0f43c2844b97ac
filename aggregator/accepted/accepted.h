/*
 * accepted.h - the texts that a daemon runs on: its configuration file, its catalogs with their
 * files of values, tokens, and the variables of the environment that settings and catalogs took.
 * They are kept in the object (texts_object.h), so that the next daemon can run on what was
 * accepted last where a file is refused. Pure.
 */
#ifndef STATGATE_ACCEPTED_ACCEPTED_H
#define STATGATE_ACCEPTED_ACCEPTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/** What a text is. The numbers are stored. */
enum accepted_kind {
    ACCEPTED_SETTINGS = 1,     /**< the configuration file; with the name "": there was none */
    ACCEPTED_SETTING_VARIABLE, /**< a variable that is a setting */
    ACCEPTED_CATALOG,
    ACCEPTED_CATALOG_VARIABLE, /**< a variable that a catalog took */
    ACCEPTED_TOKEN,            /**< the file of a bearer token */
    ACCEPTED_CATALOG_VALUES,   /**< a file of values that a catalog took */
    ACCEPTED_KIND_COUNT
};

/** Terminated texts; they may hold any other byte. */
struct accepted_text {
    enum accepted_kind kind;
    const char *name; /**< path of the file, or name of the variable */
    const char *of;   /**< CATALOG: the path in the settings, perhaps of its folder;
                           CATALOG_VARIABLE, CATALOG_VALUES: the catalog's file; else "" */
    const char *text; /**< of a variable: "" if it is not set or empty */
    size_t len;
    int64_t since_ms; /**< Unix time when this text was first accepted */
};

/** Texts in the order in which they were added; a name and what it is of occur once for a kind.
 * Zeroed: none. */
struct accepted {
    struct arena arena;
    struct accepted_text *items;
    size_t count;
    size_t cap;
};

void accepted_done(struct accepted *accepted);
/** Add a copy of the text. Does nothing if the list has one of this kind, name and `of`. False: out
 * of memory. */
bool accepted_add(struct accepted *accepted, const struct accepted_text *text);
/** Find a text; NULL if there is none, or `accepted` is NULL. */
const struct accepted_text *accepted_find(const struct accepted *accepted, enum accepted_kind kind,
                                          const char *of, const char *name);
/** The next text of this kind from *at on; the caller starts with 0. NULL: no more. */
const struct accepted_text *accepted_next(const struct accepted *accepted, enum accepted_kind kind,
                                          size_t *at);
/** Whether both lists have the same texts of this kind that are of `of`. */
bool accepted_same_of(const struct accepted *a, const struct accepted *b, enum accepted_kind kind,
                      const char *of);

#endif
