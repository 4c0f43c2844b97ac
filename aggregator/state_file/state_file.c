/* SPDX-License-Identifier: MIT */
/* state_file.c - the object in a file, from an orderly end to the next start. */
#include "state_file/state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/terminal.h"
#include "host/unix_socket.h"
#include "object/object.h"

/* ---- private: the names of files beside the state file, for the files of this folder.
 */

#define STATE_FILE_NEW  ".new"
#define STATE_FILE_USED ".used"
#define STATE_FILE_BAD_ ".bad"

enum { STATE_FILE_SUFFIX_MAX = sizeof ".used" };

struct state_file_name {
    char text[NAME_MAX + 1];
};

/* ==== state_file: The names of a state file, and the files that have them. ==== */

/* The file's name in its folder, with this suffix. */
static struct state_file_name state_file_name(const struct state_file *file, const char *suffix) {
    struct state_file_name name;
    (void)snprintf(name.text, sizeof name.text, "%s%s", file->name, suffix);
    return name;
}

/* Write "state file PATH: WHAT: errno's words" into *ret_error. Returns false. */
static bool state_file_fails(const struct state_file *file, struct error *ret_error,
                             const char *what) {
    return error_set(ret_error, "state file %s: %s: %s", file->path, what, strerror(errno));
}

/* ---- life ---- */

