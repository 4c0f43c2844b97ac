#include "ingress/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    DEEP_TIMEOUT_MS = 2000,
    TWIN_WAIT_MS = 1000, /* a second daemon that starts at the same moment */
    TWIN_LOOK_MS = 5,
    NAME_TRIES = 16
};

/* Linux 6.16; the number differs on these two, where we do without. */
#if !defined(SO_PASSRIGHTS) && !defined(__sparc__) && !defined(__hppa__)
#define SO_PASSRIGHTS 83
#endif

/* A temporary name in the socket's folder: "FOLDER/" and these. */
#define TEMPORARY_FORMAT "%.*s.sg%08" PRIx32
enum { TEMPORARY_NAME_LEN = 3 + 8 };

__attribute__((format(printf, 3, 4))) static bool fail(const struct ingress_listen_options *options,
                                                       char *ret_error, const char *format, ...) {
    va_list args;
    const int head = snprintf(ret_error, INGRESS_ERROR_MAX, "socket %s: ", options->path);
    if (head >= 0 && head < INGRESS_ERROR_MAX) {
        va_start(args, format);
        (void)vsnprintf(ret_error + head, (size_t)(INGRESS_ERROR_MAX - head), format, args);
        va_end(args);
    }
    return false;
}

/* Length of the path up to and with its last slash. */
static size_t folder_len(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

static bool check_path(const struct ingress_listen_options *options, char *ret_error) {
    const size_t len = strlen(options->path);
    const size_t folder = folder_len(options->path);
    const size_t most = INGRESS_PATH_MAX - 1;

    if (len == folder)
        return fail(options, ret_error, "is not the path of a file; set another with %s",
                    options->setting);
    if (options->path[0] == '@')
        return fail(options, ret_error, "abstract sockets have no permissions; set a path with %s",
                    options->setting);
    if (len > most)
        return fail(options, ret_error,
                    "%zu bytes long, a socket's path has at most %zu; set another with %s", len,
                    most, options->setting);
    if (folder + TEMPORARY_NAME_LEN > most)
        return fail(options, ret_error,
                    "its folder is %zu bytes long, at most %zu leave room for a socket; set "
                    "another with %s",
                    folder, most - TEMPORARY_NAME_LEN, options->setting);
    return true;
}

/* ---- what stands at the path ---- */

/* One daemon at a time looks at the path and takes it. Best effort: the folder may belong to
 * others, so waiting is bounded and a folder that cannot be locked is used unlocked. */
static int lock_folder(const struct ingress_listen_options *options) {
    char folder[INGRESS_PATH_MAX] = ".";
    const size_t len = folder_len(options->path);
    if (len > 0) {
        memcpy(folder, options->path, len);
        folder[len] = '\0';
    }
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const struct timespec pause = {.tv_nsec = TWIN_LOOK_MS * 1000000L};
    for (int waited = 0; fd >= 0 && waited < TWIN_WAIT_MS; waited += TWIN_LOOK_MS) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
            break;
        nanosleep(&pause, NULL);
    }
    return fd;
}

static struct sockaddr_un address_of(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, strlen(path));
    return address;
}

/* What connect() to the path says: 0 or an errno. Nothing reaches a receiver by this. */
static int probe(const char *path) {
    const struct sockaddr_un address = address_of(path);
    const int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (sock < 0)
        return errno;
    const int result = connect(sock, (const struct sockaddr *)&address, sizeof address);
    const int error = result == 0 ? 0 : errno;
    close(sock);
    return error;
}

/* True when there is nothing, or a socket that nobody receives on. */
static bool check_place(const struct ingress_listen_options *options, char *ret_error) {
    struct stat status;

    if (lstat(options->path, &status) != 0) {
        return errno == ENOENT || fail(options, ret_error, "%s", strerror(errno));
    }
    if (!S_ISSOCK(status.st_mode))
        return fail(options, ret_error,
                    "exists and is not a socket; remove it or set another path with %s",
                    options->setting);
    const int error = probe(options->path);
    switch (error) {
    case ECONNREFUSED:
    case ENOENT:
        return true;
    case 0:
    case EPERM: /* a receiver that takes datagrams from one peer only */
        return fail(options, ret_error,
                    "another process is receiving on it; stop it or set another path with %s",
                    options->setting);
    case EPROTOTYPE:
        return fail(options, ret_error,
                    "another process uses it for another type of socket; set another path with %s",
                    options->setting);
    default:
        return fail(options, ret_error,
                    "cannot tell whether another process is receiving on it: %s", strerror(error));
    }
}

/* ---- making and placing a socket ---- */

