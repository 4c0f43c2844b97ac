/*
 * inherited.h - sockets that the service manager opened for us (sd_listen_fds(3)).
 *
 * The table is filled before the program opens anything: a number that was promised and is not open
 * would soon be that of something else. Sockets are taken out of it by whoever knows them; one that
 * nobody takes is a mistake of the manager's configuration, which inherited_left() describes.
 *
 * Other descriptors were kept: a process before us gave them to the manager (notify.h), under names that begin as
 * INHERITED_KEPT has it. What they are is for their takers to check.
 */
#ifndef STATGATE_HOST_INHERITED_H
#define STATGATE_HOST_INHERITED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/** How names of descriptors begin that a daemon gives to the manager; a number follows, and more. */
#define INHERITED_OBJECT  "statgate-object-"
#define INHERITED_SOCKET  "statgate-socket-"
#define INHERITED_HTTP    "statgate-http-"
#define INHERITED_CONTROL "statgate-control-"
/** Passed from a daemon to its successor alone: the lock beside a socket (path_lock.h); its path follows. */
#define INHERITED_LOCK "statgate-lock-"

enum { INHERITED_NAME_MAX = 256 /**< of a kept descriptor, with its end */ };

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
 * environment. Empty when there are none, or when they are meant for another process.
 *
 * False, with a sentence in ret_error and an empty table, for a descriptor that is not open, that was
 * not kept and is not a datagram socket of the Unix domain, or is bound to no name, and for variables
 * that make no sense. What is wrong with a descriptor does not close it.
 */
bool inherited_init(struct inherited *inherited, struct error *ret_error);
/** One more, which is taken over, whatever happens. False: out of memory. */
bool inherited_add(struct inherited *inherited, const char *name, int fd);
/** Close what was not taken. Safe on a zeroed struct. */
void inherited_done(struct inherited *inherited);

/** The name of a keeper's end of a pipe: nothing ever comes out of it, it ends with the keeper. */
#define INHERITED_KEEPER "statgate-keeper"
/** Take it. The caller's, close-on-exec; -1 when nobody keeps this process. */
int inherited_take_keeper(struct inherited *inherited);

/** What a socket is known by. */
struct inherited_wish {
    const char *path; /**< bound there; NULL: any */
    const char *name; /**< "NAME" or "NAME.socket"; NULL: any */
    int unnamed;      /**< one without a name will do, if nothing else fits */
};

/**
 * Take the socket that fits best: with the name, else bound to the path, else unnamed. The name
 * counts first, because the kernel's word on where a socket is bound is the path of that moment: a
 * socket that was renamed into its place keeps the other one. The descriptor is the caller's,
 * close-on-exec; -1 when none fits.
 */
int inherited_take(struct inherited *inherited, const struct inherited_wish *wish);

/** Take the next descriptor that was kept under a name of this beginning (INHERITED_...), and get its whole name.
 * -1: there are no more. */
int inherited_take_kept(struct inherited *inherited, const char *beginning,
                        char ret_name[INHERITED_NAME_MAX]);

/** Take the lock of this path; -1: it was not passed. */
int inherited_take_lock(struct inherited *inherited, const char *path);

/** A sentence on a socket of the manager's own that nobody took, and what to do about it. False when all are taken. */
bool inherited_left(const struct inherited *inherited, struct error *ret_error);

#endif
