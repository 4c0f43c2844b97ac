/*
 * given_up.h - paths at which this daemon no longer receives: the former daemon had a socket there,
 * with a lock and perhaps a breaker page. What is left of them is found when the sockets are
 * opened, and removed when this daemon counts.
 */
#ifndef STATGATE_STATGATED_GIVEN_UP_H
#define STATGATE_STATGATED_GIVEN_UP_H

#include <stddef.h>

#include "host/inherited.h"
#include "host/unix_socket.h"

struct given_up_path {
    char *path;
    struct unix_socket_file file; /* of its socket; zeroed: none of ours */
    int lock;                     /* -1: no lock, or its daemon died */
};

/** Zeroed: none. */
struct given_up {
    struct given_up_path *items;
    size_t count;
};

/** After a daemon that lives: the paths whose locks it passed and that no socket of ours took.
 * `fds` are its sockets that are not at one of our paths. */
void given_up_by_locks(struct given_up *given_up, struct inherited *inherited, const int *fds,
                       size_t count);
/** After a daemon that died: the paths at which such sockets have their files. */
void given_up_by_sockets(struct given_up *given_up, const int *fds, size_t count);
/** Remove what is left at the paths, unless another daemon uses them. */
void given_up_remove(struct given_up *given_up);
/** Free the list and release the locks. Safe twice. */
void given_up_done(struct given_up *given_up);

#endif
