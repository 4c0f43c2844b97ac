/*
 * listen.c - see listen.h.
 */
#include "http/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "host/unix_listener.h"

static bool refuse(const char **ret_reason, const char *reason) {
    *ret_reason = reason;
    return false;
}

/* Fail with a sentence for this errno. */
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

static bool bind_unix(int fd, mode_t mode, struct listen_socket *listener,
                      const char **ret_reason) {
    const char *why =
        unix_listener_bind(fd, listener->address.local.sun_path, mode, &listener->file);
    return why == NULL || refuse(ret_reason, why);
}

/* Whether the kernel reserves the port for root, with the default of
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

/* ---- sockets of a process before us ---- */

/* Both address families have their port at the same offset. */
_Static_assert(offsetof(struct sockaddr_in, sin_port) == offsetof(struct sockaddr_in6, sin6_port),
               "else is_wanted_port() needs to know the family");

static bool is_wanted_port(int fd, const struct listen_address *wanted,
                           struct listen_address *ret_address) {
    const size_t at = offsetof(struct sockaddr_in, sin_port);
    const in_port_t any = 0;
    struct listen_address bound = {.kind = LISTEN_TCP, .len = sizeof bound.storage};
    struct listen_address same = *wanted;
    if (getsockname(fd, &bound.any, &bound.len) != 0)
        return false;
    if (memcmp((const char *)&wanted->storage + at, &any, sizeof any) == 0)
        memcpy((char *)&same.storage + at, (const char *)&bound.storage + at, sizeof any);
    *ret_address = bound;
    return listen_address_same(&same, &bound);
}

bool listen_socket_adopt(int fd, const struct unix_socket_file *file,
                         const struct listen_address *wanted, struct listen_socket *ret_socket) {
    struct listen_socket listener = {.fd = fd, .address = *wanted, .adopted = true};
    if (wanted->kind == LISTEN_NONE || !unix_listener_listens(fd, wanted->any.sa_family))
        return false;
    if (wanted->kind == LISTEN_TCP && !is_wanted_port(fd, wanted, &listener.address))
        return false;
    if (wanted->kind == LISTEN_UNIX && !unix_socket_in_place(wanted->local.sun_path, file))
        return false;
    if (wanted->kind == LISTEN_UNIX)
        listener.file = *file;
    if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) != 0)
        return false;
    *ret_socket = listener;
    return true;
}

void listen_socket_leave(struct listen_socket *listener) {
    listener->file = (struct unix_socket_file){0};
}

void listen_socket_close(struct listen_socket *listener) {
    if (listener->fd < 0)
        return;
    close(listener->fd);
    listener->fd = -1;
    if (listener->address.kind != LISTEN_UNIX)
        return;
    /* Another process may have renamed its own socket over ours since. */
    const char *path = listener->address.local.sun_path;
    if (unix_socket_in_place(path, &listener->file))
        unlink(path);
}
