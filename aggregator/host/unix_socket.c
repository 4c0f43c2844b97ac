/* SPDX-License-Identifier: MIT */
/* unix_socket.c - Unix sockets: addresses, listeners, the lock of a path, messages with
 * descriptors. */
#include "host/unix_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "host/clock.h"

/* ---- unix socket: Unix sockets: addresses, listeners, and the lock of a path. ---- */

/* ---- path lock ---- */

enum {
    MODE = 0600, /* if others could open the file, they could also lock it */
    TRIES = 8    /* the previous holder may remove the file between our open and our lock */
};

struct lock_name {
    char text[PATH_MAX];
};

static struct lock_name name_of(const char *path) {
    struct lock_name name;
    (void)snprintf(name.text, sizeof name.text, "%s.lock", path);
    return name;
}

bool host_path_lock_in_place(const char *path, int lock) {
    const struct lock_name name = name_of(path);
    struct stat locked;
    struct stat named;
    return fstat(lock, &locked) == 0 && lstat(name.text, &named) == 0 &&
           locked.st_dev == named.st_dev && locked.st_ino == named.st_ino;
}

int host_path_lock_take(const char *path) {
    const struct lock_name name = name_of(path);
    for (int i = 0; i < TRIES; i++) {
        const int lock =
            open(name.text, O_RDONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, MODE);
        if (lock < 0)
            return -errno;
        const int error = flock(lock, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
        if (error == 0 && host_path_lock_in_place(path, lock))
            return lock;
        close(lock);
        if (error != 0)
            return -error;
    }
    return -EBUSY;
}

void host_path_lock_release(const char *path, int lock) {
    if (lock < 0)
        return;
    if (host_path_lock_in_place(path, lock))
        (void)unlink(name_of(path).text);
    close(lock);
}

/* ---- unix socket ---- */

/* A temporary name: the folder with its slash, then this. */
#define TEMPORARY_FORMAT "%.*s.sg%08" PRIx32

enum { NAME_TRIES = 16 };

size_t unix_socket_folder_len(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash != NULL ? (size_t)(slash - path) + 1 : 0;
}

static struct sockaddr_un address_of(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, strnlen(path, sizeof address.sun_path - 1));
    return address;
}

int unix_socket_connect(const char *path, int type) {
    const struct sockaddr_un address = address_of(path);
    const int sock = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (sock < 0)
        return -errno;
    if (connect(sock, (const struct sockaddr *)&address, sizeof address) == 0)
        return sock;
    const int error = errno;
    close(sock);
    return -error;
}

enum unix_socket_place unix_socket_look(const char *path, int type, int *ret_errno) {
    struct stat status;
    if (lstat(path, &status) != 0) {
        *ret_errno = errno;
        return errno == ENOENT ? UNIX_SOCKET_FREE : UNIX_SOCKET_HIDDEN;
    }
    if (!S_ISSOCK(status.st_mode))
        return UNIX_SOCKET_OTHER_FILE;
    const int sock = unix_socket_connect(path, type);
    if (sock >= 0)
        close(sock);
    *ret_errno = sock >= 0 ? 0 : -sock;
    switch (*ret_errno) {
    case ECONNREFUSED: /* left over by a process that ended */
    case ENOENT:       /* removed meanwhile */
        return UNIX_SOCKET_FREE;
    case 0:
    case EAGAIN: /* the backlog is full */
    case EPERM:  /* the socket accepts datagrams from one peer only */
        return UNIX_SOCKET_TAKEN;
    case EPROTOTYPE:
        return UNIX_SOCKET_OTHER_TYPE;
    default:
        return UNIX_SOCKET_UNCLEAR;
    }
}

/* The file gets the mode of the socket's own inode (unix_bind_bsd), minus the umask, which applies
 * to the whole process; so the umask is 0 during bind(2). */
