/* SPDX-License-Identifier: MIT */
/*
 * arena.h - an allocator whose pieces are all freed at once, for everything a loaded catalog owns.
 *
 * No piece is freed on its own. Pieces are zeroed and aligned for any type. No memory for a piece
 * ends the process (memory_end).
 */
#ifndef STATGATE_BASE_ARENA_H
#define STATGATE_BASE_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *blocks;
    size_t bytes; /**< requested from the system's allocator; for the memory figures */
};

void arena_init(struct arena *arena);
/** Free all pieces. Safe on a zeroed struct. */
void arena_done(struct arena *arena);
/** Allocate `size` zeroed bytes. */
__attribute__((returns_nonnull)) void *arena_alloc(struct arena *arena, size_t size);
/** Allocate an array of `count` zeroed items. */
__attribute__((returns_nonnull)) void *arena_array(struct arena *arena, size_t count, size_t size);
/** Copy `len` bytes and terminate the copy. */
__attribute__((returns_nonnull)) char *arena_strndup(struct arena *arena, const char *text,
                                                     size_t len);

#endif
