/*
 * families.h - all families of a catalog, declared and derived. Private to loader/.
 */
#ifndef STATGATE_LOADER_FAMILIES_H
#define STATGATE_LOADER_FAMILIES_H

#include "loader/load.h"

/** Room for everything that `families`, `attempts` and `jobs` of a catalog can declare. */
bool families_start(struct load *load, json_t *root, const struct jsondoc_place *place);
/** The next family, named and exposed, or NULL when out of memory. Families move when all are
 * read; then *slot gets the final address, if slot is not NULL. */
struct catalog_family *families_add(struct load *load, const char *name,
                                    const struct kind_row *kind,
                                    const struct catalog_family **slot);
/** Put all families in order. No two have the same name. */
bool families_finish(struct load *load);

#endif
