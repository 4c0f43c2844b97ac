/*
 * chunks.h - a table of equal items that grows by chunks and never moves one. Private to store/.
 *
 * Items are named by their index. Who has the table keeps account of which of them are in use.
 */
#ifndef STATGATE_STORE_CHUNKS_H
#define STATGATE_STORE_CHUNKS_H

#include "store/held.h"

enum { CHUNK_BYTES = 32768 /* most of a chunk, unless one item is larger */ };

struct chunks {
    unsigned char **items; /* the chunks */
    uint32_t item_bytes;
    uint32_t shift; /* items a chunk: 1 << shift */
    uint32_t count; /* chunks that there are */
};

/* For `most` items; none is there yet. False: out of memory, and chunks_done is safe. */
bool chunks_init(struct chunks *chunks, struct held *held, uint64_t most, uint32_t item_bytes);
void chunks_done(struct chunks *chunks, const struct memory *memory);
/* What a full table takes of the system. */
uint64_t chunks_bytes(uint64_t most, uint32_t item_bytes);
/* Make sure that the item is there, zeroed if it was not; those before it are. False: out of memory. */
bool chunks_reach(struct chunks *chunks, struct held *held, uint32_t index);

static inline void *chunks_at(const struct chunks *chunks, uint32_t index) {
    const uint32_t mask = (1u << chunks->shift) - 1;
    return chunks->items[index >> chunks->shift] + (size_t)(index & mask) * chunks->item_bytes;
}

#endif
