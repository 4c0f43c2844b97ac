/*
 * notify_socket.h - the address for messages of sd_notify(3): a datagram socket with an abstract
 * name, on which the kernel reports each sender.
 */
#ifndef STATGATE_SUPERVISOR_NOTIFY_SOCKET_H
#define STATGATE_SUPERVISOR_NOTIFY_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "supervisor/notice.h"

/** How the name of each supervisor's socket begins: a daemon that finds it in NOTIFY_SOCKET has a
 * supervisor. */
#define NOTIFY_NAME_BEGINNING "@statgate-supervisor-"

enum { NOTIFY_NAME_BYTES = 64, NOTIFY_FDS_MAX = 253 /* SCM_MAX_FD, of the kernel */ };

struct notify_socket {
    int fd;
    char name[NOTIFY_NAME_BYTES]; /**< as in NOTIFY_SOCKET: "@..." */
};

/** A received message. */
struct letter {
    char text[NOTICE_BYTES_MAX + 1]; /**< one more byte detects a message that is too long */
    size_t len;
    int32_t pid; /**< of the sender; 0: a process that this one cannot see */
    int fds[NOTIFY_FDS_MAX];
    size_t fd_count;
    bool lost_fds; /**< some could not be received: too few free descriptors */
};

/** Returns 0 or a negative errno. */
int notify_socket_open(struct notify_socket *ret_socket);
/** Receive a message without waiting. Returns false if there is none. The caller closes its
 * descriptors. */
bool notify_socket_receive(const struct notify_socket *socket, struct letter *ret_letter);
void notify_socket_close(struct notify_socket *socket);

#endif
