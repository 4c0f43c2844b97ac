/* SPDX-License-Identifier: MIT */
/*
 * adoption.c - a daemon whose supervisor was killed, and a statgated that is started at its socket:
 * the daemon gives its descriptors away and ends, and the new supervisor starts the next daemon
 * with them, as after a crash. So values and what waits in the sockets are kept.
 *
 * They pass over a connection of the control socket (proto/CONTROL.md): the answer 101, then a line
 * with the name of each descriptor, in their order, and an empty line.
 */
#include "statgated/daemon.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    FDS_A_MESSAGE = 64,
    WAIT_MS = 5000, /* for the other end */
    ASK_MS = 15000, /* longer than a reload takes */
    AGAIN_MS = 50,
    HEAD_BYTES = 13 /* of an answer, up to its status */
};

/* ---- the daemon ---- */

static bool is_given(const struct fdstore_item *item) {
    return item->fd >= 0 && !item->gone;
}

static bool send_all(const struct fdstore *fdstore, int to) {
    struct strbuf names = {0};
    int fds[FDS_A_MESSAGE];
    size_t count = 0;
    bool good = true;
    /* A peer that reads nothing for so long gets nothing. */
    const struct timeval most = {.tv_sec = WAIT_MS / 1000};
    (void)fcntl(to, F_SETFL, 0);
    (void)setsockopt(to, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most);
    for (size_t i = 0; good && i < fdstore->count; i++) {
        const struct fdstore_item *item = &fdstore->items[i];
        if (!is_given(item))
            continue;
        strbuf_printf(&names, "%s\n", item->name);
        fds[count++] = item->fd;
        if (count < FDS_A_MESSAGE)
            continue;
        good = host_wire_send_fds(to, names.data, names.len, fds, count);
        strbuf_clear(&names);
        count = 0;
    }
    strbuf_puts(&names, "\n");
    good = good && host_wire_send_fds(to, names.data, names.len, fds, count);
    strbuf_done(&names);
    return good;
}

/* Once all are sent, this process must change nothing any more: its end is that of a crash. */
static void give(void *arg, int to) {
    const struct daemon *daemon = arg;
    struct ucred peer = {0};
    socklen_t len = sizeof peer;
    (void)getsockopt(to, SOL_SOCKET, SO_PEERCRED, &peer, &len);
    if (send_all(&daemon->fdstore, to)) {
        log_write(LOG_LEVEL_LOG, "supervisor",
                  "process %d is the new supervisor and has all descriptors; this process ends, "
                  "and the next one continues with its values",
                  (int)peer.pid);
        _exit(EXIT_SUCCESS);
    }
    log_write(LOG_LEVEL_WARN, "supervisor",
              "process %d asked for the descriptors of this one and did not take them",
              (int)peer.pid);
}

void adoption_begin(struct daemon *daemon, struct http_answer *answer) {
    if (http_answer_uid(answer) != geteuid())
        http_answer_end(answer, CONTROL_DENIED, "only the daemon's own user may supervise it");
    else if (!supervisor_watch_is_lost(&daemon->supervisor))
        http_answer_end(answer, CONTROL_DENIED, "this daemon's supervisor was not killed");
    else if (daemon->object == NULL)
        http_answer_end(answer, CONTROL_DENIED, "its values are in memory that ends with it");
    else if (daemon->handover_out != NULL || daemon->is_retiring)
        http_answer_end(answer, CONTROL_UNDER_WAY, "a reload is under way: try again");
    else
        http_answer_upgrade(answer, ADOPTION_PROTOCOL, give, daemon);
}

/* ---- the new supervisor ---- */

/* What arrived so far. */
struct parcel {
    struct strbuf text; /* the head of the answer, then the names */
    int fds[KEPT_MAX];
    size_t count;
};

static void take_fds(struct parcel *parcel, struct msghdr *message) {
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL;
         part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        const size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
            if (parcel->count < KEPT_MAX)
                parcel->fds[parcel->count++] = fd;
            else
                (void)close(fd);
        }
    }
}

/* How it went. */
enum adoption {
    ADOPTION_DONE,
    ADOPTION_LATER, /* a reload is under way: another process answers soon */
    ADOPTION_NONE   /* there is none to take over */
};

/* What an answer says that is no upgrade, as far as it has arrived. */
static enum adoption judge(struct strbuf *text) {
    static const struct {
        const char *head;
        enum adoption result;
    } heads[] = {{"HTTP/1.1 101 ", ADOPTION_DONE},
                 {"HTTP/1.1 409 ", ADOPTION_LATER},
                 {"HTTP/1.1 503 ", ADOPTION_LATER}};
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
        if (strncmp(strbuf_cstr(text), heads[i].head, strlen(heads[i].head)) == 0)
            return heads[i].result;
    return ADOPTION_NONE;
}

