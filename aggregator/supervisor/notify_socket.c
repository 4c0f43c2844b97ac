#include "supervisor/notify_socket.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/entropy.h"

static int bind_abstract(int fd, char *name) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    uint64_t number;
    if (!entropy_u64(&number))
        return -errno;
    (void)snprintf(name, NOTIFY_NAME_BYTES, NOTIFY_NAME_BEGINNING "%016llx",
                   (unsigned long long)number);
    const size_t len = strlen(name);
    memcpy(address.sun_path + 1, name + 1, len - 1);
    const socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    return bind(fd, (const struct sockaddr *)&address, size) == 0 ? 0 : -errno;
}

int notify_socket_open(struct notify_socket *ret_socket) {
    const int yes = 1;
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    int result = setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes) == 0 ? 0 : -errno;
    if (result == 0)
        result = bind_abstract(fd, ret_socket->name);
    if (result != 0)
        (void)close(fd);
    else
        ret_socket->fd = fd;
    return result;
}

static void take_control(struct letter *letter, struct msghdr *message) {
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL;
         part = CMSG_NXTHDR(message, part)) {
        const size_t len = part->cmsg_len - CMSG_LEN(0);
        if (part->cmsg_level != SOL_SOCKET)
            continue;
        if (part->cmsg_type == SCM_RIGHTS) {
            letter->fd_count = len / sizeof *letter->fds;
            memcpy(letter->fds, CMSG_DATA(part), letter->fd_count * sizeof *letter->fds);
        } else if (part->cmsg_type == SCM_CREDENTIALS && len == sizeof(struct ucred)) {
            struct ucred sender;
            memcpy(&sender, CMSG_DATA(part), sizeof sender);
            letter->pid = sender.pid;
        }
    }
}

bool notify_socket_receive(const struct notify_socket *socket, struct letter *ret_letter) {
    union {
        struct cmsghdr aligned;
        char bytes[CMSG_SPACE(sizeof(struct ucred)) +
                   CMSG_SPACE(sizeof(int) * (size_t)NOTIFY_FDS_MAX)];
    } control;
    struct iovec room = {ret_letter->text, sizeof ret_letter->text};
    struct msghdr message = {.msg_iov = &room,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    ssize_t len;
    do
        len = recvmsg(socket->fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    while (len < 0 && errno == EINTR);
    if (len < 0)
        return false;
    ret_letter->len = (size_t)len;
    ret_letter->pid = 0;
    ret_letter->fd_count = 0;
    ret_letter->lost_fds = (message.msg_flags & MSG_CTRUNC) != 0;
    take_control(ret_letter, &message);
    return true;
}

void notify_socket_close(struct notify_socket *socket) {
    (void)close(socket->fd);
    socket->fd = -1;
}
