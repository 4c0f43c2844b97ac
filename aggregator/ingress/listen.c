#include "ingress/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/folder.h"
#include "host/path_lock.h"
#include "ingress/credentials.h"
#include "ingress/passed.h"

enum { DEEP_TIMEOUT_MS = 2000 };

__attribute__((format(printf, 3, 4))) static bool fail(const struct ingress_listen_options *options,
                                                       struct error *ret_error, const char *format,
                                                       ...) {
    va_list args;
    error_set(ret_error, "socket %s: ", options->path);
    va_start(args, format);
    error_vadd(ret_error, format, args);
    va_end(args);
    return false;
}

static bool check_path(const struct ingress_listen_options *options, struct error *ret_error) {
    const size_t len = strlen(options->path);
    const size_t folder = unix_socket_folder_len(options->path);
    const size_t most = INGRESS_PATH_MAX - 1;

    if (len == folder)
        return fail(options, ret_error, "is not the path of a file; set another (%s)",
                    options->setting);
    if (options->path[0] == '@')
        return fail(options, ret_error, "abstract sockets have no permissions; set a path (%s)",
                    options->setting);
    if (len > most)
        return fail(options, ret_error,
                    "%zu bytes long, a socket's path has at most %zu; set another (%s)", len, most,
                    options->setting);
    if (folder + UNIX_SOCKET_TEMPORARY_LEN > most)
        return fail(options, ret_error,
                    "its folder is %zu bytes long, at most %zu leave room for a socket; set "
                    "another (%s)",
                    folder, most - UNIX_SOCKET_TEMPORARY_LEN, options->setting);
    return true;
}

/* ---- what is at the path ---- */

/* Whether the path is free, or has a socket on which nobody receives. */
static bool check_place(const struct ingress_listen_options *options, struct error *ret_error) {
    int error = 0;
    switch (unix_socket_look(options->path, SOCK_DGRAM, &error)) {
    case UNIX_SOCKET_FREE:
        return true;
    case UNIX_SOCKET_TAKEN:
        return fail(options, ret_error,
                    "another process is receiving on it; stop it, or set another path (%s)",
                    options->setting);
    case UNIX_SOCKET_OTHER_TYPE:
        return fail(options, ret_error,
                    "another process uses it for another type of socket; set another path (%s)",
                    options->setting);
    case UNIX_SOCKET_OTHER_FILE:
        return fail(options, ret_error,
                    "exists and is not a socket; remove it, or set another path (%s)",
                    options->setting);
    case UNIX_SOCKET_HIDDEN:
        return fail(
            options, ret_error,
            "its folder may not be entered by uid %u (%s); let it, or set another path (%s)",
            (unsigned)geteuid(), strerror(error), options->setting);
    case UNIX_SOCKET_UNCLEAR:
        break;
    }
    return fail(options, ret_error, "cannot tell whether another process is receiving on it: %s",
                strerror(error));
}

/* ---- making and placing a socket ---- */

/* Make the socket, and fill in fd and the queue's figures. */
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

/* Report the kernel's error, and what to do about it. */
static bool fail_to_make(const struct ingress_listen_options *options, struct error *ret_error) {
    const size_t len = unix_socket_folder_len(options->path);
    const int error = errno;
    if (error == ENOENT && len > 0)
        return fail(options, ret_error,
                    "there is no folder %.*s; make it, or set another path (%s)", (int)len,
                    options->path, options->setting);
    if (error == EACCES)
        return fail(options, ret_error,
                    "cannot be made: uid %u may not write to its folder; let it, or set another "
                    "path (%s)",
                    (unsigned)geteuid(), options->setting);
    return fail(options, ret_error, "cannot be made: %s", strerror(error));
}

static bool place(const struct ingress_listen_options *options, struct ingress_listener *listener,
                  struct error *ret_error) {
    char temporary[INGRESS_PATH_MAX];

    if (!unix_socket_bind(listener->fd, options->path, options->mode, temporary))
        return fail_to_make(options, ret_error);
    if (options->group != INGRESS_GROUP_KEEP && lchown(temporary, (uid_t)-1, options->group) != 0) {
        (void)fail(options, ret_error, "cannot be given to group %u: %s", options->group,
                   strerror(errno));
    } else if (!unix_socket_rename(temporary, options->path, &listener->file)) {
        (void)fail(options, ret_error, "cannot be put in place: %s", strerror(errno));
    } else {
        return true;
    }
    (void)unlink(temporary);
    return false;
}

/* Take the path's lock; -1 if we may not make files in the folder: then only the file at the path
 * is checked. Returns false if another daemon has the lock. */
static bool take_lock(const struct ingress_listen_options *options, int *ret_lock,
                      struct error *ret_error) {
    const int passed =
        options->inherited != NULL ? inherited_take_lock(options->inherited, options->path) : -1;
    const int lock = passed >= 0 ? passed : path_lock_take(options->path);
    *ret_lock = lock >= 0 ? lock : -1;
    if (lock != -EWOULDBLOCK)
        return true;
    return check_place(options, ret_error) &&
           fail(options, ret_error,
                "another statgated has %s.lock, though its socket is gone; stop it, or "
                "set another path (%s)",
                options->path, options->setting);
}

