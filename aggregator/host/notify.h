/*
 * notify.h - what the process sends its service manager: systemd, or the keeper, which speaks the
 * same protocol (sd_notify(3), file descriptor store).
 *
 * Descriptors that the manager keeps outlive the process; the next one gets them back by their names
 * (inherited.h). Messages are taken in their order. Nobody answers: whether the manager has room is
 * known only where it says so ($FDSTORE).
 */
#ifndef STATGATE_HOST_NOTIFY_H
#define STATGATE_HOST_NOTIFY_H

#include <stdbool.h>
#include <sys/types.h>

enum notify_store {
    NOTIFY_NOBODY,  /**< no manager listens */
    NOTIFY_UNKNOWN, /**< one does; whether it keeps descriptors is not known */
    NOTIFY_NONE,    /**< it says that it keeps none */
    NOTIFY_KEEPS
};

/** Whether descriptors can be kept, by $NOTIFY_SOCKET and $FDSTORE, which systemd 254 and later and the keeper set. */
enum notify_store notify_can_keep(void);

/** Have the manager keep a descriptor under a name; ours stays open. Again for the same file: nothing changes.
 * False: it was not sent. */
bool notify_keep(const char *name, int fd);
/** Have it close what it keeps under this name. */
void notify_forget(const char *name);
/** Another process is the daemon from here on, and messages of ours count no more. Returns a descriptor, the caller's,
 * that is readable when the manager knows; -1: nobody listens, or that cannot be found out. */
int notify_hand_over(pid_t successor);
/** This process is the daemon. A manager that takes another one for it may not listen. */
void notify_main(void);

#endif
