/*
 * families.h - all families of a catalog, declared and derived. Private to loader/.
 */
#ifndef STATGATE_LOADER_FAMILIES_H
#define STATGATE_LOADER_FAMILIES_H

#include "loader/load.h"

/** Allocate room for everything that `families`, `attempts` and `jobs` of a catalog can declare. */
bool families_start(struct load *load, json_t *root, const struct jsondoc_place *place);
/** Add a family, named and exposed. Returns NULL when out of memory. Families move once all are
 * read; then *slot gets the final address, if slot is not NULL. */
struct catalog_family *families_add(struct load *load, const char *name,
                                    const struct kind_row *kind,
                                    const struct catalog_family **slot);
/** Sort all families, and check that no two have the same name. */
bool families_finish(struct load *load);

#endif
