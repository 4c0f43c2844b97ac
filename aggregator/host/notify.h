/*
 * notify.h - messages of this process to its service manager: systemd, or the supervisor, which
 * speaks the same protocol (sd_notify(3), file descriptor store).
 *
 * Descriptors that the manager keeps outlive the process; the next process gets them back by their
 * names (inherited.h). The manager handles messages in order and does not answer. Whether it has
 * room for descriptors is known only if it says so ($FDSTORE). A manager that asks for signs of
 * life
 * ($WATCHDOG_USEC) kills a process that gives none.
 */
#ifndef STATGATE_HOST_NOTIFY_H
#define STATGATE_HOST_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum notify_store {
    NOTIFY_NOBODY,  /**< there is no manager */
    NOTIFY_UNKNOWN, /**< there is a manager; whether it keeps descriptors is unknown */
    NOTIFY_NONE,    /**< the manager says that it keeps none */
    NOTIFY_KEEPS
};

/** Whether the manager keeps descriptors, from $NOTIFY_SOCKET and $FDSTORE, which the supervisor
 * and systemd 254 and later set. */
enum notify_store notify_can_keep(void);

/**
 * How often the manager wants a heartbeat, in ms, at most a second; 0: it wants none. From
 * $WATCHDOG_USEC. $WATCHDOG_PID, if it is set, must name this process or `former`, the daemon
 * before it (0: none); it is removed, so that a successor gives heartbeats, too.
 */
uint32_t notify_beat_ms(pid_t former);
/** Give the manager a heartbeat. */
void notify_beat(void);
/** Tell the manager that this process is ready, and what it does, as a sentence. With `beats`, this
 * is its first heartbeat: from now on the manager expects more. */
void notify_ready(const char *status, bool beats);

/** Ask the manager to keep a descriptor under a name; ours stays open. Repeating this for the same
 * file changes nothing. False: the request was not sent. */
bool notify_keep(const char *name, int fd);
/** Ask the manager to close the descriptors that it keeps under this name. */
void notify_forget(const char *name);
/** Tell the manager that `successor` is the daemon from now on; it then ignores further messages of
 * this process. Returns a descriptor, owned by the caller, that becomes readable when the manager
 * has handled this; -1 if there is no manager or that cannot be found out. */
int notify_hand_over(pid_t successor);
/** Tell the manager that this process is the daemon. A manager that considers another process the
 * daemon may not accept that. */
void notify_main(void);

#endif
