/* SPDX-License-Identifier: MIT */
/* memory.c - memory from an allocator that the caller passes in, or the end of the process. */
#include "base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static void (*say_end)(const char *sentence);

void memory_on_end(void (*say)(const char *sentence)) {
    say_end = say;
}

void memory_end(size_t size) {
    char text[160];
    (void)snprintf(text, sizeof text,
                   "out of memory: %zu bytes could not be allocated; give this process more "
                   "(MemoryMax=, ulimit -v), or use smaller catalogs (statgate check)",
                   size);
    if (say_end != NULL)
        say_end(text);
    else
        (void)fprintf(stderr, "%s\n", text);
    _exit(1);
}

/* The bytes of an array. */
static size_t bytes_of(size_t count, size_t size) {
    size_t total;
    if (__builtin_mul_overflow(count, size, &total))
        memory_end(SIZE_MAX);
    return total;
}

static void *must(void *piece, size_t size) {
    if (piece == NULL)
        memory_end(size);
    return piece;
}

void *memory_alloc(const struct memory *memory, size_t size) {
    return must(memory->alloc(memory->arg, size > 0 ? size : 1), size);
}

void *memory_array(const struct memory *memory, size_t count, size_t size) {
    return memory_alloc(memory, bytes_of(count, size));
}

void *memory_try_resize(const struct memory *memory, void *piece, size_t count, size_t size) {
    size_t total;
    if (__builtin_mul_overflow(count, size, &total))
        return NULL;
    if (total == 0)
        total = 1;
    return piece == NULL ? memory->alloc(memory->arg, total)
                         : memory->resize(memory->arg, piece, total);
}

void *memory_resize(const struct memory *memory, void *piece, size_t count, size_t size) {
    return must(memory_try_resize(memory, piece, count, size), bytes_of(count, size));
}

char *memory_strndup(const struct memory *memory, const char *text, size_t len) {
    char *copy = memory_alloc(memory, len + 1);
    if (len > 0)
        memcpy(copy, text, len);
    return copy;
}

void memory_release(const struct memory *memory, void *piece) {
    if (piece != NULL)
        memory->release(memory->arg, piece);
}
