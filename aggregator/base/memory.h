/* SPDX-License-Identifier: MIT */
/*
 * memory.h - an allocator that the caller passes in.
 *
 * Libraries whose records outlive a call allocate from a `struct memory`. The program that combines
 * the libraries decides where records are stored, and a test decides which allocation fails. The
 * struct is borrowed and must outlive everything that was allocated from it.
 */
#ifndef STATGATE_BASE_MEMORY_H
#define STATGATE_BASE_MEMORY_H

#include <stddef.h>

struct memory {
    /** Allocate `size` (at least 1) zeroed bytes, aligned for any type. NULL when out of memory. */
    void *(*alloc)(void *arg, size_t size);
    /** Resize a piece to `size` bytes (at least 1); it may move. Bytes beyond its old size are
     * undefined. NULL when out of memory: the piece is unchanged. */
    void *(*resize)(void *arg, void *piece, size_t size);
    /** Free a piece; never called with NULL. */
    void (*release)(void *arg, void *piece);
    void *arg;
};

/** The heap of the process. Static. */
const struct memory *memory_heap(void);

/** Allocate `size` zeroed bytes. NULL when out of memory. */
void *memory_alloc(const struct memory *memory, size_t size);
/** Allocate an array of `count` zeroed items. NULL when out of memory or on overflow. */
void *memory_array(const struct memory *memory, size_t count, size_t size);
/** Resize an array to `count` items; if `piece` is NULL, allocate one. The contents of added items
 * are undefined. NULL when out of memory or on overflow: the array is unchanged. */
void *memory_resize(const struct memory *memory, void *piece, size_t count, size_t size);
/** Copy `len` bytes and terminate the copy. NULL when out of memory. */
char *memory_strndup(const struct memory *memory, const char *text, size_t len);
/** Free a piece. NULL is fine. */
void memory_release(const struct memory *memory, void *piece);

#endif
