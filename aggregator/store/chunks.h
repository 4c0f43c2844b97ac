/*
 * chunks.h - a table of items of one size that grows by chunks and never moves an item. Private to
 * store/.
 *
 * An item is found by its index. The user of the table keeps track of which items are in use.
 */
#ifndef STATGATE_STORE_CHUNKS_H
#define STATGATE_STORE_CHUNKS_H

#include "store/held.h"

enum { CHUNK_BYTES = 32768 /* most of a chunk, unless one item is larger */ };

struct chunks {
    unsigned char **items; /* the chunks */
    uint32_t item_bytes;
    uint32_t shift; /* items a chunk: 1 << shift */
    uint32_t count; /* of chunks */
};

/* A table for at most `most` items, without any yet. False when out of memory; chunks_done is safe. */
bool chunks_init(struct chunks *chunks, struct held *held, uint64_t most, uint32_t item_bytes);
void chunks_done(struct chunks *chunks, const struct memory *memory);
/* Bytes of a full table, with what the allocator adds. */
uint64_t chunks_bytes(uint64_t most, uint32_t item_bytes);
/* Make room for this item, zeroed, if there is none. The items before it must have theirs. False when
 * out of memory. */
bool chunks_reach(struct chunks *chunks, struct held *held, uint32_t index);

static inline void *chunks_at(const struct chunks *chunks, uint32_t index) {
    const uint32_t mask = (1u << chunks->shift) - 1;
    return chunks->items[index >> chunks->shift] + (size_t)(index & mask) * chunks->item_bytes;
}

#endif
