/*
 * loader.h - reads catalog files: JSON to the model of catalog/. The only library that knows the
 * file format.
 */
#ifndef STATGATE_LOADER_LOADER_H
#define STATGATE_LOADER_LOADER_H

#include "catalog/catalog.h"
#include "json/jsondoc.h"

/** Read a new catalog from text. Returns NULL with the reason and place in *ret_error on failure.
 * `name` is the file's name in messages; `internal` allows the service name statgate. */
struct catalog *loader_text(const char *name, const char *text, size_t len, bool internal,
                            struct error *ret_error);

/**
 * Load a file, or every *.json of a folder (in byte order of name), into a set that is not finished
 * yet. A folder without catalogs is an error as well. On failure the set is unchanged.
 */
bool loader_path(struct catalog_set *set, const char *path, struct error *ret_error);

/** Called for each refused catalog. */
typedef void (*loader_refused_fn)(void *arg, const struct error *error);

/**
 * The same as loader_path for a caller that wants all errors: continues after a refused catalog,
 * adds the catalogs that are correct, and reports each error. Returns the number of errors.
 */
size_t loader_path_all(struct catalog_set *set, const char *path, loader_refused_fn refused,
                       void *arg);

#endif
