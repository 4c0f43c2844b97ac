/*
 * arena.h - memory that is freed at once: everything a loaded catalog owns.
 *
 * No single piece is ever freed. Pieces are aligned for any type and zeroed.
 */
#ifndef STATGATE_BASE_ARENA_H
#define STATGATE_BASE_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *blocks;
    size_t bytes; /**< handed to the system's allocator, for the memory figures */
};

void arena_init(struct arena *arena);
/** Free all pieces. Safe on a zeroed struct. */
void arena_done(struct arena *arena);
/** `size` zeroed bytes, or NULL when out of memory. */
void *arena_alloc(struct arena *arena, size_t size);
/** An array of `count` zeroed items; NULL also on overflow. */
void *arena_array(struct arena *arena, size_t count, size_t size);
/** A terminated copy of `len` bytes, or NULL. */
char *arena_strndup(struct arena *arena, const char *text, size_t len);

#endif
