#include "host/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/clock.h"

bool wire_pair(int ret_ends[2]) {
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

static bool send_text(int sock, const char *text, size_t len, const int *fds, size_t count) {
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(WIRE_FDS * sizeof(int))];
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

bool wire_send(int sock, const char *format, ...) {
    char text[WIRE_BYTES];
    va_list args;
    va_start(args, format);
    const int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (len < 0)
        return false;
    const size_t most = sizeof text - 1; /* a longer text is cut */
    return send_text(sock, text, (size_t)len < most ? (size_t)len : most, NULL, 0);
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
    return send_text(sock, text, (size_t)len, fds, count);
}

bool wire_send_items(int sock, const char *word, const struct wire_item *items, size_t count) {
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

enum wire_result wire_receive(int sock, struct wire_message *ret_message) {
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
    wire_drop(ret_message);
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

enum wire_result wire_await(int sock, uint64_t until_ns, struct wire_message *ret_message) {
    for (;;) {
        const enum wire_result result = wire_receive(sock, ret_message);
        if (result != WIRE_NONE || !wait_readable(sock, until_ns))
            return result;
    }
}

/* ---- reading ---- */

bool wire_is(const struct wire_message *message, const char *word, const char **ret_text) {
    const size_t len = strlen(word);
    const char end = strncmp(message->text, word, len) == 0 ? message->text[len] : 'x';
    if (end != '\0' && end != ' ' && end != '\n')
        return false;
    if (ret_text != NULL)
        *ret_text = message->text + len + (end != '\0' ? 1 : 0);
    return true;
}

bool wire_name(const struct wire_message *message, size_t index,
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

int wire_take(struct wire_message *message, size_t index) {
    if (index >= message->fd_count)
        return -1;
    const int fd = message->fds[index];
    message->fds[index] = -1;
    return fd;
}

void wire_drop(struct wire_message *message) {
    for (size_t i = 0; i < message->fd_count; i++)
        if (message->fds[i] >= 0)
            (void)close(message->fds[i]);
    message->fd_count = 0;
}
