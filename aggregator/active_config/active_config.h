/* SPDX-License-Identifier: MIT */
/*
 * active_config.h - the texts that a daemon runs on: its configuration file, its catalogs with
 * their files of values, tokens, and the variables of the environment that settings and catalogs
 * took. They are kept in the object, so that the next daemon can run on what was accepted last
 * where a file is refused. Pure.
 */
#ifndef STATGATE_ACTIVE_CONFIG_ACTIVE_CONFIG_H
#define STATGATE_ACTIVE_CONFIG_ACTIVE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "catalog/catalog.h"
#include "diagnostics/diagnostics.h"
#include "object/object.h"
#include "settings/settings.h"

/** What a text is. The numbers are stored. */
enum config_text_kind {
    CONFIG_SETTINGS = 1,     /**< the configuration file; with the name "": there was none */
    CONFIG_SETTING_VARIABLE, /**< a variable that is a setting */
    CONFIG_CATALOG,
    CONFIG_CATALOG_VARIABLE, /**< a variable that a catalog took */
    CONFIG_TOKEN,            /**< the file of a bearer token */
    CONFIG_CATALOG_VALUES,   /**< a file of values that a catalog took */
    CONFIG_KIND_COUNT
};

/** Terminated texts; they may hold any other byte. */
struct config_text {
    enum config_text_kind kind;
    const char *name; /**< path of the file, or name of the variable */
    const char *of;   /**< CATALOG: the path in the settings, perhaps of its folder;
                           CATALOG_VARIABLE, CATALOG_VALUES: the catalog's file; else "" */
    const char *text; /**< of a variable: "" if it is not set or empty */
    size_t len;
    int64_t since_ms; /**< Unix time when this text was first accepted */
};

/** Texts in the order in which they were added; a name and what it is of occur once for a kind.
 * Zeroed: none. */
struct config_texts {
    struct arena arena;
    struct config_text *items;
    size_t count;
    size_t cap;
};

void active_config_texts_done(struct config_texts *texts);
/** Add a copy of the text. Does nothing if the list has one of this kind, name and `of`.
 */
void active_config_add(struct config_texts *texts, const struct config_text *text);
/** Find a text; NULL if there is none, or `texts` is NULL. */
const struct config_text *active_config_find(const struct config_texts *texts,
                                             enum config_text_kind kind, const char *of,
                                             const char *name);
/** The next text of this kind from *at on; the caller starts with 0. NULL: no more. */
const struct config_text *active_config_next(const struct config_texts *texts,
                                             enum config_text_kind kind, size_t *at);

/* ---- in force: decides which catalogs are in force: each file as it is now, if that is correct
 * and fits the others; else as it was accepted last; else not at all.
 *
 * One file's mistake concerns its service alone. If two files conflict, the one that is not in
 * force yet is at fault; if neither is, the later by name. A file that is gone ends its service;
 * but a path of the settings at which nothing is found any more (a folder that is empty or missing)
 * changes nothing, because a deployment tool may be about to fill it.
 */

/** What is wanted; all borrowed. */
struct active_config_wish {
    const struct settings *settings;
    const struct config_texts *kept; /**< what was accepted last; NULL: nothing is known of that */
    bool only_kept;                  /**< do not look at files */
    int64_t now_ms;                  /**< Unix time */
};

struct active_config {
    struct catalog_set set;
    struct endpoint_plan plan;
    struct config_texts texts; /**< catalogs that are in force, and their variables */
    struct messages refused;   /**< why a file, or a path of the settings, is not in force as it is:
                                    one sentence each */
    size_t refused_count;      /**< their number */
    const char *empty_folder;  /**< a folder of the settings that never had a catalog; NULL: none */
    size_t lost;     /**< of these: files whose service was in force and is not any more */
    int64_t kept_ms; /**< when the latest of the texts was accepted that run in place of
                          their file; 0: none does */
};

/**
 * Read the catalogs that the settings name, add the daemon's own, finish the set, and build the
 * endpoints that show it. False with *ret_error, and nothing to free but `refused`, if the
 * endpoints are wrong, or if there are catalogs and all are refused. Call
 * active_config_done in any case.
 */
bool active_config_read(struct active_config *ret_active, const struct active_config_wish *wish,
                        struct error *ret_error);
void active_config_done(struct active_config *active);

/* ---- texts object: the accepted texts in the object that outlives the process: written once, when
 * the object is made, and read by the next daemon, which trusts nothing in them.
 */

/** Bytes of the table for these texts. */
uint64_t active_config_object_bytes(const struct config_texts *texts);
/** Make the table in the object, and write it. */
void active_config_object_write(const struct config_texts *texts, struct object *object);
/** Read the texts of another process's object, which may still write its other tables. An
 * object without texts, or with texts that make no sense, gives none. */
void active_config_object_read(struct config_texts *ret_texts, const struct image *image);

#endif
