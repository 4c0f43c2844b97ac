/*
 * memory.h - an allocator that the caller hands in.
 *
 * Libraries whose records outlive a call take their memory from a `struct memory`, so that whoever
 * puts them together decides where records lie, and a test decides which allocation fails. The
 * struct is borrowed and has to outlive whatever was made with it.
 */
#ifndef STATGATE_BASE_MEMORY_H
#define STATGATE_BASE_MEMORY_H

#include <stddef.h>

struct memory {
    /** `size` zeroed bytes (at least 1), aligned for any type, or NULL. */
    void *(*alloc)(void *arg, size_t size);
    /** Make a piece `size` bytes large (at least 1), wherever it lies then; bytes beyond its old
     * size are undefined. NULL: there is no memory, and the piece is as it was. */
    void *(*resize)(void *arg, void *piece, size_t size);
    /** Give back a piece, never NULL. */
    void (*release)(void *arg, void *piece);
    void *arg;
};

/** The heap of the process. Static. */
const struct memory *memory_heap(void);

/** `size` zeroed bytes, or NULL when out of memory. */
void *memory_alloc(const struct memory *memory, size_t size);
/** An array of `count` zeroed items; NULL also on overflow. */
void *memory_array(const struct memory *memory, size_t count, size_t size);
/** Make an array `count` items long; a piece of NULL begins one. New items are undefined. NULL when
 * out of memory or on overflow: the array is as it was. */
void *memory_resize(const struct memory *memory, void *piece, size_t count, size_t size);
/** A terminated copy of `len` bytes, or NULL. */
char *memory_strndup(const struct memory *memory, const char *text, size_t len);
/** Give a piece back. NULL is fine. */
void memory_release(const struct memory *memory, void *piece);

#endif
