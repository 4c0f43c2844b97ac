/*
 * kinds.h - kinds of family in sentences: what explain says of each. Private to statgate/.
 *
 * A row for each of catalog/kinds.def; nothing else in explain/ names a kind.
 */
#ifndef STATGATE_STATGATE_EXPLAIN_KINDS_H
#define STATGATE_STATGATE_EXPLAIN_KINDS_H

#include "base/strbuf.h"
#include "catalog/catalog.h"

struct explain_kind {
    const char *takes; /**< which letters; NULL: see machine.h */
    const char *value; /**< what a `g` says, where values are the host's; NULL: a value as it is */
    const char *own;   /**< likewise, where they belong to processes */
    bool changes;      /**< a `c` says the same, not an increment */
    const char *refuses;  /**< why a number is none for it; NULL: it takes all */
    const char *no_owner; /**< what else to declare where no process can own; NULL: nothing */
};

/** What is said of the family's kind. Static. */
const struct explain_kind *explain_kind(const struct catalog_family *family);
/** "a counter", "an info", "jobs". */
void explain_put_type(struct strbuf *out, const struct catalog_family *family);

#endif
