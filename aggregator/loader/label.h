/*
 * label.h - reads the labels of a family. Private to loader/.
 */
#ifndef STATGATE_LOADER_LABEL_H
#define STATGATE_LOADER_LABEL_H

#include "loader/load.h"

/** Check that a label may have this name. */
bool loader_label_name(const struct load *load, const char *name,
                       const struct jsondoc_place *place);
/** Read a family's labels and put them in byte order of name. */
bool loader_labels(const struct load *load, json_t *value, const struct jsondoc_place *place,
                   struct catalog_family *family);

#endif
