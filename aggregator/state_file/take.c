/* Copies a state file to memory: it is used once, and nothing in it is trusted. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "object/image.h"
#include "object/sums.h"
#include "state_file/private.h"
#include "state_file/sparse.h"

enum { BEGINNING = 4096 /* bytes that show whether it is an object; no object is smaller */ };

/* ---- the copy ---- */

static bool read_piece(const struct state_file *file, int fd, uint64_t at, unsigned char *ret_bytes,
                       size_t count, struct error *ret_error) {
    size_t had = 0;
    while (had < count) {
        const ssize_t got = pread(fd, ret_bytes + had, count - had, (off_t)(at + had));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return state_file_fails(file, ret_error, "it cannot be read");
        if (got == 0)
            return error_set(ret_error, "state file %s: it became shorter while it was read",
                             file->path);
        had += (size_t)got;
    }
    return true;
}

static bool copy_piece(struct object_file *object, uint64_t at, const unsigned char *bytes,
                       size_t count) {
    if (sparse_is_hole(bytes, count))
        return true;
    if (!object_file_reach(object, at, count))
        return false;
    memcpy(object->at + at, bytes, count);
    return true;
}

static bool copy(const struct state_file *file, int fd, struct object_file *object,
                 struct error *ret_error) {
    static unsigned char piece[SPARSE_PIECE];
    struct sparse sparse = {.fd = fd, .size = object->size};
    uint64_t at;
    size_t bytes;
    int error;
    while (sparse_next(&sparse, &at, &bytes, &error)) {
        if (!read_piece(file, fd, at, piece, bytes, ret_error))
            return false;
        if (!copy_piece(object, at, piece, bytes))
            return error_set(ret_error, "state file %s: not enough memory for it", file->path);
    }
    errno = error;
    return error == 0 || state_file_fails(file, ret_error, "it cannot be read");
}

/* Check the copy, not the file, which could change afterwards. */
static bool check(const struct state_file *file, struct object_file *object,
                  struct error *ret_error) {
    struct error why;
    return sums_check(object->at, object->size, sparse_hash, object, &why) ||
           error_set(ret_error, "state file %s: %s", file->path, why.text);
}

/* Copy the file, since it can change under its reader, while private memory cannot. In the copy,
 * the present attempt is not counted. */
static bool copy_to_memory(const struct state_file *file, int fd, uint64_t size, int *ret_fd,
                           struct error *ret_error) {
    struct object_file object;
    if (!object_file_make(size, &object, ret_error))
        return error_add(ret_error, " (for state file %s)", file->path);
    const bool copied = copy(file, fd, &object, ret_error) && check(file, &object, ret_error);
    if (copied)
        memcpy(object.at + file->begun_at, &file->begun, sizeof file->begun);
    const int own = copied ? fcntl(object.fd, F_DUPFD_CLOEXEC, 0) : -1;
    object_file_close(&object);
    if (!copied)
        return false;
    *ret_fd = own;
    return own >= 0 || state_file_fails(file, ret_error, "no descriptor for it");
}

/* ---- what may be taken ---- */

/* Accept only a file that belongs to this user or root and that nobody else can write. */
static bool check_owner(const struct state_file *file, const struct stat *status,
                        struct error *ret_error) {
    if (!S_ISREG(status->st_mode))
        return error_set(ret_error, "state file %s: not a regular file", file->path);
    if (status->st_uid != geteuid() && status->st_uid != 0)
        return error_set(ret_error,
                         "state file %s: it belongs to uid %u, neither to us (uid %u) "
                         "nor to root",
                         file->path, status->st_uid, geteuid());
    if ((status->st_mode & 022) != 0)
        return error_set(ret_error, "state file %s: mode %04o lets others write to it", file->path,
                         status->st_mode & 07777);
    return true;
}

/* Check that it is an object, so that nothing else is copied into memory. */
static bool check_beginning(const struct state_file *file, int fd, uint64_t size,
                            struct object_marks *ret_marks, uint64_t *ret_at,
                            struct error *ret_error) {
    unsigned char beginning[BEGINNING];
    if (size < BEGINNING || size % BEGINNING != 0)
        return error_set(ret_error, "state file %s: not a statgate state file, or truncated",
                         file->path);
    if (!read_piece(file, fd, 0, beginning, BEGINNING, ret_error))
        return false;
    if (!image_marks(beginning, size, ret_marks, ret_at))
        return error_set(ret_error, "state file %s: not a statgate state file, or truncated",
                         file->path);
    return ret_marks->clean == 1 ||
           error_set(ret_error, "state file %s: its daemon did not end in order", file->path);
}

