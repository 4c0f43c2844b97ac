#include "host/path_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MODE = 0600, /* if others could open the file, they could also lock it */
    TRIES = 8    /* the previous holder may remove the file between our open and our lock */
};

struct lock_name {
    char text[PATH_MAX];
};

static struct lock_name name_of(const char *path) {
    struct lock_name name;
    (void)snprintf(name.text, sizeof name.text, "%s.lock", path);
    return name;
}

bool path_lock_in_place(const char *path, int lock) {
    const struct lock_name name = name_of(path);
    struct stat locked;
    struct stat named;
    return fstat(lock, &locked) == 0 && lstat(name.text, &named) == 0 &&
           locked.st_dev == named.st_dev && locked.st_ino == named.st_ino;
}

int path_lock_take(const char *path) {
    const struct lock_name name = name_of(path);
    for (int i = 0; i < TRIES; i++) {
        const int lock =
            open(name.text, O_RDONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, MODE);
        if (lock < 0)
            return -errno;
        const int error = flock(lock, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
        if (error == 0 && path_lock_in_place(path, lock))
            return lock;
        close(lock);
        if (error != 0)
            return -error;
    }
    return -EBUSY;
}

void path_lock_release(const char *path, int lock) {
    if (lock < 0)
        return;
    if (path_lock_in_place(path, lock))
        (void)unlink(name_of(path).text);
    close(lock);
}
