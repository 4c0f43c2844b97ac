#include "ingress/bound.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "host/unix_socket.h"

static bool read_name(int sock, int (*read)(int, struct sockaddr *, socklen_t *),
                      struct bound *ret_name) {
    *ret_name = (struct bound){.len = sizeof ret_name->address - 1}; /* leaves a terminator */
    return read(sock, (struct sockaddr *)&ret_name->address, &ret_name->len) == 0 &&
           ret_name->len < sizeof ret_name->address;
}

bool bound_read(int sock, struct bound *ret_bound) {
    return read_name(sock, getsockname, ret_bound);
}

bool bound_is(const struct bound *one, const struct bound *other) {
    return one->len == other->len && memcmp(&one->address, &other->address, one->len) == 0;
}

int bound_at(const char *path, struct bound *ret_bound) {
    const int sock = unix_socket_connect(path, SOCK_DGRAM);
    if (sock < 0)
        return sock;
    const bool good = read_name(sock, getpeername, ret_bound);
    (void)close(sock);
    return good ? 0 : -ENOTCONN;
}

bool bound_leads(const char *path, const struct bound *bound) {
    struct bound peer;
    const int result = bound_at(path, &peer);
    return result == 0 ? bound_is(&peer, bound) : result == -EACCES || result == -EPERM;
}
