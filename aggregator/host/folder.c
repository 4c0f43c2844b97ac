#include "host/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder that was there before us. */
static bool fit(const struct stat *status, const char *path, mode_t mode, char *ret_error,
                size_t error_size) {
    if ((mode & 077) != 0)
        return true;
    if (status->st_uid != geteuid()) {
        (void)snprintf(ret_error, error_size,
                       "folder %s: belongs to uid %u, not to us (uid %u); remove it or choose "
                       "another place for the socket",
                       path, status->st_uid, geteuid());
        return false;
    }
    if ((status->st_mode & 077) != 0) {
        (void)snprintf(ret_error, error_size,
                       "folder %s: mode %04o lets others in; make it %04o or choose another place "
                       "for the socket",
                       path, status->st_mode & 07777, mode);
        return false;
    }
    return true;
}

bool folder_prepare(const char *path, mode_t mode, char *ret_error, size_t error_size) {
    struct stat status;
    bool good = false;
    const bool made = mkdir(path, mode & 0700) == 0;

    if (!made && errno != EEXIST) {
        (void)snprintf(ret_error, error_size, "folder %s: cannot be made: %s", path,
                       strerror(errno));
        return false;
    }
    const int access = made ? O_RDONLY : O_PATH;
    const int fd = open(path, access | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) != 0) {
        (void)snprintf(ret_error, error_size, "folder %s: %s", path,
                       errno == ENOTDIR || errno == ELOOP
                           ? "exists and is not a folder; remove it or choose another place for "
                             "the socket"
                           : strerror(errno));
    } else if (made && fchmod(fd, mode) != 0) {
        (void)snprintf(ret_error, error_size, "folder %s: mode %04o: %s", path, mode,
                       strerror(errno));
    } else {
        good = made || fit(&status, path, mode, ret_error, error_size);
    }
    if (fd >= 0)
        close(fd);
    return good;
}
