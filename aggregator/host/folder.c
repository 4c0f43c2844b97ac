#include "host/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

bool folder_prepare(const char *path, mode_t mode, struct error *ret_error) {
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
