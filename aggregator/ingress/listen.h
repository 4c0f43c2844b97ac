/*
 * listen.h - opens the datagram socket to which senders write: inherited, or made with a deep queue
 * and safely put in its place.
 *
 * No loop, no log: start-up code calls it, gets a descriptor or an error message, and passes the
 * listener to ingress.h.
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
    INGRESS_QUEUE_LEAST = 512, /**< with less, a burst of a few senders is lost: warn */
    INGRESS_MODE = 0660        /**< default mode of the socket */
};

/** Keep the daemon's group. */
#define INGRESS_GROUP_KEEP ((gid_t)-1)

struct ingress_listen_options {
    const char *path;
    const char *setting;         /**< the setting that gives the path, for errors: "--socket" */
    const char *name;            /**< an inherited socket's name: "statgate", or the service's */
    struct inherited *inherited; /**< NULL: none */
    bool bind_now; /**< another process still receives. If the path leads to none of the kept
                        sockets, a new one is bound here instead of later by path_watch.h, so that
                        errors show now; the file of a kept socket stays as it is until
                        ingress_dress */
    /** Paths of all sockets of this process, this one's included: a kept socket to which another of
     * these paths leads is left to that path. */
    const char *const *paths;
    size_t path_count;
    bool inherit_unnamed; /**< an inherited socket without a name may be used */
    mode_t folder_mode;   /**< mode of the path's folder, which is made if missing; 0: it must
                               exist */
    mode_t mode;
    gid_t group;         /**< INGRESS_GROUP_KEEP: the daemon's */
    uint32_t depth;      /**< wanted queue depth */
    bool deep_queue;     /**< make the socket in its own namespace if the host's depth is less */
    int deep_timeout_ms; /**< timeout for that; 0: a default */
};

/** An open socket. Plain data; the descriptor belongs to whoever holds the struct. */
struct ingress_listener {
    int fd;
    bool inherited;        /**< passed by the service manager, which decides its name and depth */
    bool kept;             /**< an earlier process of ours made it */
    bool shut;             /**< ... and then refused further datagrams; those that wait in it can be
                                read */
    uint32_t number;       /**< among our sockets of this name: later ones have higher numbers */
    const char *name;      /**< name from the options; borrowed */
    const char *kept_name; /**< the name under which an earlier process kept it; borrowed from
                                `inherited` */
    char path[INGRESS_PATH_MAX]; /**< where senders find it; "@NAME" for an abstract one */
    uint32_t queue_depth;        /**< 0: unknown */
    enum queue_source queue_source;
    char queue_why[QUEUE_WHY_MAX]; /**< why the depth is not the wanted one; "" if it is */
    struct unix_socket_file file;  /**< zeroed: its path leads elsewhere */
    mode_t mode;                   /**< mode of the file, for a socket that replaces it */
    gid_t group;
    int lock; /**< path_lock.h; -1: not available */
};

/**
 * Open the socket: one that the service manager passed, else one of our own that an earlier process
 * kept (ingress_listen_name), else a new one.
 *
 * A kept socket keeps its path, its inode, its depth, and all datagrams that wait in it; its file
 * gets the mode and group of the options. Of several, the one to which the path leads is used,
 * whatever its name, else the last one made under the name of the options: then its path has to be
 * bound again (path_watch.h). It is no error if another process has the path's lock.
 *
 * A new one has SO_PASSCRED (and, if the kernel knows it, no SO_PASSRIGHTS) and its mode from the
 * start. It is bound under a temporary name in its folder, given its group, and renamed into place:
 * a sender meets the old socket or the new one, never a gap.
 *
 * Refused: a path too long for a socket address, a file there that is not a socket, a socket on
 * which another process receives, a path whose lock another process holds. A socket on which nobody
 * receives is replaced.
 *
 * Returns false with a sentence in ret_error. It may wait for a namespace (see deep_timeout_ms),
 * and changes the umask for a moment: meanwhile no other thread may make files whose mode depends
 * on it.
 */
bool ingress_listen_open(const struct ingress_listen_options *options,
                         struct ingress_listener *ret_listener, struct error *ret_error);

/** Open another socket that an earlier process kept under the name of the options: a former one, to
 * be read for the senders connected to it. Returns false if there are no more. */
bool ingress_listen_former(const struct ingress_listen_options *options,
                           struct ingress_listener *ret_listener);

enum { INGRESS_NAME_MAX = INHERITED_NAME_MAX };

/** Write the name under which a socket is to be kept for the next process:
 * "statgate-socket-NUMBER-DEPTH-NAME". Returns false if it is not ours to keep. */
bool ingress_listen_name(const struct ingress_listener *listener, char ret_name[INGRESS_NAME_MAX]);
/** The socket belongs to another process from now on: closing it here does not remove its path, and
 * does not release a lock that the other process has as well. */
void ingress_listen_leave(struct ingress_listener *listener);

/**
 * Open another socket at the path of `old`, which has lost its place and stays open for the senders
 * connected to it. The new one has the mode and the group that the file of `old` had, and is never
 * inherited. Refuses and returns the same as ingress_listen_open with these options.
 */
bool ingress_listen_again(const struct ingress_listen_options *options,
                          const struct ingress_listener *old, struct ingress_listener *ret_listener,
                          struct error *ret_error);

/** Whether the path still leads to this socket. An abstract name always does. */
bool ingress_listen_in_place(const struct ingress_listener *listener);

/** Remove the socket's path, if it is still ours and not inherited, and release the lock: senders
 * can no longer find the socket, and another daemon may take its place. */
void ingress_listen_unlink(struct ingress_listener *listener);

/** Unlink and close. Safe to call twice. */
void ingress_listen_close(struct ingress_listener *listener);

#endif
