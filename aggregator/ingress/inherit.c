#include "ingress/inherit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

int inherited_init(struct inherited *inherited) {
    char **names = NULL;
    const int count = sd_listen_fds_with_names(1, &names);

    *inherited = (struct inherited){0};
    if (count <= 0) {
        free(names);
        return count;
    }
    struct inherited_socket *sockets = calloc((size_t)count, sizeof *sockets);
    for (int i = 0; i < count; i++) {
        if (sockets) {
            sockets[i].fd = SD_LISTEN_FDS_START + i;
            sockets[i].name = names[i];
        } else {
            free(names[i]);
        }
    }
    free(names);
    if (!sockets)
        return -ENOMEM;
    inherited->sockets = sockets;
    inherited->count = (size_t)count;
    return 0;
}

void inherited_done(struct inherited *inherited) {
    for (size_t i = 0; i < inherited->count; i++) {
        if (inherited->sockets[i].fd >= 0)
            close(inherited->sockets[i].fd);
        free(inherited->sockets[i].name);
    }
    free(inherited->sockets);
    *inherited = (struct inherited){0};
}

static bool is_datagram(const struct inherited_socket *sock, const char *path) {
    return sock->fd >= 0 && sd_is_socket_unix(sock->fd, SOCK_DGRAM, -1, path, 0) > 0;
}

/* systemd names a descriptor after its unit, "statgate.socket", unless told otherwise. */
static bool has_name(const struct inherited_socket *sock, const char *name) {
    const size_t len = strlen(name);
    return strncmp(sock->name, name, len) == 0 &&
           (sock->name[len] == '\0' || strcmp(sock->name + len, ".socket") == 0);
}

static bool fits(const struct inherited_socket *sock, const struct inherited_wish *wish,
                 int round) {
    switch (round) {
    case 0:
        return wish->path && is_datagram(sock, wish->path);
    case 1:
        return wish->name && is_datagram(sock, NULL) && has_name(sock, wish->name);
    default:
        return wish->unnamed && is_datagram(sock, NULL) && has_name(sock, "unknown");
    }
}

int inherited_take_datagram(struct inherited *inherited, const struct inherited_wish *wish) {
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < inherited->count; i++) {
            struct inherited_socket *sock = &inherited->sockets[i];
            if (fits(sock, wish, round)) {
                const int fd = sock->fd;
                sock->fd = -1;
                return fd;
            }
        }
    }
    return -1;
}
