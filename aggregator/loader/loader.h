/*
 * loader.h - catalog files: JSON to the model of catalog/. The only place that knows the file
 * format.
 */
#ifndef STATGATE_LOADER_LOADER_H
#define STATGATE_LOADER_LOADER_H

#include "catalog/catalog.h"
#include "json/jsondoc.h"

/** A new catalog from text, or NULL with the reason and place in *ret_error. `name` is the file in
 * messages; `internal` allows the service name statgate. */
struct catalog *loader_text(const char *name, const char *text, size_t len, bool internal,
                            struct error *ret_error);

/**
 * Load a file, or every *.json of a folder (in byte order of name), into the set (not finished
 * yet). A folder without catalogs is an error, too. On failure the set is unchanged.
 */
bool loader_path(struct catalog_set *set, const char *path, struct error *ret_error);

/** Called for each catalog that is refused. */
typedef void (*loader_refused_fn)(void *arg, const struct error *error);

/**
 * loader_path for whoever wants to know all that is wrong: it goes on after a refused catalog,
 * adds those that are not, and reports each error. Returns how many there were.
 */
size_t loader_path_all(struct catalog_set *set, const char *path, loader_refused_fn refused,
                       void *arg);

#endif
