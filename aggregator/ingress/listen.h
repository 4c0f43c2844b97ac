/*
 * listen.h - the datagram socket that senders write to: inherited, or made with a deep queue and
 * put in its place safely.
 *
 * No loop, no log: start-up code calls it, gets a descriptor or a sentence, and hands the listener
 * to ingress.h.
 */
#ifndef STATGATE_INGRESS_LISTEN_H
#define STATGATE_INGRESS_LISTEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/un.h>

#include "base/error.h"
#include "host/inherited.h"
#include "host/unix_socket.h"
#include "ingress/queue.h"

enum {
    INGRESS_PATH_MAX = UNIX_SOCKET_PATH_MAX, /**< with the terminator */
    INGRESS_QUEUE_WANTED = 2048,             /**< default queue depth */
    INGRESS_QUEUE_LEAST = 512, /**< below this a burst of a few senders is lost: warn */
    INGRESS_MODE = 0660        /**< default mode of the socket */
};

/** No group of its own. */
#define INGRESS_GROUP_KEEP ((gid_t)-1)

struct ingress_listen_options {
    const char *path;
    const char *setting;         /**< what sets the path, named in errors: "--socket" */
    const char *name;            /**< an inherited socket's name: "statgate", or the service's */
    struct inherited *inherited; /**< NULL: there are none */
    bool
        bind_now; /**< another process receives yet: if the path leads to none of the kept sockets, a new one is bound here,
                      not later by path_watch.h: then it is known whether that is possible; and the file of one that is
                      kept is left as it is until ingress_dress */
    /** Those of all sockets of this process, this one's too: a kept socket that another one of them leads to is left to
     * that. */
    const char *const *paths;
    size_t path_count;
    bool inherit_unnamed; /**< an inherited socket without a name will do */
    mode_t folder_mode;   /**< make the path's folder so if it is missing; 0: it must exist */
    mode_t mode;
    gid_t group;     /**< INGRESS_GROUP_KEEP: the daemon's */
    uint32_t depth;  /**< wanted queue depth */
    bool deep_queue; /**< make the socket in a namespace of its own if the host's depth is less */
    int deep_timeout_ms; /**< give that up after this; 0: a default */
};

/** An open socket. Plain data; the descriptor belongs to whoever holds the struct. */
struct ingress_listener {
    int fd;
    bool inherited; /**< of the service manager's: its name and depth are not ours */
    bool kept;      /**< an earlier process of ours made it */
    bool shut;      /**< ... and then refused further datagrams; what waits in it can be read */
    uint32_t
        number; /**< of our own among those with the same name: a later one has a higher number */
    const char *name;      /**< of the options; borrowed */
    const char *kept_name; /**< under which an earlier process kept it; borrowed from `inherited` */
    char path[INGRESS_PATH_MAX]; /**< where senders find it; "@NAME" for an abstract one */
    uint32_t queue_depth;        /**< 0: unknown */
    enum queue_source queue_source;
    char queue_why[QUEUE_WHY_MAX]; /**< why the depth is not as wanted; "" when it is */
    struct unix_socket_file file;  /**< zeroed: its path led elsewhere */
    mode_t mode;                   /**< what the file had, for another in its place */
    gid_t group;
    int lock; /**< path_lock.h; -1: could not be had */
};

/**
 * Open the socket: one that the service manager passed, else one of our own that an earlier process kept
 * (ingress_listen_name), else a new one.
 *
 * A kept socket keeps its path, its inode and its depth, and whatever waits in it; its file gets the
 * mode and group of the options. Of several that to which the path leads is taken, whatever its name, else the last one
 * made under the name of the options: then its path is to be bound again (path_watch.h). It is no error if another process
 * has the path's lock.
 *
 * A new one is born with SO_PASSCRED (and, where the kernel knows it, without
 * SO_PASSRIGHTS) and with its mode, bound under a temporary name in its folder, given its group,
 * and renamed into place: a sender meets the old socket or the new one, never a gap.
 *
 * Refused: a path too long for a socket address, something there that is not a socket, a socket
 * that another process is receiving on, a path whose lock another process holds. A socket that
 * nobody receives on is replaced.
 *
 * False with a sentence in ret_error. It may wait for a namespace, see
 * deep_timeout_ms, and changes the umask for a moment: no other thread may make files meanwhile
 * whose mode depends on it.
 */
bool ingress_listen_open(const struct ingress_listen_options *options,
                         struct ingress_listener *ret_listener, struct error *ret_error);

/** Another socket that an earlier process kept under the name of the options: a former one, to be read
 * for those who are connected to it. False: there are no more. */
bool ingress_listen_former(const struct ingress_listen_options *options,
                           struct ingress_listener *ret_listener);

enum { INGRESS_NAME_MAX = INHERITED_NAME_MAX };

/** The name under which a socket is to be kept for the next process: "statgate-socket-NUMBER-DEPTH-NAME".
 * False: it is not ours to keep. */
bool ingress_listen_name(const struct ingress_listener *listener, char ret_name[INGRESS_NAME_MAX]);
/** It belongs to another process from now on: what closes it does not take its path away, and gives up no lock that
 * the other one has, too. */
void ingress_listen_leave(struct ingress_listener *listener);

/**
 * Open another socket at the path of `old`, which is not in its place any more and stays open for
 * those who are connected to it. It has the mode and the group that the file of `old` had, and is
 * never inherited. Refused, and answered, as by ingress_listen_open with the same options.
 */
bool ingress_listen_again(const struct ingress_listen_options *options,
                          const struct ingress_listener *old, struct ingress_listener *ret_listener,
                          struct error *ret_error);

/** Whether the path still leads to this socket. An abstract name always does. */
bool ingress_listen_in_place(const struct ingress_listener *listener);

/** Take the socket's name away, if it still is ours and not inherited, and give up the lock:
 * senders can no longer find it, and another daemon may have its place. */
void ingress_listen_unlink(struct ingress_listener *listener);

/** Unlink and close. Safe to call twice. */
void ingress_listen_close(struct ingress_listener *listener);

#endif