/* ---- who tried ---- */

static bool write_begun(const struct state_file *file, int fd, uint32_t begun) {
    return pwrite(fd, &begun, sizeof begun, (off_t)file->begun_at) == sizeof begun;
}

/* Count the attempt before anything else is done with the file, which may kill this process. */
static bool begin(struct state_file *file, int fd, const struct object_marks *marks, uint64_t at,
                  struct error *ret_error) {
    file->begun = marks->begun;
    file->begun_at = at + offsetof(struct object_marks, begun);
    if (marks->begun >= STATE_FILE_BEGUN_MAX)
        return error_set(ret_error, "state file %s: %u daemons died while they took it over",
                         file->path, marks->begun);
    return write_begun(file, fd, marks->begun + 1) ||
           state_file_fails(file, ret_error, "it cannot be marked");
}

void state_file_give_up(const struct state_file *file) {
    const int fd = openat(file->folder, file->name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)write_begun(file, fd, file->begun);
    (void)close(fd);
}

/* ---- taking ---- */

/* The file at PATH cannot be used: keep it aside, and append to *ret_error where it is now. */
static enum state_file_found refuse(const struct state_file *file, struct error *ret_error) {
    if (state_file_set_aside(file))
        (void)error_add(ret_error, "; it is kept aside as %s" STATE_FILE_BAD_, file->path);
    else
        (void)error_add(ret_error, "; it cannot be kept aside: %s", strerror(errno));
    return STATE_FILE_BAD;
}

static bool take(struct state_file *file, int fd, int *ret_fd, struct error *ret_error) {
    struct stat status;
    struct object_marks marks = {0};
    uint64_t at = 0;
    if (fstat(fd, &status) != 0)
        return state_file_fails(file, ret_error, "it cannot be looked at");
    const uint64_t size = (uint64_t)status.st_size;
    return check_owner(file, &status, ret_error) &&
           check_beginning(file, fd, size, &marks, &at, ret_error) &&
           begin(file, fd, &marks, at, ret_error) &&
           copy_to_memory(file, fd, size, ret_fd, ret_error);
}

/* There is no file at PATH. A file that was being written is incomplete, or not known to be
 * complete: remove it. */
static enum state_file_found take_none(const struct state_file *file, struct error *ret_error) {
    const struct state_file_name new = state_file_name(file, STATE_FILE_NEW);
    state_file_clear(file);
    if (unlinkat(file->folder, new.text, 0) != 0)
        return STATE_FILE_NONE;
    (void)error_set(
        ret_error,
        "state file %s: the previous process was killed, or the host stopped, while it wrote its "
        "values",
        file->path);
    return STATE_FILE_CUT;
}

enum state_file_found state_file_take(struct state_file *file, int *ret_fd,
                                      struct error *ret_error) {
    const int fd = openat(file->folder, file->name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    const int error = errno;
    if (fd < 0 && error == ENOENT)
        return take_none(file, ret_error);
    if (fd < 0 && error == ELOOP)
        (void)error_set(ret_error, "state file %s: it is a link, and no link is followed",
                        file->path);
    else if (fd < 0)
        (void)state_file_fails(file, ret_error, "it cannot be opened");
    const bool taken = fd >= 0 && take(file, fd, ret_fd, ret_error);
    if (fd >= 0)
        (void)close(fd);
    return taken ? STATE_FILE_TAKEN : refuse(file, ret_error);
}

/* Two steps: if the second one fails, the next start finds the file as it was. */
bool state_file_spend(const struct state_file *file, struct error *ret_error) {
    if (!state_file_move(file, "", STATE_FILE_USED)) {
        (void)state_file_fails(file, ret_error,
                               "its values are not used, as they could be used twice: its name "
                               "cannot be taken away");
        (void)state_file_move(file, STATE_FILE_USED, "");
        return false;
    }
    state_file_clear(file);
    return true;
}
