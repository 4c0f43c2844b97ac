/* A table of equal items that grows by chunks. */
#include "store/chunks.h"

#include "base/heap.h"

static uint32_t shift_for(uint64_t most, uint32_t item_bytes) {
    uint32_t shift = 0;
    while (((size_t)2 << shift) * item_bytes <= CHUNK_BYTES && (1ull << shift) < most)
        shift++;
    return shift;
}

bool chunks_init(struct chunks *chunks, struct held *held, uint64_t most, uint32_t item_bytes) {
    const uint32_t shift = shift_for(most, item_bytes);
    *chunks = (struct chunks){.item_bytes = item_bytes, .shift = shift};
    chunks->items = held_array(held, (most >> shift) + 1, sizeof(*chunks->items));
    return chunks->items != NULL;
}

void chunks_done(struct chunks *chunks, const struct memory *memory) {
    for (uint32_t i = 0; i < chunks->count; i++)
        memory_release(memory, chunks->items[i]);
    memory_release(memory, chunks->items);
    *chunks = (struct chunks){0};
}

uint64_t chunks_bytes(uint64_t most, uint32_t item_bytes) {
    const uint32_t shift = shift_for(most, item_bytes);
    const uint64_t count = (most + (1ull << shift) - 1) >> shift;
    return heap_bytes(((most >> shift) + 1) * sizeof(unsigned char *)) +
           count * heap_bytes((uint64_t)item_bytes << shift);
}

bool chunks_reach(struct chunks *chunks, struct held *held, uint32_t index) {
    if (index >> chunks->shift < chunks->count)
        return true;
    unsigned char *chunk = held_array(held, (size_t)1 << chunks->shift, chunks->item_bytes);
    if (chunk == NULL)
        return false;
    chunks->items[chunks->count++] = chunk;
    return true;
}
