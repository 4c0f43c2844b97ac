/*
 * sparse.h - files with holes: which of their bytes have to be copied. Private.
 */
#ifndef STATGATE_STATE_FILE_SPARSE_H
#define STATGATE_STATE_FILE_SPARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that are copied at a time. */
enum { SPARSE_PIECE = 65536 };

/* Pieces of a file, from its beginning on: whole ones, but for its end. */
struct sparse {
    int fd;
    uint64_t size;
    uint64_t at;  /* the next piece */
    uint64_t end; /* of the data that it begins in */
};

/* The next piece that has data, and maybe zeros only. False: there are no more; with *ret_error, as in
 * errno: they cannot be found. */
bool sparse_next(struct sparse *sparse, uint64_t *ret_at, size_t *ret_bytes, int *ret_error);
/* Nothing but zeros. */
bool sparse_is_hole(const unsigned char *bytes, size_t count);

#endif
