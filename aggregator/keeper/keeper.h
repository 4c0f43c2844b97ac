/*
 * keeper.h - the parent of the daemon (statgated --keeper): starts it again when it dies, and holds
 * what has to outlive it.
 *
 * Towards the daemon it is what systemd is to a service with a descriptor store: it passes
 * descriptors by LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES, and hears READY=1, STOPPING=1, STATUS=,
 * MAINPID=, FDSTORE=1, FDSTOREREMOVE=1 and FDNAME= at NOTIFY_SOCKET, from the daemon's process alone.
 * So the daemon has one way for both. Towards a service manager of its own the keeper is the
 * daemon. It binds nothing at any path, and knows no setting.
 *
 *   notify_socket.c, notice.c ─▶ hearing.c ─▶ kept.c     descriptors by name
 *                                    ▲
 *                    keeper.c ─▶ burial.c ─▶ start.c ─▶ launch.c
 *                                 │
 *                                 └─▶ life.c, death.c, backoff.c
 *
 * As process 1 of a container, and everywhere else as the subreaper of what it started, it buries
 * whoever is left without a parent.
 */
#ifndef STATGATE_KEEPER_KEEPER_H
#define STATGATE_KEEPER_KEEPER_H

#include <stdint.h>

#include "base/error.h"
#include "keeper/kept.h"

enum { KEEPER_STOP_TIMEOUT_MS = 8000 /* below the 10 s of Docker */ };

struct keeper_options {
    const char *program;              /**< what is started: a path */
    char *const *arguments;           /**< with its own name first; ends with NULL */
    uint32_t stop_timeout_ms;         /**< what the daemon has to end after it was asked to */
    const struct kept_fds *inherited; /**< passed to each daemon before what it stored itself */
};

/** What the service manager passed to this process (sd_listen_fds(3)), before anything is opened.
 * False: it makes no sense. */
bool keeper_inherit(struct kept_fds *ret_inherited, struct error *ret_error);
/**
 * Run the daemon, until it ends in order, or ends without ever having been ready, or this process is
 * asked to end. Returns the daemon's exit code, 128 and the signal that killed it, or 1 if nothing
 * could be started. The signals that it takes stay blocked after it: the program is about to exit.
 */
int keeper_run(const struct keeper_options *options);

#endif
