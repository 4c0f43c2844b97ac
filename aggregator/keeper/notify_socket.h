/*
 * notify_socket.h - the address for messages of sd_notify(3): a datagram socket under an abstract
 * name, where the kernel says who sent each of them.
 */
#ifndef STATGATE_KEEPER_NOTIFY_SOCKET_H
#define STATGATE_KEEPER_NOTIFY_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "keeper/notice.h"

enum { NOTIFY_NAME_BYTES = 64, NOTIFY_FDS_MAX = 253 /* SCM_MAX_FD, of the kernel */ };

struct notify_socket {
    int fd;
    char name[NOTIFY_NAME_BYTES]; /**< as NOTIFY_SOCKET has it: "@..." */
};

/** A message as it came. */
struct letter {
    char text[NOTICE_BYTES_MAX + 1]; /**< a byte more tells one that is too long */
    size_t len;
    int32_t pid; /**< of the sender; 0: nobody whom this process could see */
    int fds[NOTIFY_FDS_MAX];
    size_t fd_count;
    bool lost_fds; /**< some could not be received: no descriptor is free */
};

/** Returns 0 or a negative errno. */
int notify_socket_open(struct notify_socket *ret_socket);
/** The next message, without waiting; false when there is none. The caller closes its descriptors. */
bool notify_socket_receive(const struct notify_socket *socket, struct letter *ret_letter);
void notify_socket_close(struct notify_socket *socket);

#endif
