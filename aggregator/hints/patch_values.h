/*
 * patch_values.h - whether a family would take the values of a line whose name and labels are
 * right. Private to hints/.
 */
#ifndef STATGATE_HINTS_PATCH_VALUES_H
#define STATGATE_HINTS_PATCH_VALUES_H

#include "catalog/catalog.h"
#include "sg_proto.h"

/** Whether a new series would take all values of the line. */
bool patch_values_fit(const struct catalog_family *family, const struct sg_line *line);
/** The same, if the family took numbers below 0 and every word. */
bool patch_values_are_numbers(const struct catalog_family *family, const struct sg_line *line);

#endif
