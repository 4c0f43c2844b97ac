/* SPDX-License-Identifier: MIT */
/*
 * service_manager.h - systemd or the supervisor: descriptors that it passed to this process, and
 * messages to it.
 *
 * Fill the table before the program opens anything: the number of a descriptor that was promised
 * but is not open would soon belong to another file. The modules that recognize a socket take it
 * out of the table. A socket that nobody takes is a mistake in the manager's configuration, which
 * host_inherited_left() describes.
 *
 * Other descriptors were kept: an earlier process gave them to the manager (host_notify_keep),
 * under names that begin with one of the INHERITED_ prefixes below. Code that takes a kept
 * descriptor checks what it is.
 */
#ifndef STATGATE_HOST_SERVICE_MANAGER_H
#define STATGATE_HOST_SERVICE_MANAGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/** Prefixes of the names of descriptors that a daemon gives to the manager; a number follows, and
 * sometimes more. */
#define INHERITED_OBJECT  "statgate-object-"
#define INHERITED_SOCKET  "statgate-socket-"
#define INHERITED_HTTP    "statgate-http-"
#define INHERITED_CONTROL "statgate-control-"
#define INHERITED_INPUT   "statgate-input-"
/** Passed from a daemon to the new process: the lock beside a socket (unix_socket.h); the path
 * follows. Those that no one takes are closed at the end, so a supervisor passes what not every
 * version knows under such a name, too (supervisor/supervisor.h). */
#define INHERITED_LOCK "statgate-lock-"

enum { INHERITED_NAME_MAX = 256 /**< of a kept name, with terminator */ };

struct inherited_socket {
    int fd;     /**< -1: taken */
    char *name; /**< FileDescriptorName=; "unknown" if the manager gave none */
};

struct inherited {
    struct inherited_socket *sockets;
    size_t count;
};

/**
 * Fill the table from $LISTEN_PID, $LISTEN_FDS and $LISTEN_FDNAMES, and remove these variables from
 * the environment. The table is empty if there are no descriptors, or if they are meant for another
 * process.
 *
 * False, with a sentence in ret_error and an empty table, if the variables make no sense or if a
 * descriptor is not open. The same if a descriptor that was not kept is not a datagram socket of
 * the Unix domain or is not bound to a name. A faulty descriptor is not closed.
 */
bool host_inherited_init(struct inherited *inherited, struct error *ret_error);
/** Add a descriptor and take it over. */
void host_inherited_add(struct inherited *inherited, const char *name, int fd);
/** Close the descriptors that no one took. Safe on a zeroed struct. */
void host_inherited_done(struct inherited *inherited);

/** The name of the pipe end that a supervisor passes on: nothing is ever written to the pipe, and
 * it closes when the supervisor ends. */
#define INHERITED_SUPERVISOR "statgate-supervisor"
/** Take that descriptor. The caller owns it, and it is close-on-exec; -1 if no supervisor started
 * this process. */
int host_inherited_take_supervisor(struct inherited *inherited);

/** Which socket is wanted. */
struct inherited_wish {
    const char *path; /**< path that it is bound to; NULL: any */
    const char *name; /**< "NAME" or "NAME.socket"; NULL: any */
    int unnamed;      /**< a socket without a name will do if nothing else fits */
};

/**
 * Take the socket that fits best: one with the name, else one bound to the path, else an unnamed
 * one. The name has priority because the kernel reports the path at which a socket was originally
 * bound; a socket that was renamed afterwards still has the old path there. The caller owns the
 * descriptor, which is close-on-exec; -1 if none fits.
 */
int host_inherited_take(struct inherited *inherited, const struct inherited_wish *wish);

/** Take the next kept descriptor whose name has this prefix (INHERITED_...), and get its full name.
 * Returns -1 if there are no more. */
int host_inherited_take_kept(struct inherited *inherited, const char *beginning,
                             char ret_name[INHERITED_NAME_MAX]);

/** Take the lock of this path. -1: it was not passed on. */
int host_inherited_take_lock(struct inherited *inherited, const char *path);

/** Describe a socket of the manager's own that no one took, and what to do about it. False if all
 * were taken. */
bool host_inherited_left(const struct inherited *inherited, struct error *ret_error);

/* ---- descriptors: how many descriptors this process may have open. ---- */

/** Raise the limit (RLIMIT_NOFILE) as far as this process may. */
void host_descriptors_raise(void);

/* ---- notify ----
 * messages of this process to its service manager: systemd, or the supervisor, which
 * speaks the same protocol (sd_notify(3), file descriptor store).
 *
 * Descriptors that the manager keeps outlive the process; the next process gets them back by their
 * names. The manager handles messages in order and does not answer. Whether it has
 * room for descriptors is known only if it says so ($FDSTORE). A manager that asks for signs of
 * life
 * ($WATCHDOG_USEC) kills a process that gives none.
 */

enum notify_store {
    NOTIFY_NOBODY,  /**< there is no manager */
    NOTIFY_UNKNOWN, /**< there is a manager; whether it keeps descriptors is unknown */
    NOTIFY_NONE,    /**< the manager says that it keeps none */
    NOTIFY_KEEPS
};

/** Whether the manager keeps descriptors, from $NOTIFY_SOCKET and $FDSTORE, which the supervisor
 * and systemd 254 and later set. */
enum notify_store host_notify_can_keep(void);

/**
 * How often the manager wants a heartbeat, in ms, at most a second; 0: it wants none. From
 * $WATCHDOG_USEC. $WATCHDOG_PID, if it is set, must name this process or `former`, the daemon
 * before it (0: none); it is removed, so that a new process gives heartbeats, too.
 */
uint32_t host_notify_beat_ms(pid_t former);
/** Give the manager a heartbeat. */
void host_notify_beat(void);
/** Tell the manager that this process is ready, and what it does, as a sentence. With `beats`, this
 * is its first heartbeat: from now on the manager expects more. */
void host_notify_ready(const char *status, bool beats);

/** Ask the manager to keep a descriptor under a name; ours stays open. Repeating this for the same
 * file changes nothing. False: the request was not sent. */
bool host_notify_keep(const char *name, int fd);
/** Ask the manager to close the descriptors that it keeps under this name. */
void host_notify_forget(const char *name);
/** Tell the manager that `new_pid` is the daemon from now on; it then ignores further messages
 * of this process. Returns a descriptor, owned by the caller, that becomes readable when the
 * manager has handled this; -1 if there is no manager or that cannot be found out. */
int host_notify_hand_over(pid_t new_pid);
/** Tell the manager that this process is the daemon. A manager that considers another process the
 * daemon may not accept that. */
void host_notify_main(void);

#endif
