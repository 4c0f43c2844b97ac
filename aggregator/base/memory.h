/* SPDX-License-Identifier: MIT */
/*
 * memory.h - the heap, malloc(3), for callers that cannot go on without it.
 *
 * An allocation that fails ends the process, with a sentence: what it knows outlives it (object/),
 * and the next one begins with all of its memory. What may fail without that, such as the answer to
 * a request, says so (memory_try_resize, malloc). What is allocated here is freed with free(3).
 */
#ifndef STATGATE_BASE_MEMORY_H
#define STATGATE_BASE_MEMORY_H

#include <stddef.h>
#include <stdlib.h>

/** Say that there is no memory for `size` bytes, and end the process with exit code 1. */
__attribute__((noreturn)) void memory_end(size_t size);
/** How that is said; by default, as a line on standard error. */
void memory_on_end(void (*say)(const char *sentence));

/** Allocate `size` zeroed bytes, aligned for any type. */
__attribute__((returns_nonnull)) void *memory_alloc(size_t size);
/** Allocate an array of `count` zeroed items. */
__attribute__((returns_nonnull)) void *memory_array(size_t count, size_t size);
/** Resize an array to `count` items; if `piece` is NULL, allocate one. The contents of added items
 * are undefined. */
__attribute__((returns_nonnull)) void *memory_resize(void *piece, size_t count, size_t size);
/** The same for a caller that can go on without the memory, such as the answer to a request. NULL
 * when out of memory or on overflow: the array is unchanged. */
void *memory_try_resize(void *piece, size_t count, size_t size);
/** Copy `len` bytes and terminate the copy. */
__attribute__((returns_nonnull)) char *memory_strndup(const char *text, size_t len);

#endif
