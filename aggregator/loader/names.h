/*
 * names.h - what a family is called, and what it says about itself. Private to loader/.
 */
#ifndef STATGATE_LOADER_NAMES_H
#define STATGATE_LOADER_NAMES_H

#include "loader/load.h"

/** A valid name of a family of this type. */
bool loader_name(const struct load *load, const char *name, const struct kind_row *kind,
                 const struct jsondoc_place *place);
/** True when `name`, without the counter's `_total`, ends in `_unit`. */
bool name_has_unit(const char *name, const struct kind_row *kind, const char *unit);
/** The key "unit", checked against the name, and what `ms` is scaled with. */
bool loader_unit(const struct load *load, json_t *object, const struct jsondoc_place *place,
                 struct catalog_family *family);
/** A help text; may be empty. */
bool loader_help(const struct load *load, json_t *value, const struct jsondoc_place *place,
                 const char **ret_help);
/** A name that a metric group may have. */
bool loader_group_name(const struct load *load, const char *name,
                       const struct jsondoc_place *place);
/** The key "group"; one of the catalog's groups, where it lists them. */
bool loader_group(const struct load *load, json_t *object, const struct jsondoc_place *place,
                  struct catalog_family *family);
/** The key "aliases". */
bool loader_aliases(const struct load *load, json_t *object, const struct jsondoc_place *place,
                    struct catalog_family *family);

#endif
