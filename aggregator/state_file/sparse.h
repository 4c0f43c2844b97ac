/*
 * sparse.h - files with holes: finds the bytes that have to be copied, and hashes them. Private.
 */
#ifndef STATGATE_STATE_FILE_SPARSE_H
#define STATGATE_STATE_FILE_SPARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many bytes are copied, or hashed, at a time. Files of all versions have these pieces. */
enum { SPARSE_PIECE = 65536 };

/* A walk over the pieces of a file, from `at` to before `size`. They begin at multiples of their
 * size; the first and the last may be shorter. */
struct sparse {
    int fd;
    uint64_t size;
    uint64_t at;  /* offset of the next piece */
    uint64_t end; /* end of the data segment that the piece begins in */
};

/* The next piece that contains data, though possibly only zeros. False: there are no more;
 * *ret_error is an errno if they cannot be found. */
bool sparse_next(struct sparse *sparse, uint64_t *ret_at, size_t *ret_bytes, int *ret_error);
/* Whether all bytes are zero. */
bool sparse_is_hole(const unsigned char *bytes, size_t count);
/* Hash the bytes from `at` to before `end` of an object, for sums.h (`arg`: struct object_file).
 * Its holes count as little as zeros, which become holes in a copy. */
uint64_t sparse_hash(const void *arg, uint64_t at, uint64_t end, uint64_t hash);

#endif
