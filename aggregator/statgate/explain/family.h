/*
 * family.h - families as lines name them, and as people call them. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_EXPLAIN_FAMILY_H
#define STATGATE_STATGATE_EXPLAIN_FAMILY_H

#include "catalog/catalog.h"
#include "sg_proto.h"

/** What the name says of a relayed summary: RELAYED_SUM, RELAYED_COUNT; else -1. */
int explain_family_item(const struct catalog_family *family, struct sg_span name);

/** True when this is the family's name on the wire, one of its aliases, or that of one of its
 * items. */
bool explain_family_answers(const struct catalog_family *family, struct sg_span name);

/** "a " or "an ", or nothing before a plural. */
const char *explain_article(enum family_type type);

#endif
