/*
 * listen.h - listening stream sockets for addresses in settings. Knows nothing of HTTP.
 */
#ifndef STATGATE_HTTP_LISTEN_H
#define STATGATE_HTTP_LISTEN_H

#include <sys/stat.h>

#include "base/listen_address.h"
#include "host/unix_socket.h"

/** A listening socket. */
struct listen_socket {
    int fd;                        /**< non-blocking, close-on-exec; -1 when closed */
    struct listen_address address; /**< as bound: with the real port if 0 was asked for */
    struct unix_socket_file file;  /**< of a Unix socket */
    bool adopted;                  /**< an earlier process made it */
};

/**
 * Bind and listen. TCP with SO_REUSEADDR. A Unix socket is bound under a temporary name, gets
 * `mode`, listens, and is then renamed into place, so that no client ever finds a name that does
 * not answer. A stale socket at the path is replaced; a socket that answers, or a file that is not
 * a socket, is an error. False with a static sentence in *ret_reason.
 */
bool listen_socket_open(const struct listen_address *address, mode_t mode,
                        struct listen_socket *ret_socket, const char **ret_reason);
/**
 * Take over a socket on which an earlier process listened, with its waiting connections, if it is
 * bound to the wanted address. A wanted port of 0 matches any port. The file of a Unix socket must
 * still be in place and must be `file`. False: the socket does not match; the caller then keeps the
 * descriptor.
 */
bool listen_socket_adopt(int fd, const struct unix_socket_file *file,
                         const struct listen_address *wanted, struct listen_socket *ret_socket);
/** Leave the socket to another process: its file stays when it is closed. */
void listen_socket_leave(struct listen_socket *listener);
/** Close, and remove the Unix socket's file if it still is ours. Safe to call twice. */
void listen_socket_close(struct listen_socket *listener);

#endif
