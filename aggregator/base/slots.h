/* SPDX-License-Identifier: MIT */
/*
 * slots.h - hash indexes of a fixed size over rows that are stored elsewhere. They map a hash to
 * row numbers, by linear probing.
 *
 *   struct slots       a cell holds the row and its hash, so that a search touches a row only when
 *                      it is very likely the right one
 *   struct bare_slots  a cell holds the row alone: half the memory, but a search touches every row
 *                      of the run, and a removal asks the owner of the rows for their hashes
 *
 * As long as an index holds no more rows than it was made for, some cells stay free. Removal moves
 * later cells of the run back, so there are no tombstones. Nothing is allocated after init.
 */
#ifndef STATGATE_BASE_SLOTS_H
#define STATGATE_BASE_SLOTS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/heap.h"
#include "base/memory.h"

/** No row. */
#define SLOTS_NONE UINT32_MAX

/* ---- both ---- */

/** Return the hash of a row that is in the index. */
typedef uint32_t slots_hash_fn(const void *arg, uint32_t row);

/*
 * Empty the cell at `hole`. A cell has `words` words: row + 1 (0: free), then the hash if there is
 * a second word. Each later cell of the run moves into the hole, unless the cell's home is after
 * the hole; the place that it leaves is then the hole (Knuth, TAOCP 6.4, algorithm R). `hash_of` is
 * only used for cells of one word.
 */
static inline void slots_close_hole(uint32_t *cells, size_t words, uint32_t mask, uint32_t hole,
                                    slots_hash_fn *hash_of, const void *arg) {
    for (uint32_t at = (hole + 1) & mask; cells[at * words] != 0; at = (at + 1) & mask) {
        const uint32_t *cell = &cells[at * words];
        const uint32_t home = words > 1 ? cell[1] : hash_of(arg, cell[0] - 1);
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            memcpy(&cells[hole * words], cell, words * sizeof *cell);
            hole = at;
        }
    }
    cells[hole * words] = 0;
}

/* ---- cells with a hash ---- */

enum { SLOTS_WORDS = 2, SLOTS_CELL_BYTES = 8 };

struct slots {
    uint32_t *cells; /**< pairs: row + 1 (0: free), hash */
    uint32_t mask;
};

/** Number of cells of an index for `rows` rows: a power of two, at least twice `rows`. */
static inline uint32_t slots_cells(uint64_t rows) {
    uint32_t cells = 16;
    while (cells / 2 < rows && cells < (1u << 31))
        cells *= 2;
    return cells;
}

/** Bytes of memory that such an index takes. */
static inline uint64_t slots_bytes(uint64_t rows) {
    return heap_bytes((uint64_t)slots_cells(rows) * SLOTS_CELL_BYTES);
}

/** Make an empty index for `rows` rows. */
static inline void slots_init(struct slots *slots, uint64_t rows) {
    const uint32_t cells = slots_cells(rows);
    slots->cells = memory_array(cells, SLOTS_CELL_BYTES);
    slots->mask = cells - 1;
}

/** Free the cells. */
static inline void slots_done(struct slots *slots) {
    free(slots->cells);
    slots->cells = NULL;
}

/** The address at which the search for a hash begins, so that the caller can prefetch it. */
static inline const void *slots_home(const struct slots *slots, uint32_t hash) {
    return &slots->cells[(hash & slots->mask) * (size_t)SLOTS_WORDS];
}

/** The next row with this hash, or SLOTS_NONE. Start with *at = hash and keep *at between calls. */
static inline uint32_t slots_next(const struct slots *slots, uint32_t hash, uint32_t *at) {
    for (;;) {
        const uint32_t *cell = &slots->cells[(*at & slots->mask) * (size_t)SLOTS_WORDS];
        if (cell[0] == 0)
            return SLOTS_NONE;
        ++*at;
        if (cell[1] == hash)
            return cell[0] - 1;
    }
}

/** Add a row that is not in the index. */
static inline void slots_add(struct slots *slots, uint32_t hash, uint32_t row) {
    uint32_t at = hash & slots->mask;
    while (slots->cells[at * (size_t)SLOTS_WORDS] != 0)
        at = (at + 1) & slots->mask;
    slots->cells[at * (size_t)SLOTS_WORDS] = row + 1;
    slots->cells[at * (size_t)SLOTS_WORDS + 1] = hash;
}

/** Remove a row that is in the index. */
static inline void slots_remove(struct slots *slots, uint32_t hash, uint32_t row) {
    uint32_t at = hash & slots->mask;
    while (slots->cells[at * (size_t)SLOTS_WORDS] != row + 1)
        at = (at + 1) & slots->mask;
    slots_close_hole(slots->cells, SLOTS_WORDS, slots->mask, at, NULL, NULL);
}

/* ---- cells without a hash ---- */

enum { BARE_SLOTS_CELL_BYTES = 4 };

struct bare_slots {
    uint32_t *cells; /**< row + 1; 0: free */
    uint32_t mask;
};

/** Number of cells of an index for `rows` rows: a power of two, at least 1.5 times `rows`. */
static inline uint32_t bare_slots_cells(uint64_t rows) {
    uint64_t cells = 4;
    while (cells * 2 < rows * 3 && cells < (1u << 31))
        cells *= 2;
    return (uint32_t)cells;
}

/** Bytes of memory that such an index takes. */
static inline uint64_t bare_slots_bytes(uint64_t rows) {
    return heap_bytes((uint64_t)bare_slots_cells(rows) * BARE_SLOTS_CELL_BYTES);
}

/** Make an empty index for `rows` rows. */
static inline void bare_slots_init(struct bare_slots *slots, uint64_t rows) {
    const uint32_t cells = bare_slots_cells(rows);
    slots->cells = memory_array(cells, BARE_SLOTS_CELL_BYTES);
    slots->mask = cells - 1;
}

/** Free the cells. */
static inline void bare_slots_done(struct bare_slots *slots) {
    free(slots->cells);
    slots->cells = NULL;
}

/** The next row that may have the hash with which *at started, or SLOTS_NONE. Keep *at between
 * calls; do not call again after SLOTS_NONE. */
static inline uint32_t bare_slots_next(const struct bare_slots *slots, uint32_t *at) {
    const uint32_t cell = slots->cells[(*at)++ & slots->mask];
    return cell - 1; /* SLOTS_NONE for a free cell */
}

/** Add a row that is not in the index. */
static inline void bare_slots_add(struct bare_slots *slots, uint32_t hash, uint32_t row) {
    uint32_t at = hash & slots->mask;
    while (slots->cells[at] != 0)
        at = (at + 1) & slots->mask;
    slots->cells[at] = row + 1;
}

/** Remove a row that is in the index. `hash_of` returns the hash of any row in it. */
static inline void bare_slots_remove(struct bare_slots *slots, uint32_t row, slots_hash_fn *hash_of,
                                     const void *arg) {
    uint32_t at = hash_of(arg, row) & slots->mask;
    while (slots->cells[at] != row + 1)
        at = (at + 1) & slots->mask;
    slots_close_hole(slots->cells, 1, slots->mask, at, hash_of, arg);
}

#endif