static bool open_folder(struct state_file *file) {
    char folder[PATH_MAX];
    const int len = (int)(file->name - file->path);
    (void)snprintf(folder, sizeof folder, "%.*s", len, file->path);
    file->folder = open(len == 0 ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return file->folder >= 0;
}

/* Refuse a folder: it must not be renamed. */
static bool check_name(const struct state_file *file, struct error *ret_error) {
    struct stat status;
    if (*file->name == '\0' ||
        (fstatat(file->folder, file->name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
         S_ISDIR(status.st_mode)))
        return error_set(ret_error, "state file %s: it is a folder; name a file in it", file->path);
    return true;
}

static bool take_lock(struct state_file *file, struct error *ret_error) {
    file->lock = host_path_lock_take(file->path);
    if (file->lock >= 0)
        return true;
    if (file->lock == -EWOULDBLOCK)
        return error_set(ret_error,
                         "state file %s: another daemon uses it and has locked %s.lock; "
                         "each daemon needs a file of its own",
                         file->path, file->path);
    errno = -file->lock;
    return state_file_fails(file, ret_error, "nothing can be written beside it");
}

bool state_file_open(struct state_file *file, const char *path, struct error *ret_error) {
    const char *slash = strrchr(path, '/');
    *file = (struct state_file){
        .path = path, .name = slash != NULL ? slash + 1 : path, .folder = -1, .lock = -1};
    if (strlen(path) + STATE_FILE_SUFFIX_MAX > PATH_MAX ||
        strlen(file->name) + STATE_FILE_SUFFIX_MAX > NAME_MAX) {
        errno = ENAMETOOLONG;
        return state_file_fails(file, ret_error, "it cannot be used");
    }
    if (!open_folder(file))
        return state_file_fails(file, ret_error, "its folder cannot be opened");
    if (check_name(file, ret_error) && take_lock(file, ret_error))
        return true;
    state_file_close(file);
    return false;
}

bool state_file_is_in_place(const struct state_file *file) {
    return host_path_lock_in_place(file->path, file->lock);
}

void state_file_close(struct state_file *file) {
    if (file->folder < 0)
        return;
    host_path_lock_release(file->path, file->lock);
    (void)close(file->folder);
    file->folder = file->lock = -1;
}

/* ---- names ---- */

/* Rename the file from one suffix to another, durably. False with errno. */
static bool state_file_move(const struct state_file *file, const char *from, const char *to) {
    const struct state_file_name was = state_file_name(file, from);
    const struct state_file_name is = state_file_name(file, to);
    return renameat2(file->folder, was.text, file->folder, is.text, 0) == 0 &&
           fsync(file->folder) == 0;
}

bool state_file_set_aside(const struct state_file *file) {
    return state_file_move(file, "", STATE_FILE_BAD_);
}

/* Remove the rest of a file that was used. */
static void state_file_clear(const struct state_file *file) {
    const struct state_file_name used = state_file_name(file, STATE_FILE_USED);
    (void)unlinkat(file->folder, used.text, 0);
}

/* ==== check: Whether an object could be written now: no one should find that out in a stop.
 */

static bool fails(const struct state_file *file, int error, const char *what,
                  struct error *ret_error) {
    errno = error;
    return state_file_fails(file, ret_error, what);
}

static bool check_folder(const struct state_file *file, struct error *ret_error) {
    struct stat status;
    if (fstat(file->folder, &status) == 0 && status.st_nlink == 0)
        return fails(file, ENOENT, "its folder is gone", ret_error);
    return faccessat(file->folder, ".", W_OK | X_OK, AT_EACCESS) == 0 ||
           state_file_fails(file, ret_error, "nothing can be written beside it");
}

static bool check_limit(const struct state_file *file, uint64_t size, struct error *ret_error) {
    struct rlimit limit;
    return getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur >= size ||
           fails(file, EFBIG, "it cannot be written", ret_error);
}

/* "it needs 76 KiB, and 8 KiB are free" */
static bool no_room(const struct state_file *file, uint64_t needed, uint64_t room,
                    struct error *ret_error) {
    struct strbuf text = {0};
    strbuf_puts(&text, "it needs ");
    terminal_put_bytes(&text, needed);
    strbuf_puts(&text, ", and ");
    terminal_put_bytes(&text, room);
    strbuf_puts(&text, room == 1 ? " is free" : " are free");
    (void)fails(file, ENOSPC, strbuf_cstr(&text), ret_error);
    strbuf_done(&text);
    return false;
}

/* Only what the object has of memory is written, not its holes. */
static bool check_room(const struct state_file *file, int object, struct error *ret_error) {
    enum { BLOCK = 512 }; /* of st_blocks */
    struct statvfs system;
    struct stat status;
    if (fstatvfs(file->folder, &system) != 0 || fstat(object, &status) != 0 ||
        system.f_blocks == 0) /* it does not count */
        return true;
    const uint64_t blocks = geteuid() == 0 ? system.f_bfree : system.f_bavail;
    const uint64_t room = blocks * system.f_frsize;
    const uint64_t needed = (uint64_t)status.st_blocks * BLOCK;
    if (system.f_files > 0 && system.f_ffree == 0)
        return fails(file, ENOSPC, "no further file can be made", ret_error);
    return room >= needed || no_room(file, needed, room, ret_error);
}

bool state_file_check(const struct state_file *file, const struct object_file *object,
                      struct error *ret_error) {
    return check_folder(file, ret_error) && check_limit(file, object->size, ret_error) &&
           check_room(file, object->fd, ret_error);
}

/* ==== pieces: an object and its file have holes, where they hold nothing; only the rest is copied.
 *
 * The checksum is the lower half of an XXH3 hash over all pieces and their places, made while they
 * are copied: it takes no longer than reading the memory (a CRC of zlib takes ten times as long),
 * and one altered file in four billion goes unnoticed. Two words are left out because they are
 * written later: the checksum itself, and the one that counts attempts.
 */

enum { PIECE = 65536 };

static unsigned char piece[PIECE];

/* Find the next piece at or after *at that is not a hole, though it may be zeros. False: there are
 * no more, or, if errno is not 0, they cannot be found. */
static bool next_piece(int fd, uint64_t size, uint64_t *at, size_t *ret_count) {
    const off_t data = *at < size ? lseek(fd, (off_t)*at, SEEK_DATA) : -1;
    if (data < 0) {
        errno = *at < size && errno != ENXIO ? errno : 0;
        return false;
    }
    *at = (uint64_t)data / PIECE * PIECE;
    *ret_count = size - *at < PIECE ? (size_t)(size - *at) : PIECE;
    return true;
}

/* Whether all bytes are zero: then they become a hole. */
static bool is_hole(const unsigned char *bytes, size_t count) {
    return bytes[0] == 0 && memcmp(bytes, bytes + 1, count - 1) == 0;
}

/* Add the piece in `piece` to the checksum. */
static uint64_t sum_piece(uint64_t sum, uint64_t at, size_t count) {
    return hash_bytes(piece, count, sum + at);
}

/* Get and clear a word of the first piece. */
static uint32_t take_word(uint64_t offset) {
    uint32_t word;
    memcpy(&word, piece + offset, sizeof word);
    memset(piece + offset, 0, sizeof word);
    return word;
}

/* ==== take: Copies a state file to memory: it is used once, and nothing in it is trusted.
 */

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

/* Copy the file piece by piece, and check what was copied: the file could change afterwards. */
static bool copy(const struct state_file *file, int fd, struct object_file *object,
                 struct error *ret_error) {
    uint64_t sum = 0;
    uint32_t written = 0;
    size_t count;
    for (uint64_t at = 0; next_piece(fd, object->size, &at, &count); at += count) {
        if (!read_piece(file, fd, at, piece, count, ret_error))
            return false;
        if (at == 0) {
            written = take_word(object_sum_offset());
            (void)take_word(file->begun_at);
        }
        if (is_hole(piece, count))
            continue;
        sum = sum_piece(sum, at, count);
        host_object_file_reach(object, at, count);
        memcpy(object->at + at, piece, count);
    }
    if (errno != 0)
        return state_file_fails(file, ret_error, "it cannot be read");
    return written == (uint32_t)sum ||
           error_set(ret_error,
                     "state file %s: its checksum is wrong, so it is not as it was written",
                     file->path);
}

/* Copy the file, since it can change under its reader, while private memory cannot. In the copy,
 * the present attempt is not counted. */
static bool copy_to_memory(const struct state_file *file, int fd, uint64_t size, int *ret_fd,
                           struct error *ret_error) {
    struct object_file object;
    if (!host_object_file_make(size, &object, ret_error))
        return error_add(ret_error, " (for state file %s)", file->path);
    const bool copied = copy(file, fd, &object, ret_error);
    if (copied)
        memcpy(object.at + file->begun_at, &file->begun, sizeof file->begun);
    const int own = copied ? fcntl(object.fd, F_DUPFD_CLOEXEC, 0) : -1;
    host_object_file_close(&object);
    if (!copied)
        return false;
    *ret_fd = own;
    return own >= 0 || state_file_fails(file, ret_error, "no descriptor for it");
}

/* ---- what may be taken ---- */

/* Accept only a file that belongs to this user or root and that no one else can write. */
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

/* ==== write: Writes an object into a state file: all of it is on the disk before the file gets its
 * name. Beyond a limit of file sizes, writing fails with EFBIG, as the process ignores SIGXFSZ.
 */

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
    struct object_marks marks;
    uint64_t at_marks;
    uint64_t sum = 0;
    size_t count;
    if (!image_marks(object->at, object->size, &marks, &at_marks) ||
        ftruncate(fd, (off_t)object->size) != 0)
        return false;
    for (uint64_t at = 0; next_piece(object->fd, object->size, &at, &count); at += count) {
        memcpy(piece, object->at + at, count);
        if (at == 0)
            (void)take_word(at_marks + offsetof(struct object_marks, begun));
        if (is_hole(piece, count))
            continue;
        sum = sum_piece(sum, at, count);
        if (!write_piece(fd, at, piece, count))
            return false;
    }
    const uint32_t half = (uint32_t)sum;
    return errno == 0 &&
           write_piece(fd, object_sum_offset(), (const unsigned char *)&half, sizeof half);
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
    if (!clear_name(file, ret_error))
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
