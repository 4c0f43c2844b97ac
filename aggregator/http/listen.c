/*
 * listen.c - see listen.h.
 */
#include "http/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
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
        return refuse(ret_reason, "address already in use");
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

/* ---- addresses ---- */

static bool parse_port(const char *text, in_port_t *ret_port) {
    unsigned long port = 0;
    size_t digits = 0;
    for (; text[digits] >= '0' && text[digits] <= '9' && digits < 6; digits++)
        port = port * 10 + (unsigned long)(text[digits] - '0');
    if (digits == 0 || text[digits] != '\0' || port > 65535)
        return false;
    *ret_port = htons((in_port_t)port);
    return true;
}

static bool parse_unix(const char *path, struct listen_address *ret_address,
                       const char **ret_reason) {
    const size_t len = strlen(path);
    if (len == 0)
        return refuse(ret_reason, "a path must follow unix:");
    if (path[0] == '@')
        return refuse(ret_reason,
                      "abstract sockets have no permissions and are not taken; give a path");
    if (path[0] != '/')
        return refuse(ret_reason, "the path of a Unix socket must be absolute");
    if (len > LISTEN_PATH_MAX)
        return refuse(ret_reason, "the path of a Unix socket must not be longer than 90 bytes");
    if (path[len - 1] == '/')
        return refuse(ret_reason, "the path must name a socket, not a folder");
    struct listen_address address = {.kind = LISTEN_UNIX, .len = sizeof address.local};
    address.local.sun_family = AF_UNIX;
    memcpy(address.local.sun_path, path, len + 1);
    *ret_address = address;
    return true;
}

static bool parse_ipv6(const char *text, const char *close, in_port_t port,
                       struct listen_address *ret_address, const char **ret_reason) {
    char host[INET6_ADDRSTRLEN + 1 + IF_NAMESIZE];
    const size_t len = (size_t)(close - text);
    if (len >= sizeof host)
        return refuse(ret_reason, "not an IPv6 address");
    memcpy(host, text, len);
    host[len] = '\0';
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = port};
    char *zone = strchr(host, '%');
    if (zone != NULL) {
        *zone++ = '\0';
        in6.sin6_scope_id = if_nametoindex(zone);
        if (in6.sin6_scope_id == 0)
            return refuse(ret_reason, "no interface of that name");
    }
    if (inet_pton(AF_INET6, host, &in6.sin6_addr) != 1)
        return refuse(ret_reason, "not an IPv6 address");
    struct listen_address address = {.kind = LISTEN_TCP, .len = sizeof in6};
    memcpy(&address.storage, &in6, sizeof in6);
    *ret_address = address;
    return true;
}

static bool parse_ipv4(const char *text, const char *colon, in_port_t port,
                       struct listen_address *ret_address, const char **ret_reason) {
    char host[INET_ADDRSTRLEN];
    const size_t len = (size_t)(colon - text);
    if (len == 0)
        return refuse(ret_reason,
                      "no address before the port: write 127.0.0.1:PORT for this host alone, "
                      "0.0.0.0:PORT or [::]:PORT for all its addresses");
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = port};
    if (len < sizeof host) {
        memcpy(host, text, len);
        host[len] = '\0';
        if (inet_pton(AF_INET, host, &in.sin_addr) == 1) {
            struct listen_address address = {.kind = LISTEN_TCP, .len = sizeof in};
            memcpy(&address.storage, &in, sizeof in);
            *ret_address = address;
            return true;
        }
    }
    if (memchr(text, ':', len) != NULL)
        return refuse(ret_reason, "an IPv6 address is written in brackets, as [::1]:9464");
    return refuse(ret_reason,
                  "not an address: names are not looked up, write numbers, as 127.0.0.1:9464");
}

bool listen_address_parse(const char *text, struct listen_address *ret_address,
                          const char **ret_reason) {
    if (text[0] == '\0') {
        *ret_address = (struct listen_address){.kind = LISTEN_NONE};
        return true;
    }
    if (strncmp(text, "unix:", 5) == 0)
        return parse_unix(text + 5, ret_address, ret_reason);
    if (text[0] == '/')
        return refuse(ret_reason, "a Unix socket is written unix:PATH");
    in_port_t port;
    if (text[0] == '[') {
        const char *close = strchr(text, ']');
        if (close == NULL)
            return refuse(ret_reason, "no ] behind the IPv6 address");
        if (close[1] != ':' || !parse_port(close + 2, &port))
            return refuse(ret_reason, "a port from 0 to 65535 must follow, as in [::1]:9464");
        return parse_ipv6(text + 1, close, port, ret_address, ret_reason);
    }
    const char *colon = strrchr(text, ':');
    if (colon == NULL || !parse_port(colon + 1, &port))
        return refuse(ret_reason, "a port from 0 to 65535 must follow, as in 127.0.0.1:9464");
    return parse_ipv4(text, colon, port, ret_address, ret_reason);
}

void listen_address_text(const struct listen_address *address, char *out, size_t size) {
    char host[INET6_ADDRSTRLEN] = "";
    switch (address->kind) {
    case LISTEN_NONE:
        snprintf(out, size, "%s", "");
        return;
    case LISTEN_UNIX:
        snprintf(out, size, "unix:%s", address->local.sun_path);
        return;
    case LISTEN_TCP:
        break;
    }
    if (address->any.sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        char zone[IF_NAMESIZE] = "";
        memcpy(&in6, &address->storage, sizeof in6);
        inet_ntop(AF_INET6, &in6.sin6_addr, host, sizeof host);
        if (in6.sin6_scope_id != 0 && if_indextoname(in6.sin6_scope_id, zone) == NULL)
            zone[0] = '\0';
        snprintf(out, size, "[%s%s%s]:%u", host, zone[0] != '\0' ? "%" : "", zone,
                 (unsigned)ntohs(in6.sin6_port));
        return;
    }
    struct sockaddr_in in;
    memcpy(&in, &address->storage, sizeof in);
    inet_ntop(AF_INET, &in.sin_addr, host, sizeof host);
    snprintf(out, size, "%s:%u", host, (unsigned)ntohs(in.sin_port));
}

bool listen_address_same(const struct listen_address *a, const struct listen_address *b) {
    /* Parsed addresses are zeroed before they are filled, so their bytes can be compared. */
    return a->kind != LISTEN_NONE && a->kind == b->kind && a->len == b->len &&
           memcmp(&a->storage, &b->storage, sizeof a->storage) == 0;
}

/* ---- sockets ---- */

/* What stands at a Unix path: a socket without a listener may be replaced, all else may not. */
static bool path_is_free(const struct sockaddr_un *address, const char **ret_reason) {
    struct stat st;
    if (lstat(address->sun_path, &st) != 0)
        return errno == ENOENT ? true : refuse_errno(ret_reason, errno);
    if (!S_ISSOCK(st.st_mode))
        return refuse(ret_reason, "something that is no socket stands at this path");
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
        return refuse(ret_reason,
                      "a socket of another type (a datagram socket?) stands at this path");
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

static bool bind_tcp(int fd, struct listen_socket *listener, const char **ret_reason) {
    const int one = 1;
    socklen_t len = sizeof listener->address.storage;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
        bind(fd, &listener->address.any, listener->address.len) != 0 ||
        listen(fd, SOMAXCONN) != 0 || getsockname(fd, &listener->address.any, &len) != 0)
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
