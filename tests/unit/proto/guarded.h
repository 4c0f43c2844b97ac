/* SPDX-License-Identifier: MIT */
/*
 * guarded.h - memory with a page on either side that cannot be touched.
 *
 * A parser that reads a byte behind the text or before it is killed.
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

/** Makes room for at least `len` bytes, rounded up to pages; aborts when out of memory. */
struct guarded guarded_new(size_t len);
void guarded_free(struct guarded *memory);
/** Copies `len` bytes so that the byte behind the last one is forbidden. */
const char *guarded_at_end(struct guarded *memory, const char *bytes, size_t len);
/** Copies `len` bytes so that the byte before the first one is forbidden. */
const char *guarded_at_start(struct guarded *memory, const char *bytes, size_t len);
/** Forbids writes as well from now on. */
void guarded_read_only(struct guarded *memory);

#endif
