/*
 * kinds.h - what is said about each kind of family.
 *
 * One row for each row of catalog/kinds.def. Nothing else in hints/ names a kind.
 */
#ifndef STATGATE_HINTS_KINDS_H
#define STATGATE_HINTS_KINDS_H

#include "base/strbuf.h"
#include "catalog/catalog.h"

struct hints_kind {
    const char *takes;    /**< the letters it takes; NULL: see machine.h */
    const char *value;    /**< what a `g` means if values are the host's; NULL: a value as it is */
    const char *own;      /**< likewise, if they belong to processes */
    bool changes;         /**< a `c` means the same, not an increment */
    const char *refuses;  /**< why it refuses a number; NULL if it has no lines */
    const char *no_owner; /**< what to declare if no process can own; NULL: nothing */
    /** Whether it takes a finite number, whatever it has; NULL if it has no lines. */
    bool (*takes_number)(const struct catalog_family *family, double number);
};

/** The row of the family's kind. Static. */
const struct hints_kind *hints_kind(const struct catalog_family *family);
/** "a counter", "an info", "jobs". */
void hints_put_type(struct strbuf *out, const struct catalog_family *family);

#endif
