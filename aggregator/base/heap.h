/*
 * heap.h - what pieces of memory take of the system, for the arithmetic of what is known before.
 */
#ifndef STATGATE_BASE_HEAP_H
#define STATGATE_BASE_HEAP_H

#include <stdint.h>

/** Larger pieces are mappings of their own, which go back to the system when they are freed; the
 * daemon sets the allocator up for that. */
enum { HEAP_MAPPED_FROM = 36 << 10 };

/** Of a piece of `size` bytes: with the allocator's own word in units of 16 bytes, or in whole
 * pages. 0 for none. */
static inline uint64_t heap_bytes(uint64_t size) {
    enum { WORD = 8, UNIT = 16, LEAST = 32, PAGE = 4096 };
    if (size == 0)
        return 0;
    if (size >= HEAP_MAPPED_FROM)
        return (size + UNIT + PAGE - 1) / PAGE * PAGE;
    const uint64_t bytes = (size + WORD + UNIT - 1) / UNIT * UNIT;
    return bytes < LEAST ? LEAST : bytes;
}

#endif
