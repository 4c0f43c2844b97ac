/* SPDX-License-Identifier: MIT */
/* memory.c - allocation that can fail, through an allocator that tests replace. */
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static void *heap_alloc(void *arg, size_t size) {
    (void)arg;
    return calloc(1, size);
}

static void *heap_resize(void *arg, void *piece, size_t size) {
    (void)arg;
    return realloc(piece, size);
}

static void heap_release(void *arg, void *piece) {
    (void)arg;
    free(piece);
}

const struct memory *memory_heap(void) {
    static const struct memory heap = {
        .alloc = heap_alloc, .resize = heap_resize, .release = heap_release};
    return &heap;
}

void *memory_alloc(const struct memory *memory, size_t size) {
    return memory->alloc(memory->arg, size > 0 ? size : 1);
}

void *memory_array(const struct memory *memory, size_t count, size_t size) {
    size_t total;
    if (__builtin_mul_overflow(count, size, &total))
        return NULL;
    return memory_alloc(memory, total);
}

void *memory_resize(const struct memory *memory, void *piece, size_t count, size_t size) {
    size_t total;
    if (__builtin_mul_overflow(count, size, &total))
        return NULL;
    if (piece == NULL)
        return memory_alloc(memory, total);
    return memory->resize(memory->arg, piece, total > 0 ? total : 1);
}

char *memory_strndup(const struct memory *memory, const char *text, size_t len) {
    char *copy = memory_alloc(memory, len + 1);
    if (copy != NULL && len > 0)
        memcpy(copy, text, len);
    return copy;
}

void memory_release(const struct memory *memory, void *piece) {
    if (piece != NULL)
        memory->release(memory->arg, piece);
}
