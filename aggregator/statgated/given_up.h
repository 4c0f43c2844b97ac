/*
 * given_up.h - paths at which this daemon receives no more: the one before had a socket there, with a lock and perhaps a
 * breaker page. What is left of them is found when the sockets are opened, and goes when this daemon counts.
 */
#ifndef STATGATE_STATGATED_GIVEN_UP_H
#define STATGATE_STATGATED_GIVEN_UP_H

#include <stddef.h>

#include "host/inherited.h"
#include "host/unix_socket.h"

struct given_up_path {
    char *path;
    struct unix_socket_file file; /* its socket's; zeroed: there is none of ours */
    int lock;                     /* -1: of a daemon that died, or there was none */
};

/** Zeroed: none. */
struct given_up {
    struct given_up_path *items;
    size_t count;
};

/** Behind a daemon that lives: paths whose locks it passed, and no socket of ours took. These sockets are the ones it
 * had that are not at a path of ours. */
void given_up_by_locks(struct given_up *given_up, struct inherited *inherited, const int *fds,
                       size_t count);
/** Behind one that died: where such sockets have their files. */
void given_up_by_sockets(struct given_up *given_up, const int *fds, size_t count);
/** Take away what is left there, unless another daemon has the path. */
void given_up_remove(struct given_up *given_up);
/** Forget them, and let go of the locks. Safe twice. */
void given_up_done(struct given_up *given_up);

#endif
