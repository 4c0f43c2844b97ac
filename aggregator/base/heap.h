/* SPDX-License-Identifier: MIT */
/*
 * heap.h - how much memory an allocation takes from the system, for computing memory bounds in
 * advance.
 */
#ifndef STATGATE_BASE_HEAP_H
#define STATGATE_BASE_HEAP_H

#include <stdint.h>

/** Allocations from this size on are mappings of their own, which return to the system when they
 * are freed; the daemon configures the allocator that way. */
enum { HEAP_MAPPED_FROM = 36 << 10 };

/** Bytes that an allocation of `size` bytes takes: with the allocator's header, rounded up to 16
 * bytes, or to whole pages if it is a mapping. 0 for size 0. */
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
