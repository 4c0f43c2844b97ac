/*
 * names.h - reads a family's name, unit, help, group and aliases. Private to loader/.
 */
#ifndef STATGATE_LOADER_NAMES_H
#define STATGATE_LOADER_NAMES_H

#include "loader/load.h"

/** Check that a family of this type may have this name. */
bool loader_name(const struct load *load, const char *name, const struct kind_row *kind,
                 const struct jsondoc_place *place);
/** True when `name`, without the counter's `_total`, ends in `_unit`. */
bool name_has_unit(const char *name, const struct kind_row *kind, const char *unit);
/** Read the key "unit": checks it against the name, and sets the scale of `ms`. */
bool loader_unit(const struct load *load, json_t *object, const struct jsondoc_place *place,
                 struct catalog_family *family);
/** Read a help text; may be empty. */
bool loader_help(const struct load *load, json_t *value, const struct jsondoc_place *place,
                 const char **ret_help);
/** Check that a metric group may have this name. */
bool loader_group_name(const struct load *load, const char *name,
                       const struct jsondoc_place *place);
/** Read the key "group": one of the catalog's groups, if it lists them. */
bool loader_group(const struct load *load, json_t *object, const struct jsondoc_place *place,
                  struct catalog_family *family);
/** Read the key "aliases". */
bool loader_aliases(const struct load *load, json_t *object, const struct jsondoc_place *place,
                    struct catalog_family *family);

#endif
