/*
 * value.h - reads the keys that say how samples change a family's values. Private to loader/.
 */
#ifndef STATGATE_LOADER_VALUE_H
#define STATGATE_LOADER_VALUE_H

#include "loader/load.h"

/** Read seconds above 0 and at most `seconds_max`; rounded up to milliseconds. */
bool loader_seconds(const struct load *load, json_t *value, const struct jsondoc_place *place,
                    double seconds_max, int64_t *ret_ms);
/** Read the bounds of a histogram. */
bool loader_buckets(const struct load *load, json_t *value, const struct jsondoc_place *place,
                    struct catalog_family *family);
/** Read all keys that say how samples change the family's values and who owns them: everything but
 * names, labels and sizes. */
bool loader_value(const struct load *load, json_t *object, const struct jsondoc_place *place,
                  struct catalog_family *family);

#endif
