/*
 * listen.h - listening stream sockets for addresses that people write. Knows nothing of HTTP.
 */
#ifndef STATGATE_HTTP_LISTEN_H
#define STATGATE_HTTP_LISTEN_H

#include <sys/stat.h>

#include "base/listen_address.h"
#include "host/unix_socket.h"

/** A listening socket. */
struct listen_socket {
    int fd;                        /**< non-blocking, close-on-exec; -1 when closed */
    struct listen_address address; /**< as bound: with the real port where 0 was asked for */
    struct unix_socket_file file;  /**< of a Unix socket */
    bool adopted;                  /**< a process before us made it */
};

/**
 * Bind and listen. TCP with SO_REUSEADDR. A Unix socket is bound under a temporary name, gets
 * `mode`, listens, and is then renamed into place, so that no client ever finds a name that does
 * not answer; a stale socket there is replaced, one that answers is refused, and so is anything
 * that is no socket. False with a static sentence in *ret_reason.
 */
bool listen_socket_open(const struct listen_address *address, mode_t mode,
                        struct listen_socket *ret_socket, const char **ret_reason);
/**
 * Go on with a socket that a process before us listened on, with the connections that wait there, if it
 * is at this address. A wanted port of 0 is any port; a Unix socket has to be in its place, where its
 * file was `file`. False: it is something else; the descriptor is the caller's then.
 */
bool listen_socket_adopt(int fd, const struct unix_socket_file *file,
                         const struct listen_address *wanted, struct listen_socket *ret_socket);
/** It is another process's from now on: its file stays when it is closed. */
void listen_socket_leave(struct listen_socket *listener);
/** Close, and remove the Unix socket's file if it still is ours. Safe twice. */
void listen_socket_close(struct listen_socket *listener);

#endif
