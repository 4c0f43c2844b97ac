/*
 * supervisor.h - the parent of the daemon: starts it again when it dies, and holds the descriptors
 * that have to outlive it.
 *
 * To the daemon it acts as systemd does to a service with a descriptor store: it passes descriptors
 * by LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES, and accepts READY=1, STOPPING=1, STATUS=, MAINPID=,
 * WATCHDOG=1, FDSTORE=1, FDSTOREREMOVE=1 and FDNAME= at NOTIFY_SOCKET, from the daemon's process
 * alone. So the daemon uses one protocol with both. To its own service manager the supervisor acts
 * as the daemon: it passes its messages on, and stores and removes what the daemon does. It binds
 * no path and knows no setting.
 *
 *   notify_socket.c, notice.c ─▶ hearing.c ─▶ kept.c     descriptors by name
 *                                    ▲
 *                    supervisor.c ─▶ burial.c ─▶ start.c ─▶ launch.c
 *                    │            │
 *                    │            └─▶ life.c, death.c, backoff.c
 *                    ├─▶ guard.c ─▶ watchdog.c, hang.c, meanwhile.c   a daemon that hangs
 *                    └─▶ unread.c ─▶ ready_timeout.c, meanwhile.c          one that stays away
 *
 * As process 1 of a container, and everywhere else as the subreaper of its descendants, it waits
 * for orphaned processes.
 */
#ifndef STATGATE_SUPERVISOR_SUPERVISOR_H
#define STATGATE_SUPERVISOR_SUPERVISOR_H

#include <stdint.h>

#include "base/error.h"
#include "supervisor/kept.h"

enum {
    SUPERVISOR_STOP_TIMEOUT_MS = 8000, /* below the 10 s of Docker */
    SUPERVISOR_READY_TIMEOUT_MS = 10000
};

struct supervisor_options {
    const char *program;              /**< path of the program to start */
    char *const *arguments;           /**< starting with the program's name; ends with NULL */
    uint32_t stop_timeout_ms;         /**< how long the daemon may take to end after it was asked
                                           to */
    uint32_t ready_timeout_ms;        /**< how long no daemon may be ready before datagrams are read
                                      in its place */
    const struct kept_fds *inherited; /**< kept from the start; taken over */
};

/** Read the descriptors that the service manager passed to this process (sd_listen_fds(3)). Call
 * before anything is opened. Returns false if they make no sense. */
bool supervisor_inherit(struct kept_fds *ret_inherited, struct error *ret_error);
/**
 * Run the daemon until it ends in order, ends without ever having been ready, or this process is
 * asked to end. Returns the daemon's exit code, 128 plus the signal that killed it, or 1 if nothing
 * could be started. Signals that it handles stay blocked afterwards: the program is about to exit.
 */
int supervisor_run(const struct supervisor_options *options);

#endif
