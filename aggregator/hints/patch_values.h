/*
 * patch_values.h - whether a family would take the values of a line whose name and labels are right. Private to hints/.
 */
#ifndef STATGATE_HINTS_PATCH_VALUES_H
#define STATGATE_HINTS_PATCH_VALUES_H

#include "catalog/catalog.h"
#include "sg_proto.h"

/** All of them, in a new series. */
bool patch_values_fit(const struct catalog_family *family, const struct sg_line *line);
/** Likewise, if the family took numbers below 0 and every word. */
bool patch_values_are_numbers(const struct catalog_family *family, const struct sg_line *line);

#endif
