/* SPDX-License-Identifier: MIT */
/* files.c - files and folders read whole, mapped memory, and the memory file of an object. */
#include "host/files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/text.h"

/* ---- files: files and folders read whole, and memory mapped. ---- */

/* ---- contents: Compares a file with the text that was read, in small steps. ---- */

enum { SETTLE_MS = 2000 /* a file may change again without another time on its inode */ };

void host_contents_init(struct contents *contents, const char *path,
                        const struct fingerprint *expected) {
    *contents = (struct contents){.path = path, .expected = *expected, .fd = -1};
}

void host_contents_done(struct contents *contents) {
    if (contents->fd >= 0)
        (void)close(contents->fd);
    contents->fd = -1;
}

static int64_t ms_of(const struct timespec *time) {
    return (int64_t)time->tv_sec * 1000 + time->tv_nsec / 1000000;
}

static bool is_time(const struct timespec *a, const struct timespec *b) {
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool is_same(const struct stat *a, const struct stat *b) {
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           is_time(&a->st_mtim, &b->st_mtim) && is_time(&a->st_ctim, &b->st_ctim);
}

static bool conclude(struct contents *contents, bool differs, int64_t real_ms) {
    host_contents_done(contents);
    if (differs && !contents->differs)
        contents->since_ms = real_ms;
    contents->differs = differs;
    contents->seen = contents->now;
    contents->settled = real_ms - ms_of(&contents->now.st_ctim) > SETTLE_MS;
    return true;
}

/* What cannot be read differs, and is looked at again the next time. */
static bool fail(struct contents *contents, int64_t real_ms) {
    (void)conclude(contents, true, real_ms);
    contents->settled = false;
    return true;
}

/* Open the file, unless it is the one that was seen. A pipe must not make us wait. */
static bool begin(struct contents *contents, int64_t real_ms) {
    contents->fd = open(contents->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (contents->fd < 0 || fstat(contents->fd, &contents->now) != 0 ||
        !S_ISREG(contents->now.st_mode))
        return fail(contents, real_ms);
    if (contents->settled && is_same(&contents->now, &contents->seen)) {
        host_contents_done(contents);
        return true;
    }
    if (contents->now.st_size > CONTENTS_BYTES_MAX)
        return conclude(contents, true, real_ms);
    fingerprint_begin(&contents->reading);
    return false;
}

bool host_contents_step(struct contents *contents, int64_t real_ms) {
    char bytes[CONTENTS_STEP_BYTES];
    if (contents->fd < 0)
        return begin(contents, real_ms);
    const ssize_t got = read(contents->fd, bytes, sizeof bytes);
    if (got < 0 || contents->reading.len > CONTENTS_BYTES_MAX)
        return fail(contents, real_ms);
    if (got > 0) {
        fingerprint_add(&contents->reading, bytes, (size_t)got);
        return false;
    }
    const struct fingerprint found = fingerprint_end(&contents->reading);
    return conclude(contents, !fingerprint_is(&found, &contents->expected), real_ms);
}

/* ---- folder ---- */

/* Check a folder that existed before. */
static bool fit(const struct stat *status, const char *path, mode_t mode, struct error *ret_error) {
    if ((mode & 077) != 0)
        return true;
    if (status->st_uid != geteuid())
        return error_set(ret_error,
                         "folder %s: belongs to uid %u, not to us (uid %u); remove it or choose "
                         "another place for the socket",
                         path, status->st_uid, geteuid());
    if ((status->st_mode & 077) != 0)
        return error_set(
            ret_error,
            "folder %s: mode %04o lets others in; make it %04o or choose another place "
            "for the socket",
            path, status->st_mode & 07777, mode);
    return true;
}

bool host_folder_prepare(const char *path, mode_t mode, struct error *ret_error) {
    struct stat status;
    bool good = false;
    const bool made = mkdir(path, mode & 0700) == 0;

    if (!made && errno != EEXIST)
        return error_set(ret_error, "folder %s: cannot be made: %s", path, strerror(errno));
    const int access = made ? O_RDONLY : O_PATH;
    const int fd = open(path, access | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) != 0) {
        error_set(ret_error, "folder %s: %s", path,
                  errno == ENOTDIR || errno == ELOOP
                      ? "exists and is not a folder; remove it or choose another place for "
                        "the socket"
                      : strerror(errno));
    } else if (made && fchmod(fd, mode) != 0) {
        error_set(ret_error, "folder %s: mode %04o: %s", path, mode, strerror(errno));
    } else {
        good = made || fit(&status, path, mode, ret_error);
    }
    if (fd >= 0)
        close(fd);
    return good;
}

bool host_write_all(int fd, const char *bytes, size_t len) {
    while (len > 0) {
        const ssize_t wrote = write(fd, bytes, len);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return false;
        bytes += wrote;
        len -= (size_t)wrote;
    }
    return true;
}

/* ---- file ---- */

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE                                                                        \
    23 /* Linux 5.14; older kernels refuse it: pages are mapped on first use */
#endif

static uint64_t whole_pages(uint64_t size) {
    const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    return (size + page - 1) / page * page;
}

static bool fails(struct error *ret_error, const char *what) {
    return error_set(ret_error, "object: %s: %s", what, strerror(errno));
}

/* What an operator can do about an error of a call that makes the file or gives it memory. */
static const char *remedy(int error) {
    switch (error) {
    case ENOMEM:
    case ENOSPC:
        return "give it more memory (MemoryMax=, ulimit -v), or smaller catalogs (statgate check)";
    case EFBIG:
        return "raise the limit of file sizes (LimitFSIZE=, ulimit -f)";
    case EMFILE:
    case ENFILE:
        return "raise the limit of open files (LimitNOFILE=, ulimit -n)";
    default:
        return "the system refuses this call: allow it (SystemCallFilter=, the seccomp profile of "
               "a "
               "container)";
    }
}

static bool fails_to_make(struct error *ret_error, const char *what, int error) {
    return error_set(ret_error, "object: %s: %s; %s", what, strerror(error), remedy(error));
}

static bool map(struct object_file *file, int flags, struct error *ret_error) {
    void *at = mmap(NULL, file->size, PROT_READ | PROT_WRITE, flags, file->fd, 0);
    if (at == MAP_FAILED)
        return fails_to_make(ret_error, "cannot be mapped (mmap)", errno);
    file->at = at;
    return true;
}

/* ---- making ---- */

/* Set and seal the size. Beyond a limit on file sizes this fails with EFBIG, because the process
 * ignores SIGXFSZ. */
static bool set_size(const struct object_file *file, struct error *ret_error) {
    if (ftruncate(file->fd, (off_t)file->size) != 0)
        return fails_to_make(ret_error, "cannot be sized (ftruncate)", errno);
    if (fcntl(file->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        return fails_to_make(ret_error, "cannot be sealed (fcntl)", errno);
    return true;
}

/* Allocate these bytes. Returns 0, or errno. */
static int provide(const struct object_file *file, uint64_t offset, uint64_t bytes) {
    int error;
    do
        error = fallocate(file->fd, 0, (off_t)offset, (off_t)bytes) == 0 ? 0 : errno;
    while (error == EINTR);
    return error;
}

/* Whether the system allows that; the first page is used in any case. */
static bool provides(const struct object_file *file, struct error *ret_error) {
    const int error = provide(file, 0, whole_pages(1));
    return error == 0 || fails_to_make(ret_error, "has no memory (fallocate)", error);
}

bool host_object_file_make(uint64_t size, struct object_file *ret_file, struct error *ret_error) {
    struct object_file file = {.fd = -1, .size = whole_pages(size)};
    *ret_file = file;
    file.fd = memfd_create("statgate-object", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (file.fd < 0)
        return fails_to_make(ret_error, "cannot be made (memfd_create)", errno);
    if (!set_size(&file, ret_error) || !provides(&file, ret_error) ||
        !map(&file, MAP_SHARED, ret_error)) {
        host_object_file_close(&file);
        return false;
    }
    *ret_file = file;
    return true;
}

void host_object_file_reach(void *arg, uint64_t offset, uint64_t bytes) {
    const struct object_file *file = arg;
    if (provide(file, offset, bytes) != 0)
        memory_end(bytes);
    /* The pages are allocated; mapping them now only avoids page faults on first use. */
    (void)madvise(file->at + offset, bytes, MADV_POPULATE_WRITE);
}

/* ---- another process's ---- */

/* Whether the file is ordinary shared memory, limited only by its own size. Huge pages and files of
 * a mounted tmpfs are refused: an access could find no free page. */
static bool is_memory(int fd, struct error *ret_error) {
    struct statfs system;
    const int seals = fcntl(fd, F_GET_SEALS);
    if (fstatfs(fd, &system) != 0)
        return fails(ret_error, "cannot be looked at");
    if (seals < 0 || system.f_type != TMPFS_MAGIC)
        return error_set(ret_error, "object: the descriptor is not of memory");
    if ((seals & F_SEAL_SHRINK) == 0)
        return error_set(ret_error, "object: it could shrink while it is read");
    return true;
}

static bool take_size(struct object_file *file, struct error *ret_error) {
    struct stat status;
    if (fstat(file->fd, &status) != 0)
        return fails(ret_error, "cannot be looked at");
    if (!S_ISREG(status.st_mode) || status.st_size <= 0)
        return error_set(ret_error, "object: it is empty");
    file->size = (uint64_t)status.st_size;
    return true;
}

bool host_object_file_open(int fd, struct object_file *ret_file, struct error *ret_error) {
    struct object_file file = {.fd = fd};
    *ret_file = (struct object_file){.fd = -1};
    if (!is_memory(fd, ret_error) || !take_size(&file, ret_error) ||
        !map(&file, MAP_PRIVATE | MAP_NORESERVE, ret_error))
        return false;
    *ret_file = file;
    return true;
}

void host_object_file_close(struct object_file *file) {
    if (file->at != NULL)
        munmap(file->at, file->size);
    if (file->fd >= 0)
        close(file->fd);
    *file = (struct object_file){.fd = -1};
}

/* ---- the boot ---- */

/* Parse 32 hexadecimal digits, with hyphens between some of them. */
static bool parse_boot(const char *text, unsigned char ret_boot[OBJECT_FILE_BOOT_BYTES]) {
    unsigned digits = 0;
    for (; *text != '\0' && *text != '\n'; text++) {
        const int value = text_hex_digit(*text);
        if (*text == '-')
            continue;
        if (value < 0 || digits == 2 * OBJECT_FILE_BOOT_BYTES)
            return false;
        unsigned char *byte = &ret_boot[digits++ / 2];
        *byte = (unsigned char)(*byte << 4 | value);
    }
    return digits == 2 * OBJECT_FILE_BOOT_BYTES;
}

bool host_object_file_boot(unsigned char ret_boot[OBJECT_FILE_BOOT_BYTES],
                           struct error *ret_error) {
    char text[64] = "";
    unsigned char boot[OBJECT_FILE_BOOT_BYTES] = {0};
    const int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fails(ret_error, "/proc/sys/kernel/random/boot_id");
    const ssize_t len = read(fd, text, sizeof text - 1);
    close(fd);
    if (len <= 0 || !parse_boot(text, boot))
        return error_set(ret_error, "object: /proc/sys/kernel/random/boot_id has no boot");
    memcpy(ret_boot, boot, sizeof boot);
    return true;
}
