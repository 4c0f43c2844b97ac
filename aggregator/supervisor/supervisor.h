/* SPDX-License-Identifier: MIT */
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
 *   notify_server.c ─▶ supervisor.c   messages; descriptors by name; a daemon that hangs (watchdog,
 *                          │          guard), and one that stays away (ready timeout, drain)
 *                          └─▶ child.c   its start, state and end; orphaned processes
 *
 * As process 1 of a container, and everywhere else as the subreaper of its descendants, it waits
 * for orphaned processes.
 */
#ifndef STATGATE_SUPERVISOR_SUPERVISOR_H
#define STATGATE_SUPERVISOR_SUPERVISOR_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "host/service_manager.h"

/* ---- kept: descriptors that are kept for the next daemon, each with a name: the FDSTORE of
 * sd_notify(3). Several may have one name, as in systemd.
 */

enum {
    KEPT_MAX = 512,
    KEPT_NAME_BYTES = 256, /**< with the terminator */
    /** All names together: they go into one environment variable, which may have at most 128
     * KiB. */
    KEPT_NAMES_BYTES_MAX = 65536,
};

struct held_item {
    int fd;
    bool watched; /**< dropped when no one holds its other end any more */
    char name[KEPT_NAME_BYTES];
};

/** In order of arrival. Zeroed: none. */
struct held_fds {
    struct held_item items[KEPT_MAX];
    size_t count;
    size_t names_bytes;
};

enum kept_result {
    KEPT_TAKEN,
    KEPT_DOUBLE, /**< this open file is already kept, perhaps under another name */
    KEPT_FULL,
};

/** Whether the name is valid, as fdname_is_valid() of systemd decides: printable ASCII without a
 * colon, at most 255 bytes. */
bool supervisor_held_is_name(const char *name, size_t len);
/** Keep a descriptor. It belongs to `kept` only if KEPT_TAKEN is returned. `name` must be valid. */
enum kept_result supervisor_held_add(struct held_fds *kept, int fd, const char *name, bool watched);
/** Close all descriptors with this name. Returns their number. */
size_t supervisor_held_remove(struct held_fds *kept, const char *name);
/** Write an entry to poll for each item. `polls` has KEPT_MAX entries. */
void supervisor_held_fill_polls(const struct held_fds *kept, struct pollfd *polls);
/** Close watched descriptors whose other end is gone, by the results of poll(2) for the same items.
 * Returns their number. */
size_t supervisor_held_drop_hung(struct held_fds *kept, const struct pollfd *polls);
/** Close all. */
void supervisor_held_clear(struct held_fds *kept);

/* ---- outage: what the supervisor saw while no daemon was ready, for the next one that is:
 * memory that both map. Each daemon takes what it reports out of it, so what one that dies has not
 * taken is there for the next.
 */

/** The name under which its descriptor is passed. A daemon of another version leaves locks that it
 * does not know alone. */
#define OUTAGE_LOCK "@meanwhile"
#define OUTAGE_NAME INHERITED_LOCK OUTAGE_LOCK

struct stats;

/** Make the memory. Returns its descriptor, which is the caller's, or a negative errno. */
int supervisor_outage_make(struct stats **ret_page);
/** Map what is behind this descriptor, which stays the caller's. NULL: it is something else, or of
 * another version. */
struct stats *supervisor_outage_map(int fd);
/** Safe on NULL, like the functions below, which then do nothing. */
void supervisor_outage_unmap(struct stats *page);

/** Count datagrams that were read and thrown away. */
void supervisor_outage_add_unread(struct stats *page, uint64_t datagrams);
/** Take the count; it is 0 afterwards. */
uint64_t supervisor_outage_take_unread(struct stats *page);
/* ---- notice: parses a message of sd_notify(3). Pure. ---- */

/** Longer messages are dropped, as systemd does. */
enum { NOTICE_BYTES_MAX = 4096 };

/** The content of a message; unknown lines are skipped. */
struct notice {
    bool ready;
    bool stopping;
    bool beat;                  /**< WATCHDOG=1: a heartbeat */
    bool store;                 /**< FDSTORE=1: keep the descriptors that came with it */
    bool remove;                /**< FDSTOREREMOVE=1: close the descriptors with this name */
    bool watched;               /**< unless FDPOLL=0 */
    bool named;                 /**< it has an FDNAME that is valid */
    char name[KEPT_NAME_BYTES]; /**< "stored" if there is none */
    int32_t main_pid;           /**< 0: none, or invalid */
    const char *status;         /**< within the message, not terminated; NULL: none */
    size_t status_len;
};

/** Returns false for a message that is too long or contains a zero byte; *ret_notice is untouched
 * then. */
bool notify_server_notice_read(const char *text, size_t len, struct notice *ret_notice);

/* ---- notify socket: the address for messages of sd_notify(3): a datagram socket with an abstract
 * name, on which the kernel reports each sender.
 */

/** How the name of each supervisor's socket begins: a daemon that finds it in NOTIFY_SOCKET has a
 * supervisor. */
#define NOTIFY_NAME_BEGINNING "@statgate-supervisor-"

enum { NOTIFY_NAME_BYTES = 64, NOTIFY_FDS_MAX = 253 /* SCM_MAX_FD, of the kernel */ };

struct notify_socket {
    int fd;
    char name[NOTIFY_NAME_BYTES]; /**< as in NOTIFY_SOCKET: "@..." */
};

/** A received message. */
struct notify_message {
    char text[NOTICE_BYTES_MAX + 1]; /**< one more byte detects a message that is too long */
    size_t len;
    int32_t pid; /**< of the sender; 0: a process that this one cannot see */
    int fds[NOTIFY_FDS_MAX];
    size_t fd_count;
    bool lost_fds; /**< some could not be received: too few free descriptors */
};

/** Returns 0 or a negative errno. */
int notify_server_open(struct notify_socket *ret_socket);
/** Receive a message without waiting. Returns false if there is none. The caller closes its
 * descriptors. */
bool notify_server_receive(const struct notify_socket *socket, struct notify_message *ret_message);

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
    const struct held_fds *inherited; /**< kept from the start; taken over */
    bool adopted; /**< these are of a daemon that was ready: the next is started until it is, too */
};

/** Read the descriptors that the service manager passed to this process (sd_listen_fds(3)). Call
 * before anything is opened. Returns false if they make no sense. */
bool supervisor_inherit(struct held_fds *ret_inherited, struct error *ret_error);
/**
 * Run the daemon until it ends in order, ends without ever having been ready, or this process is
 * asked to end. Returns the daemon's exit code, 128 plus the signal that killed it, or 1 if nothing
 * could be started. Signals that it handles stay blocked afterwards: the program is about to exit.
 */
int supervisor_run(const struct supervisor_options *options);

#endif
