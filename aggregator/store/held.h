/*
 * held.h - the memory of a store: its allocator, and how much is held. Private to store/.
 */
#ifndef STATGATE_STORE_HELD_H
#define STATGATE_STORE_HELD_H

#include "base/memory.h"
#include "base/slots.h"

struct held {
    const struct memory *memory; /* borrowed */
    uint64_t bytes;
};

/* `count` zeroed items, or NULL. */
static inline void *held_array(struct held *held, size_t count, size_t size) {
    void *array = memory_array(held->memory, count, size);
    if (array != NULL)
        held->bytes += (uint64_t)count * size;
    return array;
}

/* Resize an array from `before` to `count` items. NULL when out of memory: it is unchanged. */
static inline void *held_resize(struct held *held, void *array, size_t before, size_t count,
                                size_t size) {
    void *larger = memory_resize(held->memory, array, count, size);
    if (larger != NULL)
        held->bytes += (uint64_t)(count - before) * size;
    return larger;
}

/* Free a piece of `bytes` bytes. */
static inline void held_release(struct held *held, void *piece, size_t bytes) {
    memory_release(held->memory, piece);
    held->bytes -= bytes;
}

/* Make an index for `rows` rows. False when out of memory. */
static inline bool held_slots(struct held *held, struct slots *slots, uint64_t rows) {
    if (!slots_init(slots, held->memory, rows))
        return false;
    held->bytes += (uint64_t)slots_cells(rows) * SLOTS_CELL_BYTES;
    return true;
}

static inline bool held_bare_slots(struct held *held, struct bare_slots *slots, uint64_t rows) {
    if (!bare_slots_init(slots, held->memory, rows))
        return false;
    held->bytes += (uint64_t)bare_slots_cells(rows) * BARE_SLOTS_CELL_BYTES;
    return true;
}

#endif
