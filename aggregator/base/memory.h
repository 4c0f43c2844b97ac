/* SPDX-License-Identifier: MIT */
/*
 * memory.h - an allocator that the caller passes in.
 *
 * Libraries whose records outlive a call allocate from a `struct memory`. The program that combines
 * the libraries decides where records are stored. The struct is borrowed and must outlive
 * everything that was allocated from it.
 *
 * An allocation that fails ends the process, with a sentence: what it knows outlives it (object/),
 * and the next one begins with all of its memory. What may fail without that, such as the answer to
 * a request, takes its memory elsewhere (strbuf.h, malloc).
 */
#ifndef STATGATE_BASE_MEMORY_H
#define STATGATE_BASE_MEMORY_H

#include <stddef.h>

struct memory {
    /** Allocate `size` (at least 1) zeroed bytes, aligned for any type. NULL when out of memory,
     * which only the functions below see. */
    void *(*alloc)(void *arg, size_t size);
    /** Resize a piece to `size` bytes (at least 1); it may move. Bytes beyond its old size are
     * undefined. NULL when out of memory: the piece is unchanged. */
    void *(*resize)(void *arg, void *piece, size_t size);
    /** Free a piece; never called with NULL. */
    void (*release)(void *arg, void *piece);
    void *arg;
};

/** The heap of the process, malloc(3): what is allocated there may be freed with free(3). Static.
 */
const struct memory *memory_heap(void);

/** Say that there is no memory for `size` bytes, and end the process with exit code 1. */
__attribute__((noreturn)) void memory_end(size_t size);
/** How that is said; by default, as a line on standard error. */
void memory_on_end(void (*say)(const char *sentence));

/** Allocate `size` zeroed bytes. */
__attribute__((returns_nonnull)) void *memory_alloc(const struct memory *memory, size_t size);
/** Allocate an array of `count` zeroed items. */
__attribute__((returns_nonnull)) void *memory_array(const struct memory *memory, size_t count,
                                                    size_t size);
/** Resize an array to `count` items; if `piece` is NULL, allocate one. The contents of added items
 * are undefined. */
__attribute__((returns_nonnull)) void *memory_resize(const struct memory *memory, void *piece,
                                                     size_t count, size_t size);
/** The same for a caller that can go on without the memory, such as the answer to a request. NULL
 * when out of memory or on overflow: the array is unchanged. */
void *memory_try_resize(const struct memory *memory, void *piece, size_t count, size_t size);
/** Copy `len` bytes and terminate the copy. */
__attribute__((returns_nonnull)) char *memory_strndup(const struct memory *memory, const char *text,
                                                      size_t len);
/** Free a piece. NULL is fine. */
void memory_release(const struct memory *memory, void *piece);

#endif
