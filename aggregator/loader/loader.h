/* SPDX-License-Identifier: MIT */
/*
 * loader.h - reads catalog files: JSON to the model of catalog/. The only library that knows the
 * file format.
 */
#ifndef STATGATE_LOADER_LOADER_H
#define STATGATE_LOADER_LOADER_H

#include <stdbool.h>
#include <stddef.h>

#include "catalog/catalog.h"
#include "json/json.h"

enum { LOADER_VALUES_BYTES_MAX = 2 << 20 /**< a file of values */ };

/** Read a whole file of values, which must be a regular one of at most LOADER_VALUES_BYTES_MAX
 * bytes. The caller frees the bytes; NULL with a reason. */
char *loader_value_file(const char *path, size_t *ret_len, const char **ret_why);

/** The text of a catalog, and where what it names comes from. Borrowed while it is read. */
struct loader_source {
    const char *name; /**< the file's name in messages */
    const char *text;
    size_t len;
    bool internal; /**< allows the service name statgate */
    /** Finds a variable that the catalog names with {"env": ...}; the text is copied. NULL: there
     * is none. If this is NULL, the variables are those of the process's environment. */
    const char *(*variable)(void *arg, const char *name);
    /** Finds the text of a file of values, which is copied; NULL with a reason. If this is NULL,
     * files are read. */
    const char *(*file)(void *arg, const char *path, size_t *ret_len, const char **ret_why);
    void *arg;
    const char *beside;  /**< relative names of such files begin in the folder of this file; NULL:
                              of `name` */
    size_t *files_bytes; /**< grows by the bytes of such files; NULL: no one asks */
    /** Called for each mistake, of which at most FAULTS_MAX are found then. NULL: reading ends at
     * the first one. */
    void (*fault)(void *arg, const struct error *error);
    void *fault_arg;
};
/** Read a new catalog. Returns NULL with reason and place of the first mistake in *ret_error on
 * failure. */
struct catalog *loader_read(const struct loader_source *source, struct error *ret_error);

/** The catalog files of a path; zeroed: none. */
struct loader_files {
    char **items;
    size_t count;
    bool is_empty_folder; /**< the path is a folder without catalogs */
};
/** List them: the file, or every *.json of the folder in byte order of name. A folder without
 * catalogs is an error as well, with a sentence. */
bool loader_files(struct loader_files *ret_files, const char *path, struct error *ret_error);
void loader_files_done(struct loader_files *files);

/** Read a new catalog from text. Returns NULL with the reason and place in *ret_error on failure.
 * `name` is the file's name in messages; `internal` allows the service name statgate. */
struct catalog *loader_text(const char *name, const char *text, size_t len, bool internal,
                            struct error *ret_error);

/** Called for each refused catalog. */
typedef void (*loader_refused_fn)(void *arg, const struct error *error);

/**
 * Load a file, or every *.json of a folder (in byte order of name), into a set that is not finished
 * yet: the catalogs that are correct; each error is reported. A folder without catalogs is one,
 * too. Returns the number of errors.
 */
size_t loader_path(struct catalog_set *set, const char *path, loader_refused_fn refused, void *arg);

/* ---- faults: all mistakes in a catalog file, for the person who corrects it. ---- */

enum { FAULTS_MAX = 64 };

/** One mistake. Borrowed for the call. */
struct loader_fault {
    size_t line; /**< from 1 */
    size_t column;
    const char *pointer; /**< to the value (RFC 6901); "" is the document, also if it is not JSON */
    const char *text;
    const char *hint; /**< how to correct it, or NULL; static */
};
typedef void (*loader_fault_fn)(void *arg, const struct loader_fault *fault);

/** Report at most FAULTS_MAX mistakes, in the order in which they are found. Returns their number.
 * Each mistake costs a walk through the text, to find its place; its bytes, and those of files of
 * values beside `path`, are deducted from *left_bytes, and the search ends when there is no room
 * for another walk. *ret_cut: it ended before all were found. */
size_t loader_faults(const char *path, const char *text, size_t len, loader_fault_fn fn, void *arg,
                     size_t *left_bytes, bool *ret_cut);

#endif
