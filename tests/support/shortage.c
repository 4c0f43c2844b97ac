/* SPDX-License-Identifier: MIT */
#include "shortage.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *piece, size_t size);
void __real_free(void *piece);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *piece, size_t size);
void __wrap_free(void *piece);
char *__wrap_strdup(const char *text);

static bool counting;
static long allowed; /* allocations until one fails */
static long live;    /* pieces allocated and not freed */

void shortage_begin(long granted) {
    allowed = granted;
    live = 0;
    counting = true;
}

long shortage_end(void) {
    counting = false;
    return live;
}

static bool may_allocate(void) {
    return !counting || allowed-- > 0;
}

static void *held(void *piece) {
    live += counting && piece;
    return piece;
}

void *__wrap_malloc(size_t size) {
    return may_allocate() ? held(__real_malloc(size)) : NULL;
}

void *__wrap_calloc(size_t count, size_t size) {
    return may_allocate() ? held(__real_calloc(count, size)) : NULL;
}

void *__wrap_realloc(void *piece, size_t size) {
    if (!may_allocate())
        return NULL;
    void *more = __real_realloc(piece, size);
    live += counting && more && !piece;
    return more;
}

void __wrap_free(void *piece) {
    live -= counting && piece;
    __real_free(piece);
}

char *__wrap_strdup(const char *text) {
    const size_t size = strlen(text) + 1;
    char *copy = __wrap_malloc(size);
    return copy ? memcpy(copy, text, size) : NULL;
}
