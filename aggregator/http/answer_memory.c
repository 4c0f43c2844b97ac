/*
 * answer_memory.c - see answer_memory.h.
 */
#include "http/answer_memory.h"

enum { SHARES = 8 };

size_t answer_memory_share(const struct answer_memory *memory) {
    return memory->used < memory->max ? (memory->max - memory->used) / SHARES : 0;
}

void answer_memory_change(struct answer_memory *memory, size_t *held, size_t now) {
    memory->used = memory->used - *held + now;
    *held = now;
}
