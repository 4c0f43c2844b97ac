/*
 * family.h - families as people call them. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_EXPLAIN_FAMILY_H
#define STATGATE_STATGATE_EXPLAIN_FAMILY_H

#include "catalog/catalog.h"

/** "a " or "an ", or nothing before a plural. */
const char *explain_article(enum family_type type);

#endif
