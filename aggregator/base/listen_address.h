/*
 * listen_address.h - addresses that people write for listening stream sockets.
 *
 * TCP: `127.0.0.1:9464`, `[::1]:9464`. Unix: `unix:/run/x/http.sock`. Only numbers, never names: a
 * look-up could block the loop, and a name could mean more than one address. Pure.
 */
#ifndef STATGATE_BASE_LISTEN_ADDRESS_H
#define STATGATE_BASE_LISTEN_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
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
/** True for one that only this host reaches: a Unix socket's, or a loopback address. */
bool listen_address_is_local(const struct listen_address *address);
/** True when both name the same place (two LISTEN_NONE never do). */
bool listen_address_same(const struct listen_address *a, const struct listen_address *b);

#endif
