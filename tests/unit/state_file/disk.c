/* SPDX-License-Identifier: MIT */
#include "disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assertions.h"

/* The names that the linker's --wrap asks for. */
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
int __real_openat(int folder, const char *path, int flags, ...);
int __wrap_openat(int folder, const char *path, int flags, ...);
int __real_renameat2(int from_folder, const char *from, int to_folder, const char *to,
                     unsigned flags);
int __wrap_renameat2(int from_folder, const char *from, int to_folder, const char *to,
                     unsigned flags);
int __real_unlinkat(int folder, const char *path, int flags);
int __wrap_unlinkat(int folder, const char *path, int flags);
int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_ftruncate(int fd, off_t size);
int __wrap_ftruncate(int fd, off_t size);
ssize_t __real_pwrite(int fd, const void *bytes, size_t count, off_t at);
ssize_t __wrap_pwrite(int fd, const void *bytes, size_t count, off_t at);
ssize_t __real_pread(int fd, void *bytes, size_t count, off_t at);
ssize_t __wrap_pread(int fd, void *bytes, size_t count, off_t at);
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)

enum { FILES_MAX = 32 };

struct bytes {
    char *at; /* NULL: none */
    size_t count;
};

/* A file, whatever its names are by now. */
struct disk_file {
    ino_t inode;
    int fd; /* so that the number is not used again */
    struct bytes synced;
};

struct disk_name {
    char text[256];
    struct disk_file *file;
};

struct disk_names {
    struct disk_name list[FILES_MAX];
    size_t count;
};

static struct {
    const char *folder; /* NULL: the calls are counted only */
    enum disk_loss loss;
    int stop_at;
    int fail_at;
    int error;
    int calls;
    struct disk_file files[FILES_MAX];
    size_t file_count;
    struct disk_names synced;
} disk;

/* ---- what there is ---- */

static struct bytes read_all(int fd) {
    struct stat status;
    cr_assert(eq(int, fstat(fd, &status), 0));
    struct bytes bytes = {malloc((size_t)status.st_size + 1), (size_t)status.st_size};
    for (size_t had = 0; had < bytes.count;) {
        const ssize_t got = __real_pread(fd, bytes.at + had, bytes.count - had, (off_t)had);
        cr_assert(gt(i64, got, 0));
        had += (size_t)got;
    }
    return bytes;
}

static struct disk_file *file_of(int folder, const char *name) {
    const int fd = __real_openat(folder, name, O_RDONLY | O_CLOEXEC);
    struct stat status;
    cr_assert(eq(int, fstat(fd, &status), 0));
    for (size_t i = 0; i < disk.file_count; i++)
        if (disk.files[i].inode == status.st_ino) {
            (void)close(fd);
            return &disk.files[i];
        }
    cr_assert(lt(sz, disk.file_count, FILES_MAX));
    struct disk_file *file = &disk.files[disk.file_count++];
    *file = (struct disk_file){.inode = status.st_ino, .fd = fd};
    return file;
}

static void list_names(struct disk_names *ret_names) {
    DIR *dir = opendir(disk.folder);
    cr_assert(dir != NULL);
    ret_names->count = 0;
    for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        struct disk_name *name = &ret_names->list[ret_names->count];
        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(name->text, sizeof name->text, "%s", entry->d_name);
        name->file = file_of(dirfd(dir), entry->d_name);
        ret_names->count++;
    }
    (void)closedir(dir);
}

/* ---- what stays ---- */

static void put_file(int folder, const struct disk_name *name) {
    const bool lost = disk.loss == DISK_BYTES || disk.loss == DISK_BOTH;
    const struct bytes bytes = lost ? name->file->synced : read_all(name->file->fd);
    (void)__real_unlinkat(folder, name->text, 0);
    const int fd = __real_openat(folder, name->text, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    for (size_t done = 0; done < bytes.count;) {
        const ssize_t put = __real_pwrite(fd, bytes.at + done, bytes.count - done, (off_t)done);
        cr_assert(gt(i64, put, 0));
        done += (size_t)put;
    }
    (void)close(fd);
}

void disk_cut(void) {
    struct disk_names now;
    list_names(&now);
    const struct disk_names *names =
        disk.loss == DISK_NAMES || disk.loss == DISK_BOTH ? &disk.synced : &now;
    const int folder = open(disk.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (size_t i = 0; i < now.count; i++)
        (void)__real_unlinkat(folder, now.list[i].text, 0);
    for (size_t i = 0; i < names->count; i++)
        put_file(folder, &names->list[i]);
    (void)close(folder);
}

void disk_begin(const char *folder, enum disk_loss loss, int stop_at) {
    disk.folder = folder;
    disk.loss = loss;
    disk.stop_at = stop_at;
    disk.calls = 0;
    list_names(&disk.synced);
    for (size_t i = 0; i < disk.file_count; i++)
        disk.files[i].synced = read_all(disk.files[i].fd);
}

int disk_fail(int fail_at, int error) {
    const int calls = disk.calls;
    disk.calls = 0;
    disk.fail_at = fail_at;
    disk.error = error;
    return calls;
}

/* ---- the calls ---- */

/* False: it fails. */
static bool count_call(void) {
    disk.calls++;
    if (disk.calls == disk.stop_at) {
        disk_cut();
        _exit(DISK_CUT);
    }
    if (disk.calls == disk.fail_at) {
        errno = disk.error;
        return false;
    }
    return true;
}

int __wrap_openat(int folder, const char *path, int flags, ...) {
    va_list args;
    va_start(args, flags);
    const unsigned mode = (flags & O_CREAT) != 0 ? va_arg(args, unsigned) : 0;
    va_end(args);
    return count_call() ? __real_openat(folder, path, flags, mode) : -1;
}

int __wrap_renameat2(int from_folder, const char *from, int to_folder, const char *to,
                     unsigned flags) {
    return count_call() ? __real_renameat2(from_folder, from, to_folder, to, flags) : -1;
}

int __wrap_unlinkat(int folder, const char *path, int flags) {
    return count_call() ? __real_unlinkat(folder, path, flags) : -1;
}

static void note_synced(int fd) {
    struct stat status;
    cr_assert(eq(int, fstat(fd, &status), 0));
    if (S_ISDIR(status.st_mode)) {
        list_names(&disk.synced);
        return;
    }
    struct disk_names now;
    list_names(&now);
    for (size_t i = 0; i < disk.file_count; i++)
        if (disk.files[i].inode == status.st_ino)
            disk.files[i].synced = read_all(disk.files[i].fd);
}

int __wrap_fsync(int fd) {
    if (!count_call())
        return -1;
    if (disk.folder != NULL)
        note_synced(fd);
    return __real_fsync(fd);
}

int __wrap_ftruncate(int fd, off_t size) {
    return count_call() ? __real_ftruncate(fd, size) : -1;
}

ssize_t __wrap_pwrite(int fd, const void *bytes, size_t count, off_t at) {
    return count_call() ? __real_pwrite(fd, bytes, count, at) : -1;
}

ssize_t __wrap_pread(int fd, void *bytes, size_t count, off_t at) {
    return count_call() ? __real_pread(fd, bytes, count, at) : -1;
}
