/* SPDX-License-Identifier: MIT */
/*
 * listen_address.h - parses the addresses of listening stream sockets, as people write them.
 *
 * TCP: `127.0.0.1:9464`, `[::1]:9464`. Unix: `unix:/run/x/http.sock`. Only numeric addresses, never
 * host names: a lookup could block the loop, and a name could stand for several addresses. Pure.
 */
#ifndef STATGATE_BASE_LISTEN_ADDRESS_H
#define STATGATE_BASE_LISTEN_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

enum {
    LISTEN_PATH_MAX = 90, /**< bytes of a Unix path; leaves room in sun_path for a temporary name */
    LISTEN_TEXT_MAX = 128 /**< for listen_address_text, including the terminator */
};

enum listen_kind {
    LISTEN_NONE, /**< the empty text: do not listen */
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
 * Parse an address. If it is invalid, returns false and sets *ret_reason to a sentence (static,
 * without the text itself). Refused are: a missing port, a host name, and a path that is relative,
 * too long or abstract.
 */
bool listen_address_parse(const char *text, struct listen_address *ret_address,
                          const char **ret_reason);
/** The address of a Unix socket at a path, which may be relative. False: it is too long. */
bool listen_address_unix(const char *path, struct listen_address *ret_address);
/** Write the address as text that listen_address_parse reads back, truncated to `size` bytes. */
void listen_address_text(const struct listen_address *address, char *out, size_t size);
/** Whether only this host can reach the address: a Unix socket or a loopback address. */
bool listen_address_is_local(const struct listen_address *address);
/** Whether both are the same address. Two LISTEN_NONE are never the same. */
bool listen_address_same(const struct listen_address *a, const struct listen_address *b);

#endif