bool unix_socket_bind(int sock, const char *path, mode_t mode, char *ret_temporary) {
    const size_t folder = unix_socket_folder_len(path);
    if (folder + UNIX_SOCKET_TEMPORARY_LEN >= UNIX_SOCKET_PATH_MAX) {
        errno = ENAMETOOLONG;
        return false;
    }
    if (fchmod(sock, mode) != 0)
        return false;
    for (int i = 0; i < NAME_TRIES; i++) {
        uint32_t tag;
        if (getrandom(&tag, sizeof tag, 0) != sizeof tag)
            return false;
        (void)snprintf(ret_temporary, UNIX_SOCKET_PATH_MAX, TEMPORARY_FORMAT, (int)folder, path,
                       tag);
        const struct sockaddr_un address = address_of(ret_temporary);
        const mode_t mask = umask(0);
        const int result = bind(sock, (const struct sockaddr *)&address, sizeof address);
        const int error = errno;
        umask(mask);
        errno = error;
        if (result == 0)
            return true;
        if (error != EADDRINUSE)
            return false;
    }
    return false;
}

bool unix_socket_rename(const char *temporary, const char *path,
                        struct unix_socket_file *ret_file) {
    struct stat status;
    if (lstat(temporary, &status) != 0 || rename(temporary, path) != 0)
        return false;
    *ret_file = (struct unix_socket_file){status.st_dev, status.st_ino};
    return true;
}

bool unix_socket_in_place(const char *path, const struct unix_socket_file *file) {
    struct stat status;
    return lstat(path, &status) == 0 && status.st_dev == file->device &&
           status.st_ino == file->inode;
}

bool unix_socket_is_temporary(const char *path) {
    const char *name = path + unix_socket_folder_len(path);
    return strlen(name) == UNIX_SOCKET_TEMPORARY_LEN && text_begins(name, ".sg");
}

/* ---- unix listener ---- */

/* The text for an errno. Static. */
static const char *word_of(int error) {
    if (error == EACCES)
        return "permission denied";
    const char *text = strerrordesc_np(error);
    return text != NULL ? text : "unknown error";
}

/* Explain why the path cannot be used. Only a socket without a listener may be replaced. NULL: the
 * path is free. */
static const char *why_not_free(const char *path) {
    int error = 0;
    switch (unix_socket_look(path, SOCK_STREAM, &error)) {
    case UNIX_SOCKET_FREE:
        return NULL;
    case UNIX_SOCKET_TAKEN:
        return "another process listens on this socket";
    case UNIX_SOCKET_OTHER_TYPE:
        return "a socket of another type (a datagram socket?) is at this path";
    case UNIX_SOCKET_OTHER_FILE:
        return "something other than a socket is at this path";
    case UNIX_SOCKET_HIDDEN:
    case UNIX_SOCKET_UNCLEAR:
        break;
    }
    return word_of(error);
}

const char *host_unix_listener_bind(int fd, const char *path, mode_t mode,
                                    struct unix_socket_file *ret_file) {
    char temporary[UNIX_SOCKET_PATH_MAX];
    const char *why = why_not_free(path);
    if (why != NULL)
        return why;
    if (!unix_socket_bind(fd, path, mode, temporary))
        return word_of(errno);
    if (listen(fd, SOMAXCONN) == 0 && unix_socket_rename(temporary, path, ret_file))
        return NULL;
    const int error = errno;
    unlink(temporary);
    return word_of(error);
}

static bool has_option(int fd, int option, int value) {
    int is = -1;
    socklen_t len = sizeof is;
    return getsockopt(fd, SOL_SOCKET, option, &is, &len) == 0 && is == value;
}

bool host_unix_listener_listens(int fd, int domain) {
    return has_option(fd, SO_ACCEPTCONN, 1) && has_option(fd, SO_TYPE, SOCK_STREAM) &&
           has_option(fd, SO_DOMAIN, domain);
}

/* ---- wire ---- */

bool host_wire_pair(int ret_ends[2]) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return false;
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) {
        (void)close(ends[0]);
        (void)close(ends[1]);
        return false;
    }
    memcpy(ret_ends, ends, sizeof ends);
    return true;
}

/* ---- sending ---- */

bool host_wire_send_fds(int sock, const char *text, size_t len, const int *fds, size_t count) {
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(WIRE_FDS_MAX * sizeof(int))];
    } control;
    struct iovec part = {.iov_base = (char *)text, .iov_len = len};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (count > 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(count * sizeof *fds);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(count * sizeof *fds);
        memcpy(CMSG_DATA(header), fds, count * sizeof *fds);
    }
    ssize_t sent;
    do
        sent = sendmsg(sock, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)len;
}

bool host_wire_send(int sock, const char *format, ...) {
    char text[WIRE_BYTES];
    va_list args;
    va_start(args, format);
    const int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (len < 0)
        return false;
    const size_t most = sizeof text - 1; /* a longer text is cut */
    return host_wire_send_fds(sock, text, (size_t)len < most ? (size_t)len : most, NULL, 0);
}

