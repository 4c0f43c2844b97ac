/*
 * held.h - the memory of a store: allocator, tables, and a count of the bytes in use. Private to
 * store/.
 */
#ifndef STATGATE_STORE_HELD_H
#define STATGATE_STORE_HELD_H

#include "base/memory.h"
#include "base/slots.h"
#include "object/object.h"

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

/* Resize an array from `before` to `count` items. NULL when out of memory: the array is
 * unchanged. */
static inline void *held_resize(struct held *held, void *array, size_t before, size_t count,
                                size_t size) {
    void *larger = memory_resize(held->memory, array, count, size);
    if (larger != NULL)
        held->bytes += (uint64_t)(count - before) * size;
    return larger;
}

/* Free an allocation of `bytes` bytes. */
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

/* Make a table in `object`, or on the heap if `object` is NULL. False when out of memory. */
static inline bool held_table(struct held *held, struct object *object,
                              const struct object_spec *spec, struct object_table *ret_table) {
    return object_table(object, held->memory, spec, ret_table);
}

/* Ensure that the first `items` items of a table have memory. False when out of memory. */
static inline bool held_reach(struct held *held, struct object_table *table, uint64_t items) {
    const uint64_t before = table->reached;
    if (items <= before)
        return true;
    if (!object_reach(table, items))
        return false;
    held->bytes += (table->reached - before) * table->item_bytes;
    return true;
}

/* The most bytes that a full table takes, in an object or on the heap. */
static inline uint64_t held_table_bytes(const struct object_spec *spec) {
    enum { LINE = 64 };
    return heap_bytes(object_table_bytes(spec->max_items + 1, spec->item_bytes) + LINE);
}

/* Bytes of a full table in an object. */
static inline uint64_t held_object_bytes(const struct object_spec *spec) {
    return object_table_bytes(spec->max_items, spec->item_bytes);
}

#endif
