/*
 * texts.h - storage for texts, found by position and up to the length of a label value. Private to
 * store/.
 *
 * A cell holds one text of the greatest length or several short ones. A new cell is begun only when
 * every cell holds some text. So there are never more cells than there were texts at one time, in
 * whatever order short and long ones are added and removed. A text does not move.
 */
#ifndef STATGATE_STORE_TEXTS_H
#define STATGATE_STORE_TEXTS_H

#include "catalog/catalog.h"
#include "store/held.h"

enum {
    TEXT_UNIT = 16,
    TEXT_UNITS = 13 /* of a cell */
};
_Static_assert(TEXT_UNITS *TEXT_UNIT > CATALOG_VALUE_MAX, "the longest fits, and its end");

/** No text. */
#define TEXTS_NONE UINT32_MAX

struct text_cell {
    uint32_t next; /* in the list of cells with the same room: index + 1 */
    uint32_t previous;
    uint32_t used; /* bit i: unit i */
    char bytes[TEXT_UNITS * TEXT_UNIT];
};

struct texts {
    struct object_table cells;
    uint32_t used; /* cells ever used */
    uint32_t
        lists[TEXT_UNITS + 1]; /* by room: the longest run of free units; full cells are in none */
};

/* The table for the texts of a family's label, at most `most` at a time. */
struct object_spec texts_spec(uint32_t family, uint32_t label, uint64_t most);
/* False when out of memory; texts_done is safe even then. */
bool texts_init(struct texts *texts, struct held *held, struct object *object,
                const struct object_spec *spec);
void texts_done(struct texts *texts, const struct memory *memory);
/* Add a terminated copy. Returns its position, or TEXTS_NONE when out of memory. */
uint32_t texts_add(struct texts *texts, struct held *held, struct undo *undo, const char *text,
                   size_t len);
void texts_remove(struct texts *texts, uint32_t position, size_t len);

/* A position is the offset of the text in the table, in words of four bytes, which makes reading a
 * text cheap: views and the sorted order do that more often than anything else here. */
static inline const char *texts_at(const struct texts *texts, uint32_t position) {
    return (const char *)texts->cells.items + (size_t)position * sizeof(uint32_t);
}

#endif
