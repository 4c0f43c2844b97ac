#include "host/object_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/text.h"

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

bool object_file_make(uint64_t size, struct object_file *ret_file, struct error *ret_error) {
    struct object_file file = {.fd = -1, .size = whole_pages(size)};
    *ret_file = file;
    file.fd = memfd_create("statgate-object", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (file.fd < 0)
        return fails_to_make(ret_error, "cannot be made (memfd_create)", errno);
    if (!set_size(&file, ret_error) || !map(&file, MAP_SHARED, ret_error)) {
        object_file_close(&file);
        return false;
    }
    *ret_file = file;
    return true;
}

bool object_file_reach(void *arg, uint64_t offset, uint64_t bytes) {
    struct object_file *file = arg;
    int error;
    do
        error = fallocate(file->fd, 0, (off_t)offset, (off_t)bytes) == 0 ? 0 : errno;
    while (error == EINTR);
    if (error != 0) {
        file->lack = error;
        return false;
    }
    /* The pages are allocated; mapping them now only avoids page faults on first use. */
    (void)madvise(file->at + offset, bytes, MADV_POPULATE_WRITE);
    return true;
}

bool object_file_lacks(const struct object_file *file, struct error *ret_error) {
    if (file->lack == 0)
        return false;
    (void)fails_to_make(ret_error, "has no memory (fallocate)", file->lack);
    return true;
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

bool object_file_open(int fd, struct object_file *ret_file, struct error *ret_error) {
    struct object_file file = {.fd = fd};
    *ret_file = (struct object_file){.fd = -1};
    if (!is_memory(fd, ret_error) || !take_size(&file, ret_error) ||
        !map(&file, MAP_PRIVATE | MAP_NORESERVE, ret_error))
        return false;
    *ret_file = file;
    return true;
}

void object_file_close(struct object_file *file) {
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

bool object_file_boot(unsigned char ret_boot[OBJECT_FILE_BOOT_BYTES], struct error *ret_error) {
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
