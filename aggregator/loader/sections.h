/*
 * sections.h - the keys of a catalog, each read by a file of its own. Private to loader/.
 */
#ifndef STATGATE_LOADER_SECTIONS_H
#define STATGATE_LOADER_SECTIONS_H

#include "loader/load.h"

/** What the key "families" declares. */
bool loader_families(struct load *load, json_t *value, const struct jsondoc_place *place);

/** What the key "attempts" declares. */
bool loader_attempts(struct load *load, json_t *value, const struct jsondoc_place *place);
/** What the key "jobs" declares. */
bool loader_jobs(struct load *load, json_t *value, const struct jsondoc_place *place);

/** What the key "databases" declares, in byte order of name. */
bool loader_databases(const struct load *load, json_t *value, const struct jsondoc_place *place);

/** What the key "queries" of the catalog `root` declares; families and databases are read before.
 */
bool loader_queries(const struct load *load, json_t *root, json_t *value,
                    const struct jsondoc_place *place);

#endif
