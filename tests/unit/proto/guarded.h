/*
 * guarded.h - memory with a page on either side that cannot be touched.
 *
 * A parser that reads one byte too many, or one too few from the front, dies on it.
 */
#ifndef GUARDED_H
#define GUARDED_H

#include <stddef.h>

struct guarded {
    char *map;
    char *at; /**< the usable bytes */
    size_t len;
    size_t map_len;
};

/** Room for at least `len` bytes, rounded up to pages; aborts without memory. */
struct guarded guarded_new(size_t len);
void guarded_free(struct guarded *memory);
/** `len` bytes so that the byte behind the last is forbidden. */
const char *guarded_at_end(struct guarded *memory, const char *bytes, size_t len);
/** `len` bytes so that the byte before the first is forbidden. */
const char *guarded_at_start(struct guarded *memory, const char *bytes, size_t len);
/** From now on a write is forbidden as well. */
void guarded_read_only(struct guarded *memory);

#endif
