/* inherited.c - descriptors that were passed to this process. */
#include "host/inherited.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/text.h"

/* ---- descriptors ---- */

void host_descriptors_raise(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* ---- inherited ---- */

static const char no_name[] = "unknown"; /* name that sd_listen_fds(3) gives a socket without one */

static bool begins(const struct inherited_socket *sock, const char *beginning) {
    return text_begins(sock->name, beginning);
}

static bool is_kept(const struct inherited_socket *sock) {
    return begins(sock, INHERITED_OBJECT) || begins(sock, INHERITED_SOCKET) ||
           begins(sock, INHERITED_HTTP) || begins(sock, INHERITED_CONTROL) ||
           begins(sock, INHERITED_LOCK);
}

/* ---- what the manager passed ---- */

/* Explain why the list failed. The variables are no longer in the environment; `fds` is the former
 * value of $LISTEN_FDS. */
static bool fail_to_list(int error, const char *fds, struct error *ret_error) {
    int closed = SD_LISTEN_FDS_START;
    if (error != EBADF)
        return error_set(ret_error,
                         "inherited sockets: LISTEN_PID, LISTEN_FDS (%s) or LISTEN_FDNAMES make no "
                         "sense: %s; unset them, or have a socket unit set them",
                         fds, strerror(error));
    while (fcntl(closed, F_GETFD) >= 0)
        closed++;
    return error_set(
        ret_error,
        "inherited sockets: LISTEN_FDS is %s, but descriptor %d is not open; start through "
        "a socket unit or systemd-socket-activate, or unset LISTEN_FDS",
        fds, closed);
}

static bool is_bound(int fd) {
    struct sockaddr_un address;
    socklen_t len = sizeof address;
    return getsockname(fd, (struct sockaddr *)&address, &len) == 0 &&
           len > offsetof(struct sockaddr_un, sun_path);
}

/* Whether the descriptor is from a supervisor: one end of a pipe whose other end
 * the supervisor has. */
static bool is_supervisor(const struct inherited_socket *sock) {
    return strcmp(sock->name, INHERITED_SUPERVISOR) == 0;
}

static bool check(const struct inherited_socket *sock, struct error *ret_error) {
    if (is_supervisor(sock) || is_kept(sock))
        return true;
    if (sd_is_socket_unix(sock->fd, SOCK_DGRAM, -1, NULL, 0) <= 0)
        return error_set(
            ret_error,
            "inherited descriptor %d (%s) is not a Unix datagram socket; a socket unit "
            "makes one with ListenDatagram=/a/path",
            sock->fd, sock->name);
    if (!is_bound(sock->fd))
        return error_set(
            ret_error,
            "inherited descriptor %d (%s) is a socket without a path, so no process can send "
            "to it; a socket unit binds one with ListenDatagram=/a/path",
            sock->fd, sock->name);
    return true;
}

/* Make the table. Takes over the names, but not their array. */
static bool fill(struct inherited *inherited, size_t count, char **names, struct error *ret_error) {
    struct inherited_socket *sockets = calloc(count, sizeof *sockets);
    for (size_t i = 0; i < count; i++) {
        if (sockets != NULL)
            sockets[i] = (struct inherited_socket){SD_LISTEN_FDS_START + (int)i, names[i]};
        else
            free(names[i]);
    }
    *inherited = (struct inherited){sockets, sockets != NULL ? count : 0};
    return sockets != NULL || error_set(ret_error, "inherited sockets: out of memory");
}

static void forget(struct inherited *inherited) {
    for (size_t i = 0; i < inherited->count; i++)
        free(inherited->sockets[i].name);
    free(inherited->sockets);
    *inherited = (struct inherited){0};
}

bool inherited_init(struct inherited *inherited, struct error *ret_error) {
    char fds[32];
    char **names = NULL;
    const char *const text = getenv("LISTEN_FDS");
    (void)snprintf(fds, sizeof fds, "%s", text != NULL ? text : "");
    *inherited = (struct inherited){0};

    const int count = sd_listen_fds_with_names(1, &names);
    if (count < 0)
        return fail_to_list(-count, fds, ret_error);
    bool good = count == 0 || fill(inherited, (size_t)count, names, ret_error);
    free(names);
    for (size_t i = 0; good && i < inherited->count; i++)
        good = check(&inherited->sockets[i], ret_error);
    if (!good)
        forget(inherited);
    return good;
}

bool inherited_add(struct inherited *inherited, const char *name, int fd) {
    struct inherited_socket *sockets =
        realloc(inherited->sockets, (inherited->count + 1) * sizeof *sockets);
    char *own = strdup(name);
    if (sockets != NULL)
        inherited->sockets = sockets;
    if (sockets == NULL || own == NULL) {
        free(own);
        (void)close(fd);
        return false;
    }
    sockets[inherited->count++] = (struct inherited_socket){fd, own};
    return true;
}

void inherited_done(struct inherited *inherited) {
    for (size_t i = 0; i < inherited->count; i++)
        if (inherited->sockets[i].fd >= 0)
            close(inherited->sockets[i].fd);
    forget(inherited);
}

/* ---- who wants which ---- */

/* Whether the descriptor has this name. Unless configured otherwise, systemd names a descriptor
 * after its unit: "statgate.socket". */
static bool has_name(const struct inherited_socket *sock, const char *name) {
    const char *rest = text_after(sock->name, name);
    return rest != NULL && (*rest == '\0' || strcmp(rest, ".socket") == 0);
}

static bool is_at(const struct inherited_socket *sock, const char *path) {
    return sd_is_socket_unix(sock->fd, SOCK_DGRAM, -1, path, 0) > 0;
}

static bool fits(const struct inherited_socket *sock, const struct inherited_wish *wish,
                 int round) {
    if (sock->fd < 0 || is_kept(sock))
        return false;
    switch (round) {
    case 0:
        return wish->name != NULL && has_name(sock, wish->name);
    case 1:
        return wish->path != NULL && is_at(sock, wish->path);
    default:
        return wish->unnamed && has_name(sock, no_name);
    }
}

static int take(struct inherited_socket *sock) {
    const int fd = sock->fd;
    sock->fd = -1;
    return fd;
}

int inherited_take_supervisor(struct inherited *inherited) {
    for (size_t i = 0; i < inherited->count; i++)
        if (is_supervisor(&inherited->sockets[i]))
            return take(&inherited->sockets[i]);
    return -1;
}

int inherited_take(struct inherited *inherited, const struct inherited_wish *wish) {
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < inherited->count; i++) {
            struct inherited_socket *sock = &inherited->sockets[i];
            if (fits(sock, wish, round))
                return take(sock);
        }
    }
    return -1;
}

