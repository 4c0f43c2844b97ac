/*
 * slots.h - a fixed hash index over rows that live elsewhere: hash to row number, linear probing.
 *
 * Twice as many cells as rows, so that it never fills; a cell holds the hash beside the row, so
 * that a row is touched only when it is very likely the right one, and removal needs no tombstones.
 * Never allocates after slots_init. Private to the ledger.
 */
#ifndef STATGATE_LEDGER_SLOTS_H
#define STATGATE_LEDGER_SLOTS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/heap.h"

/** No row. */
#define SLOTS_NONE UINT32_MAX

struct slots {
    uint64_t *cells; /**< hash << 32 | row + 1; 0 = free */
    uint32_t mask;
};

/** Room for `rows` rows, a power of two. False when memory is out. */
static inline bool slots_init(struct slots *slots, uint32_t rows) {
    slots->cells = calloc((size_t)rows * 2, sizeof *slots->cells);
    slots->mask = rows * 2 - 1;
    return slots->cells != NULL;
}

/** What that takes. */
static inline uint64_t slots_bytes(uint32_t rows) {
    return heap_bytes((uint64_t)rows * 2 * sizeof(uint64_t));
}

static inline void slots_done(struct slots *slots) {
    free(slots->cells);
    slots->cells = NULL;
}

/** The next row with this hash, or SLOTS_NONE. Start with *at = hash; call again with the same *at.
 */
static inline uint32_t slots_next(const struct slots *slots, uint32_t hash, uint32_t *at) {
    for (;;) {
        const uint64_t cell = slots->cells[*at & slots->mask];
        if (cell == 0)
            return SLOTS_NONE;
        ++*at;
        if ((uint32_t)(cell >> 32) == hash)
            return (uint32_t)cell - 1;
    }
}

/** Add a row that is not in the index. */
static inline void slots_add(struct slots *slots, uint32_t hash, uint32_t row) {
    uint32_t at = hash & slots->mask;
    while (slots->cells[at] != 0)
        at = (at + 1) & slots->mask;
    slots->cells[at] = (uint64_t)hash << 32 | (row + 1);
}

/** Remove a row that is in the index; later cells of its run move up. */
static inline void slots_remove(struct slots *slots, uint32_t hash, uint32_t row) {
    const uint64_t wanted = (uint64_t)hash << 32 | (row + 1);
    uint32_t hole = hash & slots->mask;
    while (slots->cells[hole] != wanted)
        hole = (hole + 1) & slots->mask;
    for (uint32_t at = (hole + 1) & slots->mask; slots->cells[at] != 0;
         at = (at + 1) & slots->mask) {
        const uint32_t home = (uint32_t)(slots->cells[at] >> 32) & slots->mask;
        if (((at - home) & slots->mask) >= ((at - hole) & slots->mask)) {
            slots->cells[hole] = slots->cells[at];
            hole = at;
        }
    }
    slots->cells[hole] = 0;
}

#endif