/* Send one message; `count` is at most WIRE_FDS. */
static bool send_some(int sock, const char *word, const struct wire_item *items, size_t count) {
    char text[WIRE_BYTES];
    int fds[WIRE_FDS];
    int len = snprintf(text, sizeof text, "%s", word);
    for (size_t i = 0; i < count; i++) {
        len += snprintf(text + len, sizeof text - (size_t)len, "\n%.*s", INHERITED_NAME_MAX - 1,
                        items[i].name);
        fds[i] = items[i].fd;
    }
    return host_wire_send_fds(sock, text, (size_t)len, fds, count);
}

bool host_wire_send_items(int sock, const char *word, const struct wire_item *items, size_t count) {
    while (count > 0) {
        const size_t some = count < WIRE_FDS ? count : WIRE_FDS;
        if (!send_some(sock, word, items, some))
            return false;
        items += some;
        count -= some;
    }
    return true;
}

/* ---- receiving ---- */

static void take_fds(struct msghdr *header, struct wire_message *ret_message) {
    for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part != NULL;
         part = CMSG_NXTHDR(header, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        const size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        memcpy(ret_message->fds + ret_message->fd_count, CMSG_DATA(part), count * sizeof(int));
        ret_message->fd_count += count;
    }
}

enum wire_result host_wire_receive(int sock, struct wire_message *ret_message) {
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(WIRE_FDS * sizeof(int))];
    } control;
    struct iovec part = {.iov_base = ret_message->text, .iov_len = sizeof ret_message->text - 1};
    struct msghdr header = {.msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = control.bytes,
                            .msg_controllen = sizeof control.bytes};
    ret_message->fd_count = 0;
    ssize_t got;
    do
        got = recvmsg(sock, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return errno == EAGAIN ? WIRE_NONE : WIRE_END;
    ret_message->text[got] = '\0';
    take_fds(&header, ret_message);
    if (got > 0 && (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0)
        return WIRE_GOT;
    host_wire_drop(ret_message);
    return WIRE_END;
}

/* Wait until a message may have arrived. False: the time is over. */
static bool wait_readable(int sock, uint64_t until_ns) {
    const uint64_t now_ns = (uint64_t)clock_mono_ns();
    struct pollfd readable = {.fd = sock, .events = POLLIN};
    if (now_ns >= until_ns)
        return false;
    const int timeout_ms = (int)((until_ns - now_ns + 999999) / 1000000);
    return poll(&readable, 1, timeout_ms) >= 0 || errno == EINTR;
}

enum wire_result host_wire_await(int sock, uint64_t until_ns, struct wire_message *ret_message) {
    for (;;) {
        const enum wire_result result = host_wire_receive(sock, ret_message);
        if (result != WIRE_NONE || !wait_readable(sock, until_ns))
            return result;
    }
}

/* ---- reading ---- */

bool host_wire_is(const struct wire_message *message, const char *word, const char **ret_text) {
    const size_t len = strlen(word);
    const char end = strncmp(message->text, word, len) == 0 ? message->text[len] : 'x';
    if (end != '\0' && end != ' ' && end != '\n')
        return false;
    if (ret_text != NULL)
        *ret_text = message->text + len + (end != '\0' ? 1 : 0);
    return true;
}

bool host_wire_name(const struct wire_message *message, size_t index,
                    char ret_name[INHERITED_NAME_MAX]) {
    const char *at = message->text;
    for (size_t line = 0; line <= index; line++) {
        at = strchr(at, '\n');
        if (at == NULL)
            return false;
        at++;
    }
    const size_t len = strcspn(at, "\n");
    if (len == 0 || len >= INHERITED_NAME_MAX)
        return false;
    memcpy(ret_name, at, len);
    ret_name[len] = '\0';
    return true;
}

int host_wire_take(struct wire_message *message, size_t index) {
    if (index >= message->fd_count)
        return -1;
    const int fd = message->fds[index];
    message->fds[index] = -1;
    return fd;
}

void host_wire_drop(struct wire_message *message) {
    for (size_t i = 0; i < message->fd_count; i++)
        if (message->fds[i] >= 0)
            (void)close(message->fds[i]);
    message->fd_count = 0;
}
