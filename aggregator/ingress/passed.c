#include "ingress/passed.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/path_lock.h"
#include "ingress/credentials.h"

/* A name of a socket, as the kernel has it. */
struct bound {
    struct sockaddr_un address;
    socklen_t len;
};

static bool read_name(int sock, int (*read)(int, struct sockaddr *, socklen_t *),
                      struct bound *ret_name) {
    *ret_name = (struct bound){.len = sizeof ret_name->address - 1}; /* so that the text ends */
    return read(sock, (struct sockaddr *)&ret_name->address, &ret_name->len) == 0 &&
           ret_name->len < sizeof ret_name->address;
}

/* Whether senders to the path come out at the socket: its receiver has the name that the socket was
 * bound to, which a file keeps when it is renamed. Where we may not send, its maker's word
 * has to do. */
static bool leads_to(const char *path, const struct bound *bound) {
    struct bound peer;
    const int sock = unix_socket_connect(path, SOCK_DGRAM);
    if (sock < 0)
        return sock == -EACCES || sock == -EPERM;
    const bool same = read_name(sock, getpeername, &peer) && peer.len == bound->len &&
                      memcmp(&peer.address, &bound->address, peer.len) == 0;
    close(sock);
    return same;
}

/* Where senders find an inherited socket, and the file there if they do. */
static void find_place(const struct ingress_listen_options *options,
                       struct ingress_listener *listener) {
    struct bound bound;
    struct stat status;
    if (!read_name(listener->fd, getsockname, &bound))
        return;
    const char *name = bound.address.sun_path;
    if (name[0] == '\0') {
        const size_t len = bound.len - offsetof(struct sockaddr_un, sun_path) - 1;
        (void)snprintf(listener->path, sizeof listener->path, "@%.*s", (int)len, name + 1);
        return;
    }
    if (strlen(options->path) < sizeof listener->path && !leads_to(name, &bound) &&
        (unix_socket_is_temporary(name) || leads_to(options->path, &bound)))
        name = options->path;
    (void)snprintf(listener->path, sizeof listener->path, "%s", name);
    if (leads_to(name, &bound) && lstat(name, &status) == 0) {
        listener->file = (struct unix_socket_file){status.st_dev, status.st_ino};
        listener->mode = status.st_mode & 07777;
        listener->group = status.st_gid;
    }
}

bool passed_open(const struct ingress_listen_options *options, int fd,
                 struct ingress_listener *listener, struct error *ret_error) {
    listener->fd = fd;
    listener->inherited = true;
    listener->mode = options->mode;
    listener->group = options->group;
    listener->queue_depth = queue_host_depth();
    listener->queue_source = QUEUE_INHERITED;
    (void)snprintf(listener->queue_why, sizeof listener->queue_why,
                   "an inherited socket's depth cannot be read; the host's setting is assumed");
    find_place(options, listener);
    if (!credentials_ask(fd)) {
        const int error = errno;
        close(fd);
        return error_set(ret_error,
                         "socket %s: inherited as descriptor %d, no credentials of its senders: %s",
                         options->path, fd, strerror(error));
    }
    const int lock = passed_is_abstract(listener) ? -1 : path_lock_take(listener->path);
    listener->lock = lock >= 0 ? lock : -1;
    return true;
}
