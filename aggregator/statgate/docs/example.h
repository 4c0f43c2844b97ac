/*
 * example.h - a value that a label takes, for examples of lines. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_DOCS_EXAMPLE_H
#define STATGATE_STATGATE_DOCS_EXAMPLE_H

#include "catalog/catalog.h"

/** As the wire spells it; may lie in ret_text. NULL: none comes to mind. */
const char *docs_example(const struct catalog_label *label, char ret_text[CATALOG_VALUE_MAX + 1]);

#endif
