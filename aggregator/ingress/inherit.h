/*
 * inherit.h - sockets that the service manager opened for us (sd_listen_fds(3)).
 *
 * The table is filled once at start, sockets are taken out of it by whoever knows them, and what
 * nobody took is closed with the table.
 */
#ifndef STATGATE_INGRESS_INHERIT_H
#define STATGATE_INGRESS_INHERIT_H

#include <stddef.h>

struct inherited_socket {
    int fd;     /**< -1: taken */
    char *name; /**< FileDescriptorName=; "unknown" when the manager gave none */
};

struct inherited {
    struct inherited_socket *sockets;
    size_t count;
};

/**
 * Fill the table from $LISTEN_PID, $LISTEN_FDS and $LISTEN_FDNAMES, and remove these from the
 * environment. Empty when there are none, or when they are meant for another process. Returns 0 or
 * a negative errno.
 */
int inherited_init(struct inherited *inherited);
/** Close what was not taken. Safe on a zeroed struct. */
void inherited_done(struct inherited *inherited);

/** What a socket is known by. */
struct inherited_wish {
    const char *path; /**< bound there; NULL: any */
    const char *name; /**< "NAME" or "NAME.socket"; NULL: any */
    int unnamed;      /**< one without a name will do, if nothing else fits */
};

/**
 * Take the datagram socket that fits best: bound to the path, else with the name, else unnamed.
 * The descriptor is the caller's, close-on-exec; -1 when none fits.
 */
int inherited_take_datagram(struct inherited *inherited, const struct inherited_wish *wish);

#endif
