/*
 * example.h - finds a value that a label accepts, for example lines.
 */
#ifndef STATGATE_CATALOG_EXAMPLE_H
#define STATGATE_CATALOG_EXAMPLE_H

#include "catalog/catalog.h"

/** Return a value as spelled on the wire; it may be stored in ret_text. NULL if no example was
 * found. */
const char *catalog_example(const struct catalog_label *label,
                            char ret_text[CATALOG_VALUE_MAX + 1]);

#endif
