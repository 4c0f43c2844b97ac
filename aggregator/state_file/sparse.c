/* Walks the data of a file with lseek(2). If a file system does not know holes, the whole file is
 * data. */
#include "state_file/sparse.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Find where the data at or after `at` begins and ends. False: there is none, or *ret_error is
 * set. */
static bool seek(struct sparse *sparse, int *ret_error) {
    const off_t from = lseek(sparse->fd, (off_t)sparse->at, SEEK_DATA);
    const off_t to = from < 0 ? -1 : lseek(sparse->fd, from, SEEK_HOLE);
    *ret_error = to < 0 && errno != ENXIO ? errno : 0;
    if (to < 0)
        return false;
    if ((uint64_t)from > sparse->at)
        sparse->at = (uint64_t)from / SPARSE_PIECE * SPARSE_PIECE;
    sparse->end = (uint64_t)to;
    return true;
}

bool sparse_next(struct sparse *sparse, uint64_t *ret_at, size_t *ret_bytes, int *ret_error) {
    *ret_error = 0;
    if (sparse->at >= sparse->size || (sparse->at >= sparse->end && !seek(sparse, ret_error)))
        return false;
    const uint64_t left = sparse->size - sparse->at;
    *ret_at = sparse->at;
    *ret_bytes = left < SPARSE_PIECE ? (size_t)left : SPARSE_PIECE;
    sparse->at += *ret_bytes;
    return true;
}

bool sparse_is_hole(const unsigned char *bytes, size_t count) {
    return count == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, count - 1) == 0);
}
