/*
 * kinds.h - what explain says about each kind of family. Private to statgate/.
 *
 * One row for each row of catalog/kinds.def. Nothing else in explain/ names a kind.
 */
#ifndef STATGATE_STATGATE_EXPLAIN_KINDS_H
#define STATGATE_STATGATE_EXPLAIN_KINDS_H

#include "base/strbuf.h"
#include "catalog/catalog.h"

struct explain_kind {
    const char *takes;    /**< the letters it takes; NULL: see machine.h */
    const char *value;    /**< what a `g` means if values are the host's; NULL: a value as it is */
    const char *own;      /**< likewise, if they belong to processes */
    bool changes;         /**< a `c` means the same, not an increment */
    const char *refuses;  /**< why it refuses a number; NULL if it has no lines */
    const char *no_owner; /**< what to declare if no process can own; NULL: nothing */
};

/** The row of the family's kind. Static. */
const struct explain_kind *explain_kind(const struct catalog_family *family);
/** "a counter", "an info", "jobs". */
void explain_put_type(struct strbuf *out, const struct catalog_family *family);

#endif
