/*
 * value.h - what a sample does to a family's values. Private to loader/.
 */
#ifndef STATGATE_LOADER_VALUE_H
#define STATGATE_LOADER_VALUE_H

#include "loader/load.h"

/** Seconds above 0 and at most `seconds_max`; rounded up to milliseconds. */
bool loader_seconds(const struct load *load, json_t *value, const struct jsondoc_place *place,
                    double seconds_max, int64_t *ret_ms);
/** Bounds of a histogram. */
bool loader_buckets(const struct load *load, json_t *value, const struct jsondoc_place *place,
                    struct catalog_family *family);
/** What a sample does to the family's values, and who owns them: all keys but those of names,
 * labels and sizes. */
bool loader_value(const struct load *load, json_t *object, const struct jsondoc_place *place,
                  struct catalog_family *family);

#endif
