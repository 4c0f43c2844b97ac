/*
 * value_file.h - values of labels from a file beside the catalog. Private to loader/.
 */
#ifndef STATGATE_LOADER_VALUE_FILE_H
#define STATGATE_LOADER_VALUE_FILE_H

#include "loader/load.h"

/** Read {"file": "NAME"}: the values that the file has, one a line. Each file is read once for a
 * catalog, whose list it joins. */
bool value_file_read(const struct load *load, json_t *value, const struct jsondoc_place *place,
                     const struct catalog_value_file **ret_file, struct load_set *ret_set);

/** Add the files that were read to the fingerprint of their catalog: in byte order of their names,
 * NUL NAME=FINGERPRINT. */
void value_file_add(const struct catalog *catalog, struct fingerprint_reading *reading);

#endif
