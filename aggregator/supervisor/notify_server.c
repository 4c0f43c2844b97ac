/* SPDX-License-Identifier: MIT */
/* notify_server.c - messages of sd_notify(3): receiving and reading them. */
#include "supervisor/supervisor_private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/program.h"

/* ==== notify_socket ==== */

static int bind_abstract(int fd, char *name) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    uint64_t number;
    if (!host_entropy_u64(&number))
        return -errno;
    (void)snprintf(name, NOTIFY_NAME_BYTES, NOTIFY_NAME_BEGINNING "%016llx",
                   (unsigned long long)number);
    const size_t len = strlen(name);
    memcpy(address.sun_path + 1, name + 1, len - 1);
    const socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    return bind(fd, (const struct sockaddr *)&address, size) == 0 ? 0 : -errno;
}

int notify_server_open(struct notify_socket *ret_socket) {
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

static void take_control(struct notify_message *message, struct msghdr *header) {
    for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part != NULL;
         part = CMSG_NXTHDR(header, part)) {
        const size_t len = part->cmsg_len - CMSG_LEN(0);
        if (part->cmsg_level != SOL_SOCKET)
            continue;
        if (part->cmsg_type == SCM_RIGHTS) {
            message->fd_count = len / sizeof *message->fds;
            memcpy(message->fds, CMSG_DATA(part), message->fd_count * sizeof *message->fds);
        } else if (part->cmsg_type == SCM_CREDENTIALS && len == sizeof(struct ucred)) {
            struct ucred sender;
            memcpy(&sender, CMSG_DATA(part), sizeof sender);
            message->pid = sender.pid;
        }
    }
}

bool notify_server_receive(const struct notify_socket *socket, struct notify_message *ret_message) {
    union {
        struct cmsghdr aligned;
        char bytes[CMSG_SPACE(sizeof(struct ucred)) +
                   CMSG_SPACE(sizeof(int) * (size_t)NOTIFY_FDS_MAX)];
    } control;
    struct iovec room = {ret_message->text, sizeof ret_message->text};
    struct msghdr header = {.msg_iov = &room,
                            .msg_iovlen = 1,
                            .msg_control = control.bytes,
                            .msg_controllen = sizeof control.bytes};
    ssize_t len;
    do
        len = recvmsg(socket->fd, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    while (len < 0 && errno == EINTR);
    if (len < 0)
        return false;
    ret_message->len = (size_t)len;
    ret_message->pid = 0;
    ret_message->fd_count = 0;
    ret_message->lost_fds = (header.msg_flags & MSG_CTRUNC) != 0;
    take_control(ret_message, &header);
    return true;
}

/* ==== notice ==== */

/* The name of a descriptor without FDNAME=, according to sd_notify(3). */
static const char no_name[] = "stored";

/* A line of the message. */
struct notify_server_notice_line {
    const char *at;
    size_t len;
};

static bool is(struct notify_server_notice_line line, const char *word) {
    return line.len == strlen(word) && memcmp(line.at, word, line.len) == 0;
}

/* Find the value after the key and its `=`. */
static bool value_of(struct notify_server_notice_line line, const char *key,
                     struct notify_server_notice_line *ret_value) {
    const size_t len = strlen(key);
    if (line.len < len || memcmp(line.at, key, len) != 0)
        return false;
    *ret_value = (struct notify_server_notice_line){line.at + len, line.len - len};
    return true;
}

/* Parse a decimal number from 2 to INT32_MAX; else 0. Process 1 is no one's child. */
static int32_t read_pid(struct notify_server_notice_line digits) {
    int64_t pid = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.at[i] < '0' || digits.at[i] > '9')
            return 0;
        pid = pid * 10 + (digits.at[i] - '0');
        if (pid > INT32_MAX)
            return 0;
    }
    return pid > 1 ? (int32_t)pid : 0;
}

static void read_name(struct notice *notice, struct notify_server_notice_line name) {
    if (!supervisor_held_is_name(name.at, name.len))
        return;
    memcpy(notice->name, name.at, name.len);
    notice->name[name.len] = '\0';
    notice->named = true;
}

static void read_line(struct notice *notice, struct notify_server_notice_line line) {
    struct notify_server_notice_line value;
    notice->ready |= is(line, "READY=1");
    notice->stopping |= is(line, "STOPPING=1");
    notice->beat |= is(line, "WATCHDOG=1");
    notice->store |= is(line, "FDSTORE=1");
    notice->remove |= is(line, "FDSTOREREMOVE=1");
    notice->watched &= !is(line, "FDPOLL=0");
    if (!notice->named && value_of(line, "FDNAME=", &value))
        read_name(notice, value);
    if (notice->main_pid == 0 && value_of(line, "MAINPID=", &value))
        notice->main_pid = read_pid(value);
    if (notice->status == NULL && value_of(line, "STATUS=", &value)) {
        notice->status = value.at;
        notice->status_len = value.len;
    }
}

bool notify_server_notice_read(const char *text, size_t len, struct notice *ret_notice) {
    if (len > 0 && text[len - 1] == '\0')
        len--; /* some senders include the terminator */
    if (len > NOTICE_BYTES_MAX || memchr(text, '\0', len) != NULL)
        return false;
    struct notice notice = {.watched = true};
    memcpy(notice.name, no_name, sizeof no_name);
    while (len > 0) {
        const char *end = memchr(text, '\n', len);
        const struct notify_server_notice_line line = {text,
                                                       end != NULL ? (size_t)(end - text) : len};
        read_line(&notice, line);
        const size_t gone = line.len + (end != NULL ? 1 : 0);
        text += gone;
        len -= gone;
    }
    *ret_notice = notice;
    return true;
}
