/*
 * origin.h - who sent a datagram, and through which socket.
 */
#ifndef STATGATE_GATE_ORIGIN_H
#define STATGATE_GATE_ORIGIN_H

#include <stdint.h>

#include "catalog/catalog.h"

/** The scope of a socket: 0 for the shared socket, otherwise the service's own (its catalog's index
 * + 1). */
typedef uint32_t gate_scope;

/** The scope of the socket for a service: its own socket, or the shared one. */
static inline gate_scope gate_scope_of(const struct catalog *catalog) {
    return catalog->socket != NULL ? catalog->index + 1 : 0;
}

/** Who sent a datagram, and through which socket. */
struct gate_origin {
    gate_scope scope;
    int32_t pid; /**< from the kernel; 0: unknown */
    uint32_t uid;
    uint32_t gid;
};

#endif