/* Credentials from the first datagram on; descriptors refused where the kernel can. */
static bool set_options(int sock) {
    const int on = 1;
    if (setsockopt(sock, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0)
        return false;
#ifdef SO_PASSRIGHTS
    const int off = 0;
    (void)setsockopt(sock, SOL_SOCKET, SO_PASSRIGHTS, &off, sizeof off);
#endif
    return true;
}

/* Fills fd and the queue's figures. */
static void make_socket(const struct ingress_listen_options *options,
                        struct ingress_listener *listener) {
    const uint32_t host_depth = queue_host_depth();

    listener->fd = -1;
    if (host_depth < options->depth && options->deep_queue) {
        const int timeout_ms =
            options->deep_timeout_ms > 0 ? options->deep_timeout_ms : DEEP_TIMEOUT_MS;
        listener->fd = queue_deep_socket(options->depth, timeout_ms, listener->queue_why);
        listener->queue_depth = options->depth;
        listener->queue_source = QUEUE_OWN;
    }
    if (listener->fd < 0) {
        listener->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        listener->queue_depth = host_depth;
        listener->queue_source = QUEUE_HOST;
    }
    if (listener->queue_depth < options->depth && !options->deep_queue)
        (void)snprintf(listener->queue_why, sizeof listener->queue_why,
                       "a queue of its own is switched off");
}

/* Bind under a temporary name, with the mode from the first moment: the file takes the mode of the
 * socket's own inode (unix_bind_bsd), so it is set before. */
static bool bind_temporary(int sock, const struct ingress_listen_options *options,
                           char *ret_temporary) {
    if (fchmod(sock, options->mode) != 0)
        return false;
    for (int i = 0; i < NAME_TRIES; i++) {
        uint32_t tag;
        if (getrandom(&tag, sizeof tag, 0) != sizeof tag)
            return false;
        (void)snprintf(ret_temporary, INGRESS_PATH_MAX, TEMPORARY_FORMAT,
                       (int)folder_len(options->path), options->path, tag);
        const struct sockaddr_un address = address_of(ret_temporary);
        const mode_t mask = umask(0);
        const int result = bind(sock, (const struct sockaddr *)&address, sizeof address);
        const int error = errno;
        umask(mask);
        errno = error;
        if (result == 0)
            return true;
        if (error != EADDRINUSE)
            return false;
    }
    return false;
}

/* The kernel's word, and what to do about it. */
static bool fail_to_make(const struct ingress_listen_options *options, char *ret_error) {
    const size_t len = folder_len(options->path);
    const int error = errno;
    if (error == ENOENT && len > 0)
        return fail(options, ret_error,
                    "there is no folder %.*s; make it, or set another path with %s", (int)len,
                    options->path, options->setting);
    if (error == EACCES)
        return fail(options, ret_error,
                    "cannot be made: uid %u may not write into its folder; let it, or set another "
                    "path with %s",
                    (unsigned)geteuid(), options->setting);
    return fail(options, ret_error, "cannot be made: %s", strerror(error));
}

static bool place(const struct ingress_listen_options *options, struct ingress_listener *listener,
                  char *ret_error) {
    char temporary[INGRESS_PATH_MAX];
    struct stat status;

    if (!bind_temporary(listener->fd, options, temporary))
        return fail_to_make(options, ret_error);
    if (options->group != INGRESS_GROUP_KEEP && lchown(temporary, (uid_t)-1, options->group) != 0) {
        (void)fail(options, ret_error, "cannot be given to group %u: %s", options->group,
                   strerror(errno));
    } else if (lstat(temporary, &status) != 0 || rename(temporary, options->path) != 0) {
        (void)fail(options, ret_error, "cannot be put in place: %s", strerror(errno));
    } else {
        listener->device = status.st_dev;
        listener->inode = status.st_ino;
        return true;
    }
    (void)unlink(temporary);
    return false;
}

static bool open_own(const struct ingress_listen_options *options,
                     struct ingress_listener *listener, char *ret_error) {
    if (!check_path(options, ret_error))
        return false;
    memcpy(listener->path, options->path, strlen(options->path));

    const int lock = lock_folder(options);
    bool good = check_place(options, ret_error);
    if (good) {
        make_socket(options, listener);
        good = (listener->fd >= 0 && set_options(listener->fd)) ||
               fail(options, ret_error, "no socket: %s", strerror(errno));
        good = good && place(options, listener, ret_error);
        if (!good && listener->fd >= 0)
            close(listener->fd);
    }
    if (lock >= 0)
        close(lock);
    return good;
}

/* ---- inherited ---- */

static bool open_inherited(const struct ingress_listen_options *options, int fd,
                           struct ingress_listener *listener, char *ret_error) {
    struct sockaddr_un address = {0};
    socklen_t len = sizeof address - 1;

    listener->fd = fd;
    listener->inherited = true;
    listener->queue_depth = queue_host_depth();
    listener->queue_source = QUEUE_INHERITED;
    (void)snprintf(listener->queue_why, sizeof listener->queue_why,
                   "an inherited socket's depth cannot be read; the host's setting is assumed");
    if (getsockname(fd, (struct sockaddr *)&address, &len) == 0)
        (void)snprintf(listener->path, sizeof listener->path, "%s", address.sun_path);
    if (set_options(fd))
        return true;
    (void)fail(options, ret_error, "inherited as descriptor %d, credentials cannot be had: %s", fd,
               strerror(errno));
    close(fd);
    return false;
}

/* ---- public ---- */

bool ingress_listen_open(const struct ingress_listen_options *options,
                         struct ingress_listener *ret_listener, char *ret_error) {
    struct ingress_listener listener = {.fd = -1};
    int fd = -1;

    if (options->inherited) {
        const struct inherited_wish wish = {
            .path = options->path, .name = options->name, .unnamed = options->inherit_unnamed};
        fd = inherited_take(options->inherited, &wish);
    }
    const bool good = fd >= 0 ? open_inherited(options, fd, &listener, ret_error)
                              : open_own(options, &listener, ret_error);
    if (good)
        *ret_listener = listener;
    return good;
}

bool ingress_listen_in_place(const struct ingress_listener *listener) {
    struct stat status;
    return listener->inherited ||
           (lstat(listener->path, &status) == 0 && status.st_dev == listener->device &&
            status.st_ino == listener->inode);
}

void ingress_listen_unlink(const struct ingress_listener *listener) {
    if (!listener->inherited && listener->inode != 0 && ingress_listen_in_place(listener))
        (void)unlink(listener->path);
}

void ingress_listen_close(struct ingress_listener *listener) {
    if (listener->fd < 0)
        return;
    ingress_listen_unlink(listener);
    close(listener->fd);
    listener->fd = -1;
}
