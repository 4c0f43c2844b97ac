/* Walks the data of a file with lseek(2). If a file system does not know holes, the whole file is
 * data. */
#include "state_file/sparse.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "host/object_file.h"

/* Find where the data at or after `at` begins and ends. False: there is none, or *ret_error is
 * set. */
static bool seek(struct sparse *sparse, int *ret_error) {
    const off_t from = lseek(sparse->fd, (off_t)sparse->at, SEEK_DATA);
    const off_t to = from < 0 ? -1 : lseek(sparse->fd, from, SEEK_HOLE);
    *ret_error = to < 0 && errno != ENXIO ? errno : 0;
    if (to < 0)
        return false;
    const uint64_t piece = (uint64_t)from / SPARSE_PIECE * SPARSE_PIECE;
    if (piece > sparse->at)
        sparse->at = piece;
    sparse->end = (uint64_t)to;
    return true;
}

bool sparse_next(struct sparse *sparse, uint64_t *ret_at, size_t *ret_bytes, int *ret_error) {
    *ret_error = 0;
    const bool known = sparse->at >= sparse->size || sparse->at < sparse->end;
    if ((!known && !seek(sparse, ret_error)) || sparse->at >= sparse->size)
        return false;
    const uint64_t left = sparse->size - sparse->at;
    const uint64_t piece = SPARSE_PIECE - sparse->at % SPARSE_PIECE;
    *ret_at = sparse->at;
    *ret_bytes = (size_t)(left < piece ? left : piece);
    sparse->at += *ret_bytes;
    return true;
}

bool sparse_is_hole(const unsigned char *bytes, size_t count) {
    return count == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, count - 1) == 0);
}

/* An error of lseek ends the walk; it makes a checksum that does not fit, which is safe. */
uint64_t sparse_hash(const void *arg, uint64_t at, uint64_t end, uint64_t hash) {
    const struct object_file *object = arg;
    struct sparse sparse = {.fd = object->fd, .size = end, .at = at};
    size_t bytes;
    int error;
    while (sparse_next(&sparse, &at, &bytes, &error))
        if (!sparse_is_hole(object->at + at, bytes))
            hash = hash_bytes(object->at + at, bytes, hash + at);
    return hash;
}
