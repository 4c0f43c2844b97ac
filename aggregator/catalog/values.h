/*
 * values.h - lists of declared values, kept once in a catalog however many labels have them.
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
 * Open addressing at most half full. Its keys come from the catalog alone, so a sender can make no
 * look-up longer than the longest run of slots: the seed needs no secret.
 */
struct wire_index {
    uint32_t list;                         /* number of its list in the catalog */
    const struct wire_spelling *spellings; /* by id */
    struct bare_slots ids;                 /* without cells: compare */
};

/* A list: texts in byte order, and how to find their spellings. */
struct value_list {
    uint64_t hash;
    uint32_t count;
    const struct catalog_value *values;
    struct wire_index wire;
};

/* The catalog's list of these words (sorted, unique), made and copied if there is none yet. NULL
 * when out of memory. */
const struct value_list *values_list(struct catalog *catalog, const struct catalog_word *words,
                                     size_t count);
/* Frees the table that finds them; the lists are the arena's. */
void values_done(struct value_lists *lists);
/* Bytes of that table. */
size_t values_bytes(const struct value_lists *lists);

#endif
