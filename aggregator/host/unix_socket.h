/* SPDX-License-Identifier: MIT */
/*
 * unix_socket.h - Unix sockets: addresses, listeners, the lock of a path, messages with
 * descriptors.
 *
 * A socket is bound under a temporary name in the folder of its path, has its mode from the first
 * moment, and is renamed to its path when it is ready. So whoever finds the path finds a socket
 * that answers, and whatever was there before stays until then.
 */
#ifndef STATGATE_HOST_UNIX_SOCKET_H
#define STATGATE_HOST_UNIX_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/un.h>

#include "host/service_manager.h"

enum {
    UNIX_SOCKET_PATH_MAX = sizeof((struct sockaddr_un *)0)->sun_path, /**< with the terminator */
    UNIX_SOCKET_TEMPORARY_LEN = 3 + 8 /**< room for a temporary name, which the folder must leave */
};

/** Identifies the file of a socket. */
struct unix_socket_file {
    dev_t device;
    ino_t inode; /**< 0: none */
};

enum unix_socket_place {
    UNIX_SOCKET_FREE,       /**< nothing, or a socket on which no one receives */
    UNIX_SOCKET_TAKEN,      /**< another process receives on it */
    UNIX_SOCKET_OTHER_TYPE, /**< another process uses it for another type of socket */
    UNIX_SOCKET_OTHER_FILE, /**< a file that is not a socket */
    UNIX_SOCKET_HIDDEN,     /**< cannot be inspected */
    UNIX_SOCKET_UNCLEAR     /**< a socket, but whether it has a receiver cannot be found out */
};

/** Find out what is at the path, for a socket of `type` (SOCK_DGRAM, SOCK_STREAM). *ret_errno is
 * the reason for UNIX_SOCKET_HIDDEN and UNIX_SOCKET_UNCLEAR. No receiver gets any data from this
 * check. */
enum unix_socket_place unix_socket_look(const char *path, int type, int *ret_errno);

/** Make a non-blocking socket of `type` and connect it to the path. Returns it, or a negative
 * errno. */
int unix_socket_connect(const char *path, int type);

/** Bind under a temporary name, which is written to ret_temporary (UNIX_SOCKET_PATH_MAX bytes).
 * False with errno: ENAMETOOLONG if the path leaves no room for the name. */
bool unix_socket_bind(int sock, const char *path, mode_t mode, char *ret_temporary);

/** Rename a bound socket to its path. False with errno. */
bool unix_socket_rename(const char *temporary, const char *path, struct unix_socket_file *ret_file);

/** Whether this file is still at the path. */
bool unix_socket_in_place(const char *path, const struct unix_socket_file *file);

/** Whether the path is a temporary name that unix_socket_bind made. */
bool unix_socket_is_temporary(const char *path);

/** Length of the path up to and including its last slash. */
size_t unix_socket_folder_len(const char *path);

/* ---- path lock ----
 * ensures that only one daemon uses a path, even while its socket is missing there: a
 * file beside the socket, PATH.lock, that is locked as long as the daemon lives.
 *
 * The kernel releases the lock when the process ends, so a leftover file means nothing.
 */

/**
 * Make the lock file if it is missing, and lock it without waiting. Returns a descriptor, or a
 * negative errno: -EWOULDBLOCK if another process, or another descriptor of this process, holds the
 * lock; other errors if the file cannot be made or locked.
 */
int host_path_lock_take(const char *path);
/** Whether the locked file is still at its path. */
bool host_path_lock_in_place(const char *path, int lock);
/** Remove the lock file if it is still at its path, and close the descriptor. -1 is fine. */
void host_path_lock_release(const char *path, int lock);

/* ---- unix listener ----
 * stream sockets that listen at a path: a new one, put there safely, or one on
 * which an earlier process listened.
 */

/** A listening socket, which may outlive the process that made it. */
struct unix_listener {
    int fd;
    struct unix_socket_file file; /**< the file at its path; zeroed if it has no path (TCP) */
};

/**
 * Make a new stream socket listen at the path, with `mode` for its file. The socket is bound under
 * a temporary name and renamed once it listens, so no client ever finds a name that does not
 * answer. A stale socket at the path is replaced; a socket that answers, or a file that is not a
 * socket, is an error. Returns NULL, or a sentence with the reason (static). The caller still owns
 * the descriptor.
 */
const char *host_unix_listener_bind(int fd, const char *path, mode_t mode,
                                    struct unix_socket_file *ret_file);

/** Whether the descriptor is a listening stream socket of this domain (AF_UNIX, AF_INET, ...). */
bool host_unix_listener_listens(int fd, int domain);

/* ---- wire ----
 * messages between a daemon and the new process on a socket pair (SOCK_SEQPACKET). A message
 * is a word, its arguments, and descriptors.
 *
 *   WORD TEXT            or          WORD
 *                                    NAME of the first descriptor
 *                                    NAME of the second ...
 *
 * statgated/daemon.h lists the words. The two sides may be of different versions, so unknown
 * messages are ignored, and nothing in a message is trusted.
 */

enum {
    WIRE_FDS = 100,     /**< descriptors of a message */
    WIRE_FDS_MAX = 253, /**< ... that the kernel takes: SCM_MAX_FD */
    WIRE_BYTES = WIRE_FDS * INHERITED_NAME_MAX + 64
};

/** A descriptor and its name, both borrowed. */
struct wire_item {
    const char *name;
    int fd;
};

struct wire_message {
    char text[WIRE_BYTES + 1]; /**< terminated */
    int fds[WIRE_FDS];         /**< -1: taken */
    size_t fd_count;
};

/** Make a socket pair: the first end is non-blocking, the second blocks. False with errno. */
bool host_wire_pair(int ret_ends[2]);

/** Send a message of `len` bytes, with at most WIRE_FDS_MAX descriptors. False with errno. */
bool host_wire_send_fds(int sock, const char *text, size_t len, const int *fds, size_t count);
/** Send a message of formatted text. False with errno: the other side will not read it. */
bool host_wire_send(int sock, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** Send these descriptors in as many messages as needed, or none if `count` is 0. */
bool host_wire_send_items(int sock, const char *word, const struct wire_item *items, size_t count);

enum wire_result {
    WIRE_GOT,
    WIRE_NONE, /**< no message yet */
    WIRE_END   /**< the other side is gone or sent an invalid message */
};
/** Receive the next message without waiting. The caller owns its descriptors, see host_wire_drop.
 */
enum wire_result host_wire_receive(int sock, struct wire_message *ret_message);
/** Wait for a message until `until_ns` of the monotonic clock. WIRE_NONE: the time is over. */
enum wire_result host_wire_await(int sock, uint64_t until_ns, struct wire_message *ret_message);

/** Whether the message starts with this word. If so, *ret_text is the text after it; ret_text may
 * be NULL. */
bool host_wire_is(const struct wire_message *message, const char *word, const char **ret_text);
/** Get name number `index` of a message with descriptors. False: it has no such line, or the line
 * is not a valid name. */
bool host_wire_name(const struct wire_message *message, size_t index,
                    char ret_name[INHERITED_NAME_MAX]);
/** Take a descriptor out of the message. -1: there is none. */
int host_wire_take(struct wire_message *message, size_t index);
/** Close the descriptors that were not taken. */
void host_wire_drop(struct wire_message *message);

#endif