static bool prepare_folder(const struct ingress_listen_options *options, struct error *ret_error) {
    char folder[INGRESS_PATH_MAX];
    struct error why;
    const size_t len = unix_socket_folder_len(options->path);
    if (options->folder_mode == 0 || len <= 1)
        return true;
    memcpy(folder, options->path, len - 1);
    folder[len - 1] = '\0';
    return folder_prepare(folder, options->folder_mode, &why) ||
           fail(options, ret_error, "%s", why.text);
}

static bool make_and_place(const struct ingress_listen_options *options,
                           struct ingress_listener *listener, struct error *ret_error) {
    make_socket(options, listener);
    if (listener->fd < 0 || !credentials_ask(listener->fd))
        (void)fail(options, ret_error, "no socket: %s", strerror(errno));
    else if (place(options, listener, ret_error))
        return true;
    if (listener->fd >= 0)
        close(listener->fd);
    return false;
}

/* Open a socket of our own. Takes the lock, unless the listener has it already; the caller owns the
 * lock even on failure. */
static bool open_own(const struct ingress_listen_options *options,
                     struct ingress_listener *listener, struct error *ret_error) {
    if (!prepare_folder(options, ret_error) ||
        (listener->lock < 0 && !take_lock(options, &listener->lock, ret_error)))
        return false;
    memcpy(listener->path, options->path, strlen(options->path));
    listener->mode = options->mode;
    listener->group = options->group;
    return check_place(options, ret_error) && make_and_place(options, listener, ret_error);
}

/* ---- public ---- */

/* Open a socket that an earlier process kept, or a new one. */
static bool open_ours(const struct ingress_listen_options *options,
                      struct ingress_listener *listener, struct error *ret_error) {
    if (!check_path(options, ret_error))
        return false;
    if (passed_take_kept(options, true, listener))
        return true;
    listener->number = options->name != NULL ? passed_next_number(options) : 0;
    return open_own(options, listener, ret_error);
}

bool ingress_listen_open(const struct ingress_listen_options *options,
                         struct ingress_listener *ret_listener, struct error *ret_error) {
    struct ingress_listener listener = {.fd = -1, .lock = -1};
    int fd = -1;

    if (options->inherited != NULL) {
        const struct inherited_wish wish = {
            .path = options->path, .name = options->name, .unnamed = options->inherit_unnamed};
        fd = inherited_take(options->inherited, &wish);
    }
    listener.name = options->name;
    const bool good = fd >= 0 ? passed_open(options, fd, &listener, ret_error)
                              : open_ours(options, &listener, ret_error);
    if (good)
        *ret_listener = listener;
    else
        path_lock_release(options->path, listener.lock);
    return good;
}

bool ingress_listen_former(const struct ingress_listen_options *options,
                           struct ingress_listener *ret_listener) {
    struct ingress_listener listener = {.fd = -1, .lock = -1, .name = options->name};
    if (strlen(options->path) >= sizeof listener.path ||
        !passed_take_kept(options, false, &listener))
        return false;
    *ret_listener = listener;
    return true;
}

bool ingress_listen_name(const struct ingress_listener *listener, char ret_name[INGRESS_NAME_MAX]) {
    char name[INGRESS_NAME_MAX];
    if (listener->inherited || listener->name == NULL)
        return false;
    const int len = listener->kept
                        ? snprintf(name, sizeof name, "%s", listener->kept_name)
                        : snprintf(name, sizeof name, INHERITED_SOCKET "%u-%u-%s", listener->number,
                                   listener->queue_depth, listener->name);
    if (len < 0 || (size_t)len >= sizeof name)
        return false;
    memcpy(ret_name, name, (size_t)len + 1);
    return true;
}

bool ingress_listen_again(const struct ingress_listen_options *options,
                          const struct ingress_listener *old, struct ingress_listener *ret_listener,
                          struct error *ret_error) {
    struct ingress_listener listener = {.fd = -1, .lock = -1, .name = options->name};
    struct ingress_listen_options same = *options;
    same.path = old->path;
    same.mode = old->mode;
    same.group = old->group;
    const bool locked = old->lock >= 0 && path_lock_in_place(old->path, old->lock);
    if (locked)
        listener.lock = fcntl(old->lock, F_DUPFD_CLOEXEC, 0); /* the same lock */
    if (check_path(&same, ret_error) && open_own(&same, &listener, ret_error)) {
        *ret_listener = listener;
        return true;
    }
    if (!locked)
        path_lock_release(old->path, listener.lock);
    else if (listener.lock >= 0)
        close(listener.lock);
    return false;
}

bool ingress_listen_in_place(const struct ingress_listener *listener) {
    return passed_is_abstract(listener) || unix_socket_in_place(listener->path, &listener->file);
}

void ingress_listen_unlink(struct ingress_listener *listener) {
    if (!listener->inherited && listener->file.inode != 0 && ingress_listen_in_place(listener))
        (void)unlink(listener->path);
    path_lock_release(listener->path, listener->lock);
    listener->lock = -1;
}

void ingress_listen_leave(struct ingress_listener *listener) {
    listener->file = (struct unix_socket_file){0};
    if (listener->lock >= 0)
        close(listener->lock);
    listener->lock = -1;
}

void ingress_listen_close(struct ingress_listener *listener) {
    if (listener->fd < 0)
        return;
    ingress_listen_unlink(listener);
    close(listener->fd);
    listener->fd = -1;
}
