/*
 * example.h - a value that a label takes, for examples of lines.
 */
#ifndef STATGATE_CATALOG_EXAMPLE_H
#define STATGATE_CATALOG_EXAMPLE_H

#include "catalog/catalog.h"

/** As the wire spells it; may lie in ret_text. NULL: none comes to mind. */
const char *catalog_example(const struct catalog_label *label,
                            char ret_text[CATALOG_VALUE_MAX + 1]);

#endif