/* Read until the peer closes, or answers something else. */
static enum adoption receive(int from, struct parcel *parcel) {
    static const size_t most = 2 * (size_t)KEPT_NAMES_BYTES_MAX;
    union {
        struct cmsghdr aligned;
        char bytes[CMSG_SPACE(sizeof(int) * (size_t)NOTIFY_FDS_MAX)];
    } control;
    char bytes[4096];
    struct pollfd ready = {.fd = from, .events = POLLIN};
    while (parcel->text.len < most && poll(&ready, 1, WAIT_MS) == 1) {
        struct iovec part = {bytes, sizeof bytes};
        struct msghdr message = {.msg_iov = &part,
                                 .msg_iovlen = 1,
                                 .msg_control = control.bytes,
                                 .msg_controllen = sizeof control.bytes};
        const ssize_t got = recvmsg(from, &message, MSG_CMSG_CLOEXEC);
        if (got <= 0)
            return parcel->text.len > 0 ? judge(&parcel->text) : ADOPTION_LATER;
        take_fds(parcel, &message);
        strbuf_put(&parcel->text, bytes, (size_t)got);
        if (parcel->text.len >= HEAD_BYTES && judge(&parcel->text) != ADOPTION_DONE)
            return judge(&parcel->text);
    }
    return ADOPTION_NONE;
}

/* The names behind the head of an answer 101, which end with an empty line. NULL: none. */
static char *names_of(struct parcel *parcel) {
    char *text = (char *)(uintptr_t)strbuf_cstr(&parcel->text);
    char *names = strstr(text, "\r\n\r\n");
    const size_t len = parcel->text.len;
    return names != NULL && len > 2 && strcmp(text + len - 2, "\n\n") == 0 ? names + 4 : NULL;
}

/* Keep all of them, or none. */
static bool keep_all(struct parcel *parcel, struct held_fds *kept) {
    char *name = names_of(parcel);
    size_t next = 0;
    while (name != NULL && *name != '\n' && next < parcel->count) {
        char *end = strchr(name, '\n');
        *end = '\0';
        if (!supervisor_held_is_name(name, (size_t)(end - name)))
            break;
        if (supervisor_held_add(kept, parcel->fds[next], name, false) != KEPT_TAKEN)
            (void)close(parcel->fds[next]); /* a second one of the same file */
        name = end + 1;
        next++;
    }
    const bool whole = name != NULL && *name == '\n' && next == parcel->count && next > 0;
    while (next < parcel->count)
        (void)close(parcel->fds[next++]);
    if (!whole)
        supervisor_held_clear(kept);
    return whole;
}

static int connect_to(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (*path == '\0' || strlen(path) >= sizeof address.sun_path)
        return -1;
    memcpy(address.sun_path, path, strlen(path) + 1);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

/* Ask once. A connection that is closed is that of a process which has ended. */
static enum adoption ask(const char *control, struct held_fds *kept) {
    static const char request[] = "POST /adopt HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n"
                                  "Connection: Upgrade\r\nUpgrade: " ADOPTION_PROTOCOL "\r\n\r\n";
    struct parcel parcel = {0};
    struct ucred owner = {
        0}; /* of the socket: the daemon's user, though perhaps an earlier process */
    socklen_t len = sizeof owner;
    const int fd = connect_to(control);
    if (fd < 0)
        return ADOPTION_NONE;
    const bool asked = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &owner, &len) == 0 &&
                       owner.uid == geteuid() &&
                       send(fd, request, sizeof request - 1, MSG_NOSIGNAL) == sizeof request - 1;
    enum adoption result = asked ? receive(fd, &parcel) : ADOPTION_NONE;
    if (result != ADOPTION_DONE)
        strbuf_clear(&parcel.text);
    if (!keep_all(&parcel, kept) && result == ADOPTION_DONE)
        result = ADOPTION_NONE;
    (void)close(fd);
    strbuf_done(&parcel.text);
    return result;
}

bool adoption_ask(const char *control, struct held_fds *kept) {
    enum adoption result = ADOPTION_LATER;
    for (int left = ASK_MS / AGAIN_MS; left > 0 && result == ADOPTION_LATER; left--) {
        result = ask(control, kept);
        if (result == ADOPTION_LATER)
            (void)poll(NULL, 0, AGAIN_MS);
    }
    if (result == ADOPTION_DONE)
        log_write(LOG_LEVEL_LOG, "supervisor",
                  "the supervisor of statgated was killed: this one has its %zu descriptors, and "
                  "the next daemon continues with its values",
                  kept->count);
    return result == ADOPTION_DONE;
}
