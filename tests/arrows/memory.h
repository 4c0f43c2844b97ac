/*
 * memory.h - allocation that cannot fail, and whole files.
 */
#ifndef ARROWS_MEMORY_H
#define ARROWS_MEMORY_H

#include <stddef.h>

/**
 * Room for one more item after `count` of `size` bytes each; doubles at powers of two. Out of
 * memory ends the program, here and below.
 */
void *memory_grow(void *items, size_t count, size_t size);

/** The text of a file with a NUL behind it, to be freed; NULL with errno if it cannot be read. */
char *memory_read(const char *path);

/** printf into a text to be freed. */
__attribute__((format(printf, 1, 2))) char *memory_text(const char *format, ...);

#endif
