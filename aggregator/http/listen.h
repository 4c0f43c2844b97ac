/*
 * listen.h - addresses that people write, and listening stream sockets for them.
 *
 * TCP: `127.0.0.1:9464`, `[::1]:9464`. Unix: `unix:/run/x/http.sock`. Only numbers, never names: a
 * look-up could block the loop, and a name could mean more than one address. Knows nothing of HTTP.
 */
#ifndef STATGATE_HTTP_LISTEN_H
#define STATGATE_HTTP_LISTEN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

enum {
    LISTEN_PATH_MAX =
        90, /**< bytes of a Unix path; the rest of sun_path is for the temporary name */
    LISTEN_TEXT_MAX = 128 /**< enough for listen_address_text, terminator included */
};

enum listen_kind {
    LISTEN_NONE, /**< the empty text: no listener at all */
    LISTEN_TCP,
    LISTEN_UNIX
};

/** A parsed address. */
struct listen_address {
    enum listen_kind kind;
    socklen_t len;
    union {
        struct sockaddr any;
        struct sockaddr_storage storage;
        struct sockaddr_un local;
    };
};

/**
 * Read an address. False with a sentence (static, without the text itself) in *ret_reason when it
 * is none; what is refused: no port, a name, a path that is relative, too long or abstract.
 */
bool listen_address_parse(const char *text, struct listen_address *ret_address,
                          const char **ret_reason);
/** The text that listen_address_parse reads back, cut at `size` bytes. */
void listen_address_text(const struct listen_address *address, char *out, size_t size);
/** True when both name the same place (two LISTEN_NONE never do). */
bool listen_address_same(const struct listen_address *a, const struct listen_address *b);

/** A listening socket. */
struct listen_socket {
    int fd;                        /**< non-blocking, close-on-exec; -1 when closed */
    struct listen_address address; /**< as bound: with the real port where 0 was asked for */
    dev_t dev;                     /**< of the Unix socket's file, to know it again */
    ino_t ino;
};

/**
 * Bind and listen. TCP with SO_REUSEADDR. A Unix socket is bound under a temporary name, gets
 * `mode`, listens, and is then renamed into place, so that no client ever finds a name that does
 * not answer; a stale socket there is replaced, one that answers is refused, and so is anything
 * that is no socket. False with a static sentence in *ret_reason.
 */
bool listen_socket_open(const struct listen_address *address, mode_t mode,
                        struct listen_socket *ret_socket, const char **ret_reason);
/** Close, and remove the Unix socket's file if it still is ours. Safe twice. */
void listen_socket_close(struct listen_socket *listener);

#endif
