/*
 * kinds.h - the sentences about each kind of family.
 *
 * One row for each row of catalog/kinds.def. Nothing else in hints/ names a kind.
 */
#ifndef STATGATE_HINTS_KINDS_H
#define STATGATE_HINTS_KINDS_H

#include "base/strbuf.h"
#include "catalog/catalog.h"

struct hints_kind {
    const char *takes;    /**< the letters that it takes; NULL: see machine.h */
    const char *value;    /**< what a `g` means if the host owns the values; NULL: a value as it
                               is */
    const char *own;      /**< the same if processes own the values */
    bool changes;         /**< a `c` means the same as a `g`, not an increment */
    const char *refuses;  /**< why it refuses a number; NULL if it takes no lines */
    const char *no_owner; /**< what to declare if no process can own values; NULL: nothing */
    /** Whether it takes this finite number, whatever its present value; NULL if it takes no
     * lines. */
    bool (*takes_number)(const struct catalog_family *family, double number);
};

/** The row of the family's kind. Static. */
const struct hints_kind *hints_kind(const struct catalog_family *family);
/** Append "a counter", "an info", "jobs". */
void hints_put_type(struct strbuf *out, const struct catalog_family *family);

#endif
