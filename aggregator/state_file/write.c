/* Writes an object into a state file: all of it is on the disk before the file gets its name.
 * Beyond a limit of file sizes, writing fails with EFBIG, as the process ignores SIGXFSZ. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "object/sums.h"
#include "state_file/private.h"
#include "state_file/sparse.h"

static bool write_piece(int fd, uint64_t at, const unsigned char *bytes, size_t count) {
    size_t done = 0;
    while (done < count) {
        const ssize_t put = pwrite(fd, bytes + done, count - done, (off_t)(at + done));
        if (put < 0 && errno != EINTR)
            return false;
        done += put > 0 ? (size_t)put : 0;
    }
    return true;
}

static bool write_all(int fd, const struct object_file *object) {
    struct sparse sparse = {.fd = object->fd, .size = object->size};
    uint64_t at;
    size_t bytes;
    int error;
    if (ftruncate(fd, (off_t)object->size) != 0)
        return false;
    while (sparse_next(&sparse, &at, &bytes, &error))
        if (!sparse_is_hole(object->at + at, bytes) && !write_piece(fd, at, object->at + at, bytes))
            return false;
    errno = error;
    return error == 0;
}

/* Make the new file; first remove what a daemon left that ended while it wrote. */
static int make(const struct state_file *file) {
    enum { MODE = 0600 };
    const struct state_file_name new = state_file_name(file, STATE_FILE_NEW);
    if (unlinkat(file->folder, new.text, 0) != 0 && errno != ENOENT)
        return -1;
    return openat(file->folder, new.text, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                  MODE);
}

static bool write_new(const struct state_file *file, const struct object_file *object,
                      struct error *ret_error) {
    const int fd = make(file);
    if (fd < 0)
        return state_file_fails(file, ret_error, "it cannot be made");
    const bool written = write_all(fd, object) && fsync(fd) == 0;
    const int error = errno;
    (void)close(fd);
    errno = error;
    return written || state_file_fails(file, ret_error, "it cannot be written");
}

static void remove_new(const struct state_file *file) {
    const struct state_file_name new = state_file_name(file, STATE_FILE_NEW);
    (void)unlinkat(file->folder, new.text, 0);
}

/* Set aside any file at PATH: it is older than the object, and must not return if writing fails. */
static bool clear_name(const struct state_file *file, struct error *ret_error) {
    return state_file_set_aside(file) || errno == ENOENT ||
           state_file_fails(file, ret_error, "something else has its name");
}

bool state_file_write(const struct state_file *file, const struct object_file *object,
                      struct error *ret_error) {
    if (!sums_store(object->at, object->size, sparse_hash, object, ret_error) ||
        !clear_name(file, ret_error))
        return false;
    if (!write_new(file, object, ret_error)) {
        remove_new(file);
        return false;
    }
    if (!state_file_move(file, STATE_FILE_NEW, "")) {
        (void)state_file_fails(file, ret_error, "it cannot be given its name");
        remove_new(file);
        return false;
    }
    return true;
}
