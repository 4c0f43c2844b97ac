/* SPDX-License-Identifier: MIT */
/* memory.c - memory, or the end of the process. */
#include "base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

void *memory_alloc(size_t size) {
    return must(calloc(1, size > 0 ? size : 1), size);
}

void *memory_array(size_t count, size_t size) {
    return memory_alloc(bytes_of(count, size));
}

void *memory_try_resize(void *piece, size_t count, size_t size) {
    size_t total;
    if (__builtin_mul_overflow(count, size, &total))
        return NULL;
    return realloc(piece, total > 0 ? total : 1);
}

void *memory_resize(void *piece, size_t count, size_t size) {
    return must(memory_try_resize(piece, count, size), bytes_of(count, size));
}

char *memory_strndup(const char *text, size_t len) {
    char *copy = memory_alloc(len + 1);
    if (len > 0)
        memcpy(copy, text, len);
    return copy;
}
