/*
 * unix_listener.h - a stream socket that listens at a path: put in its place safely, or one that a
 * process before us listened on.
 */
#ifndef STATGATE_HOST_UNIX_LISTENER_H
#define STATGATE_HOST_UNIX_LISTENER_H

#include "host/unix_socket.h"

/** A socket that listens, and may outlive the process that made it. */
struct unix_listener {
    int fd;
    struct unix_socket_file file; /**< its path's; zeroed: it has no path (TCP) */
};

/**
 * Have a new stream socket listen at the path, whose file gets `mode`. It is bound under a temporary
 * name and renamed when it listens, so no client ever finds a name that does not answer. A stale
 * socket there is replaced, one that answers is refused, and so is anything that is no socket.
 * Returns NULL, or a sentence why not (static); the descriptor stays the caller's.
 */
const char *unix_listener_bind(int fd, const char *path, mode_t mode,
                               struct unix_socket_file *ret_file);

/** Whether it is a stream socket of this domain (AF_UNIX, AF_INET, ...) that listens. */
bool unix_listener_listens(int fd, int domain);

#endif
