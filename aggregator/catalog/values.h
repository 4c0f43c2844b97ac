/*
 * values.h - lists of declared values; a catalog stores each list once, however many labels use it.
 * Private to catalog/.
 */
#ifndef STATGATE_CATALOG_VALUES_H
#define STATGATE_CATALOG_VALUES_H

#include "base/slots.h"
#include "catalog/build.h"

struct wire_spelling {
    const char *text;
    uint32_t len;
};

/*
 * Open addressing, at most half full. The keys come only from the catalog, so a sender cannot make
 * a look-up longer than the longest run of slots, and the seed need not be secret.
 */
struct wire_index {
    uint32_t list;                         /* number of its list in the catalog */
    const struct wire_spelling *spellings; /* by id */
    struct bare_slots ids;                 /* row numbers without hashes: compare spellings */
};

/* A list: values in byte order of their text, and an index of their wire spellings. */
struct value_list {
    uint64_t hash;
    uint32_t count;
    const struct catalog_value *values;
    struct wire_index wire;
};

/* Find the catalog's list of these words (sorted, unique), or make one with copies of the words.
 * NULL when out of memory. */
const struct value_list *values_list(struct catalog *catalog, const struct catalog_word *words,
                                     size_t count);
/* Free the table that finds lists; the arena owns the lists themselves. */
void values_done(struct value_lists *lists);
/* Bytes of the table that finds lists. */
size_t values_bytes(const struct value_lists *lists);

#endif
