#include "statgate/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fail(const char *path, const char *reason, struct error *ret_error) {
    return error_set(ret_error, "%.900s: %s", path, reason);
}

bool output_read(const char *path, struct strbuf *ret_text, struct error *ret_error) {
    struct stat info;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return fail(path, strerror(errno), ret_error);
    if (fstat(fd, &info) == 0 && !S_ISREG(info.st_mode)) {
        (void)close(fd);
        return fail(path, "not a regular file", ret_error);
    }
    ssize_t got = 0;
    do {
        if (!strbuf_reserve(ret_text, 65536)) {
            (void)close(fd);
            return fail(path, "out of memory", ret_error);
        }
        got = read(fd, ret_text->data + ret_text->len, ret_text->cap - ret_text->len);
        ret_text->len += got > 0 ? (size_t)got : 0;
    } while (got > 0 || (got < 0 && errno == EINTR));
    const int error = errno;
    (void)close(fd);
    return got == 0 || fail(path, strerror(error), ret_error);
}

static bool write_all(int fd, const struct strbuf *text) {
    for (size_t done = 0; done < text->len;) {
        const ssize_t wrote = write(fd, text->data + done, text->len - done);
        if (wrote < 0 && errno != EINTR)
            return false;
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    return true;
}

/* The mode of a file created by open(). The file mode creation mask can only be read by setting
 * it. */
static mode_t new_mode(void) {
    const mode_t mask = umask(0);
    (void)umask(mask);
    return 0666 & ~mask;
}

/* Write a new file beside the old one and rename it, so that the rename stays in one file
 * system. */
static bool replace(const char *path, mode_t mode, const struct strbuf *text,
                    struct error *ret_error) {
    char beside[PATH_MAX + 16];
    if (strlen(path) >= PATH_MAX)
        return fail(path, strerror(ENAMETOOLONG), ret_error);
    (void)snprintf(beside, sizeof beside, "%s.XXXXXX", path);
    const int fd = mkostemp(beside, O_CLOEXEC);
    if (fd < 0)
        return fail(path, strerror(errno), ret_error);
    bool good = write_all(fd, text) && fchmod(fd, mode) == 0 && fsync(fd) == 0;
    int error = errno;
    if (close(fd) < 0 && good) {
        good = false;
        error = errno;
    }
    if (good && rename(beside, path) == 0)
        return true;
    if (good)
        error = errno;
    (void)unlink(beside);
    return fail(path, strerror(error), ret_error);
}

static bool holds(const char *path, const struct strbuf *text) {
    struct error ignored;
    struct strbuf now;
    strbuf_init(&now);
    const bool same = output_read(path, &now, &ignored) && now.len == text->len &&
                      (now.len == 0 || memcmp(now.data, text->data, now.len) == 0);
    strbuf_done(&now);
    return same;
}

bool output_write(const char *path, const struct strbuf *text, struct error *ret_error) {
    struct stat info;
    if (stat(path, &info) < 0) {
        if (errno != ENOENT)
            return fail(path, strerror(errno), ret_error);
        if (lstat(path, &info) == 0)
            return fail(path, "a link to nothing", ret_error);
        return replace(path, new_mode(), text, ret_error);
    }
    if (!S_ISREG(info.st_mode))
        return fail(path, "not a regular file", ret_error);
    if (holds(path, text))
        return true;
    char *real = realpath(path, NULL);
    if (real == NULL)
        return fail(path, strerror(errno), ret_error);
    const bool good = replace(real, info.st_mode & 07777, text, ret_error);
    free(real);
    return good;
}
