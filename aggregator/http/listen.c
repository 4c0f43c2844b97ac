/*
 * listen.c - see listen.h.
 */
#include "http/listen.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool refuse(const char **ret_reason, const char *reason) {
    *ret_reason = reason;
    return false;
}

/* The kernel's word for the last failure. */
static bool refuse_errno(const char **ret_reason, int error) {
    switch (error) {
    case EADDRINUSE:
        return refuse(ret_reason, "address already in use (ss -ltnp shows by whom)");
    case EADDRNOTAVAIL:
        return refuse(ret_reason, "this host has no such address");
    case EACCES:
        return refuse(ret_reason, "permission denied");
    default: {
        const char *text = strerrordesc_np(error);
        return refuse(ret_reason, text != NULL ? text : "unknown error");
    }
    }
}

/* ---- sockets ---- */

/* What stands at a Unix path: a socket without a listener may be replaced, all else may not. */
static bool path_is_free(const struct sockaddr_un *address, const char **ret_reason) {
    struct stat st;
    if (lstat(address->sun_path, &st) != 0)
        return errno == ENOENT ? true : refuse_errno(ret_reason, errno);
    if (!S_ISSOCK(st.st_mode))
        return refuse(ret_reason, "something other than a socket is at this path");
    const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (probe < 0)
        return refuse_errno(ret_reason, errno);
    const int error =
        connect(probe, (const struct sockaddr *)address, sizeof *address) == 0 ? 0 : errno;
    close(probe);
    switch (error) {
    case ECONNREFUSED: /* nobody listens: left over */
    case ENOENT:       /* gone meanwhile */
        return true;
    case 0:
    case EAGAIN: /* its backlog is full: alive, if busy */
        return refuse(ret_reason, "another process listens on this socket");
    case EPROTOTYPE:
        return refuse(ret_reason, "a socket of another type (a datagram socket?) is at this path");
    default:
        return refuse_errno(ret_reason, error);
    }
}

static bool bind_unix(int fd, mode_t mode, struct listen_socket *listener,
                      const char **ret_reason) {
    const struct sockaddr_un *wanted = &listener->address.local;
    if (!path_is_free(wanted, ret_reason))
        return false;
    struct sockaddr_un temporary = {.sun_family = AF_UNIX};
    const int len = snprintf(temporary.sun_path, sizeof temporary.sun_path, "%s.%ld",
                             wanted->sun_path, (long)getpid());
    if (len < 0 || (size_t)len >= sizeof temporary.sun_path)
        return refuse_errno(ret_reason, ENAMETOOLONG);
    /* A socket of that name can only be left from a process that had our number before. */
    struct stat st;
    if (lstat(temporary.sun_path, &st) == 0 && S_ISSOCK(st.st_mode))
        unlink(temporary.sun_path);
    /* The kernel makes the file with the socket's own mode, less the umask, which belongs to the
     * whole process; so the mode is narrowed before and set after. */
    if (fchmod(fd, mode) != 0 ||
        bind(fd, (const struct sockaddr *)&temporary, sizeof temporary) != 0)
        return refuse_errno(ret_reason, errno);
    if (chmod(temporary.sun_path, mode) != 0 || lstat(temporary.sun_path, &st) != 0 ||
        listen(fd, SOMAXCONN) != 0 || rename(temporary.sun_path, wanted->sun_path) != 0) {
        const int error = errno;
        unlink(temporary.sun_path);
        return refuse_errno(ret_reason, error);
    }
    listener->dev = st.st_dev;
    listener->ino = st.st_ino;
    return true;
}

/* Whether the kernel keeps the port for root, if nobody changed
 * net.ipv4.ip_unprivileged_port_start.
 */
static bool is_reserved_port(const struct listen_address *address) {
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    memcpy(&in, &address->storage, sizeof in);
    memcpy(&in6, &address->storage, sizeof in6);
    return ntohs(address->any.sa_family == AF_INET6 ? in6.sin6_port : in.sin_port) <
           IPPORT_RESERVED;
}

static bool bind_tcp(int fd, struct listen_socket *listener, const char **ret_reason) {
    const int one = 1;
    socklen_t len = sizeof listener->address.storage;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0)
        return refuse_errno(ret_reason, errno);
    if (bind(fd, &listener->address.any, listener->address.len) != 0) {
        if (errno == EACCES && is_reserved_port(&listener->address))
            return refuse(ret_reason, "permission denied: a port below 1024 needs root or "
                                      "CAP_NET_BIND_SERVICE");
        return refuse_errno(ret_reason, errno);
    }
    if (listen(fd, SOMAXCONN) != 0 || getsockname(fd, &listener->address.any, &len) != 0)
        return refuse_errno(ret_reason, errno);
    return true;
}

bool listen_socket_open(const struct listen_address *address, mode_t mode,
                        struct listen_socket *ret_socket, const char **ret_reason) {
    if (address->kind == LISTEN_NONE)
        return refuse(ret_reason, "no address");
    const int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return refuse_errno(ret_reason, errno);
    struct listen_socket listener = {.fd = fd, .address = *address};
    const bool bound = address->kind == LISTEN_UNIX ? bind_unix(fd, mode, &listener, ret_reason)
                                                    : bind_tcp(fd, &listener, ret_reason);
    if (!bound) {
        close(fd);
        return false;
    }
    *ret_socket = listener;
    return true;
}

void listen_socket_close(struct listen_socket *listener) {
    if (listener->fd < 0)
        return;
    close(listener->fd);
    listener->fd = -1;
    if (listener->address.kind != LISTEN_UNIX)
        return;
    /* Another process may have renamed its own socket over ours since. */
    struct stat st;
    const char *path = listener->address.local.sun_path;
    if (lstat(path, &st) == 0 && st.st_dev == listener->dev && st.st_ino == listener->ino)
        unlink(path);
}
