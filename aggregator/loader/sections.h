/*
 * sections.h - the sections of a catalog, each read by its own file. Private to loader/.
 */
#ifndef STATGATE_LOADER_SECTIONS_H
#define STATGATE_LOADER_SECTIONS_H

#include "loader/load.h"

/** Read the key "families". */
bool loader_families(struct load *load, json_t *value, const struct jsondoc_place *place);

/** Read the key "attempts". */
bool loader_attempts(struct load *load, json_t *value, const struct jsondoc_place *place);
/** Read the key "jobs". */
bool loader_jobs(struct load *load, json_t *value, const struct jsondoc_place *place);

/** Read the key "databases"; items are put in byte order of name. */
bool loader_databases(const struct load *load, json_t *value, const struct jsondoc_place *place);

/** Read the key "queries" of the catalog `root`, after its families and databases. */
bool loader_queries(const struct load *load, json_t *root, json_t *value,
                    const struct jsondoc_place *place);

#endif