int inherited_take_kept(struct inherited *inherited, const char *beginning,
                        char ret_name[INHERITED_NAME_MAX]) {
    for (size_t i = 0; i < inherited->count; i++) {
        struct inherited_socket *sock = &inherited->sockets[i];
        if (sock->fd < 0 || !begins(sock, beginning))
            continue;
        (void)snprintf(ret_name, INHERITED_NAME_MAX, "%s", sock->name);
        return take(sock);
    }
    return -1;
}

int inherited_take_lock(struct inherited *inherited, const char *path) {
    for (size_t i = 0; i < inherited->count; i++) {
        struct inherited_socket *sock = &inherited->sockets[i];
        if (sock->fd >= 0 && begins(sock, INHERITED_LOCK) &&
            strcmp(sock->name + strlen(INHERITED_LOCK), path) == 0)
            return take(sock);
    }
    return -1;
}

bool inherited_left(const struct inherited *inherited, struct error *ret_error) {
    for (size_t i = 0; i < inherited->count; i++) {
        const struct inherited_socket *sock = &inherited->sockets[i];
        if (sock->fd < 0 || is_kept(sock))
            continue;
        error_set(ret_error,
                  "inherited descriptor %d (%s) fits no socket of ours, so what is sent to it "
                  "would wait for ever; name it FileDescriptorName=statgate, or as the service "
                  "whose catalog has a socket of its own, or take it out of the socket unit",
                  sock->fd, sock->name);
        return true;
    }
    return false;
}
