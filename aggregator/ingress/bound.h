/*
 * bound.h - the name that a socket was bound to, which its file keeps when it is renamed: so a path and a socket
 * are known to belong together. Private.
 */
#ifndef STATGATE_INGRESS_BOUND_H
#define STATGATE_INGRESS_BOUND_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

/* As the kernel has it; the text of a path ends with 0. */
struct bound {
    struct sockaddr_un address;
    socklen_t len;
};

/* The socket's own name. False: it has none that fits. */
bool bound_read(int sock, struct bound *ret_bound);
/* Whether both are one name. */
bool bound_is(const struct bound *one, const struct bound *other);
/* The name of the receiver to whom senders to this path come. Returns 0 or a negative errno. */
int bound_at(const char *path, struct bound *ret_bound);
/* Whether senders to the path come out at the socket with this name. Where we may not send, its maker's word has to do. */
bool bound_leads(const char *path, const struct bound *bound);

#endif
