/*
 * unix_listener.h - stream sockets that listen at a path: a new one, put there safely, or one on
 * which an earlier process listened.
 */
#ifndef STATGATE_HOST_UNIX_LISTENER_H
#define STATGATE_HOST_UNIX_LISTENER_H

#include "host/unix_socket.h"

/** A listening socket, which may outlive the process that made it. */
struct unix_listener {
    int fd;
    struct unix_socket_file file; /**< the file at its path; zeroed if it has no path (TCP) */
};

/**
 * Make a new stream socket listen at the path, with `mode` for its file. The socket is bound under
 * a temporary name and renamed once it listens, so no client ever finds a name that does not
 * answer. A stale socket at the path is replaced; a socket that answers, or a file that is not a
 * socket, is an error. Returns NULL, or a sentence with the reason (static). The caller still owns
 * the descriptor.
 */
const char *unix_listener_bind(int fd, const char *path, mode_t mode,
                               struct unix_socket_file *ret_file);

/** Whether the descriptor is a listening stream socket of this domain (AF_UNIX, AF_INET, ...). */
bool unix_listener_listens(int fd, int domain);

#endif
