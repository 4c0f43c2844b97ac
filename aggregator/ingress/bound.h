/*
 * bound.h - the name to which a socket was bound, which its file keeps when it is renamed: it shows
 * whether a path and a socket belong together. Private.
 */
#ifndef STATGATE_INGRESS_BOUND_H
#define STATGATE_INGRESS_BOUND_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

/* As the kernel reports it; a path is terminated. */
struct bound {
    struct sockaddr_un address;
    socklen_t len;
};

/* Read the socket's own name. Returns false if it has none that fits. */
bool bound_read(int sock, struct bound *ret_bound);
/* Whether both are the same name. */
bool bound_is(const struct bound *one, const struct bound *other);
/* Read the name of the socket that receives what is sent to this path. Returns 0 or a negative
 * errno. */
int bound_at(const char *path, struct bound *ret_bound);
/* Whether the socket with this name receives what is sent to the path. If we may not send there,
 * the claim is believed. */
bool bound_leads(const char *path, const struct bound *bound);

#endif
