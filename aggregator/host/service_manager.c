/* SPDX-License-Identifier: MIT */
/* service_manager.c - systemd or the supervisor: what it passes (sd_listen_fds), what is sent to it
 * (sd_notify). */
#include "host/service_manager.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"

/* ---- descriptors ---- */

void host_descriptors_raise(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* ---- inherited ---- */

static const char no_name[] = "unknown"; /* name that sd_listen_fds(3) gives a socket without one */

static bool begins(const struct inherited_socket *sock, const char *beginning) {
    return text_begins(sock->name, beginning);
}

static bool is_kept(const struct inherited_socket *sock) {
    return begins(sock, INHERITED_OBJECT) || begins(sock, INHERITED_SOCKET) ||
           begins(sock, INHERITED_HTTP) || begins(sock, INHERITED_CONTROL) ||
           begins(sock, INHERITED_INPUT) || begins(sock, INHERITED_LOCK);
}

/* ---- what the manager passed ---- */

/* Explain why the list failed. The variables are no longer in the environment; `fds` is the former
 * value of $LISTEN_FDS. */
static bool fail_to_list(int error, const char *fds, struct error *ret_error) {
    int closed = SD_LISTEN_FDS_START;
    if (error != EBADF)
        return error_set(ret_error,
                         "inherited sockets: LISTEN_PID, LISTEN_FDS (%s) or LISTEN_FDNAMES make no "
                         "sense: %s; unset them, or have a socket unit set them",
                         fds, strerror(error));
    while (fcntl(closed, F_GETFD) >= 0)
        closed++;
    return error_set(
        ret_error,
        "inherited sockets: LISTEN_FDS is %s, but descriptor %d is not open; start through "
        "a socket unit or systemd-socket-activate, or unset LISTEN_FDS",
        fds, closed);
}

static bool is_bound(int fd) {
    struct sockaddr_un address;
    socklen_t len = sizeof address;
    return getsockname(fd, (struct sockaddr *)&address, &len) == 0 &&
           len > offsetof(struct sockaddr_un, sun_path);
}

/* Whether the descriptor is from a supervisor: one end of a pipe whose other end
 * the supervisor has. */
static bool is_supervisor(const struct inherited_socket *sock) {
    return strcmp(sock->name, INHERITED_SUPERVISOR) == 0;
}

static bool check(const struct inherited_socket *sock, struct error *ret_error) {
    if (is_supervisor(sock) || is_kept(sock))
        return true;
    if (sd_is_socket_unix(sock->fd, SOCK_DGRAM, -1, NULL, 0) <= 0)
        return error_set(
            ret_error,
            "inherited descriptor %d (%s) is not a Unix datagram socket; a socket unit "
            "makes one with ListenDatagram=/a/path",
            sock->fd, sock->name);
    if (!is_bound(sock->fd))
        return error_set(
            ret_error,
            "inherited descriptor %d (%s) is a socket without a path, so no process can send "
            "to it; a socket unit binds one with ListenDatagram=/a/path",
            sock->fd, sock->name);
    return true;
}

/* Make the table. Takes over the names, but not their array. */
static void fill(struct inherited *inherited, size_t count, char **names) {
    struct inherited_socket *sockets = memory_array(count, sizeof *sockets);
    for (size_t i = 0; i < count; i++)
        sockets[i] = (struct inherited_socket){SD_LISTEN_FDS_START + (int)i, names[i]};
    *inherited = (struct inherited){sockets, count};
}

static void forget(struct inherited *inherited) {
    for (size_t i = 0; i < inherited->count; i++)
        free(inherited->sockets[i].name);
    free(inherited->sockets);
    *inherited = (struct inherited){0};
}

bool host_inherited_init(struct inherited *inherited, struct error *ret_error) {
    char fds[32];
    char **names = NULL;
    const char *const text = getenv("LISTEN_FDS");
    (void)snprintf(fds, sizeof fds, "%s", text != NULL ? text : "");
    *inherited = (struct inherited){0};

    const int count = sd_listen_fds_with_names(1, &names);
    if (count < 0)
        return fail_to_list(-count, fds, ret_error);
    bool good = true;
    if (count > 0)
        fill(inherited, (size_t)count, names);
    free(names);
    for (size_t i = 0; good && i < inherited->count; i++)
        good = check(&inherited->sockets[i], ret_error);
    if (!good)
        forget(inherited);
    return good;
}

void host_inherited_add(struct inherited *inherited, const char *name, int fd) {
    char *own = memory_strndup(name, strlen(name));
    inherited->sockets =
        memory_resize(inherited->sockets, inherited->count + 1, sizeof *inherited->sockets);
    inherited->sockets[inherited->count++] = (struct inherited_socket){fd, own};
}

void host_inherited_done(struct inherited *inherited) {
    for (size_t i = 0; i < inherited->count; i++)
        if (inherited->sockets[i].fd >= 0)
            close(inherited->sockets[i].fd);
    forget(inherited);
}

/* ---- who wants which ---- */

/* Whether the descriptor has this name. Unless configured otherwise, systemd names a descriptor
 * after its unit: "statgate.socket". */
static bool has_name(const struct inherited_socket *sock, const char *name) {
    const char *rest = text_after(sock->name, name);
    return rest != NULL && (*rest == '\0' || strcmp(rest, ".socket") == 0);
}

static bool is_at(const struct inherited_socket *sock, const char *path) {
    return sd_is_socket_unix(sock->fd, SOCK_DGRAM, -1, path, 0) > 0;
}

static bool fits(const struct inherited_socket *sock, const struct inherited_wish *wish,
                 int round) {
    if (sock->fd < 0 || is_kept(sock))
        return false;
    switch (round) {
    case 0:
        return wish->name != NULL && has_name(sock, wish->name);
    case 1:
        return wish->path != NULL && is_at(sock, wish->path);
    default:
        return wish->unnamed && has_name(sock, no_name);
    }
}

static int take(struct inherited_socket *sock) {
    const int fd = sock->fd;
    sock->fd = -1;
    return fd;
}

int host_inherited_take_supervisor(struct inherited *inherited) {
    for (size_t i = 0; i < inherited->count; i++)
        if (is_supervisor(&inherited->sockets[i]))
            return take(&inherited->sockets[i]);
    return -1;
}

int host_inherited_take(struct inherited *inherited, const struct inherited_wish *wish) {
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < inherited->count; i++) {
            struct inherited_socket *sock = &inherited->sockets[i];
            if (fits(sock, wish, round))
                return take(sock);
        }
    }
    return -1;
}

int host_inherited_take_kept(struct inherited *inherited, const char *beginning,
                             char ret_name[INHERITED_NAME_MAX]) {
    for (size_t i = 0; i < inherited->count; i++) {
        struct inherited_socket *sock = &inherited->sockets[i];
        if (sock->fd < 0 || !begins(sock, beginning))
            continue;
        (void)snprintf(ret_name, INHERITED_NAME_MAX, "%s", sock->name);
        return take(sock);
    }
    return -1;
}

int host_inherited_take_lock(struct inherited *inherited, const char *path) {
    for (size_t i = 0; i < inherited->count; i++) {
        struct inherited_socket *sock = &inherited->sockets[i];
        if (sock->fd >= 0 && begins(sock, INHERITED_LOCK) &&
            strcmp(sock->name + strlen(INHERITED_LOCK), path) == 0)
            return take(sock);
    }
    return -1;
}

bool host_inherited_left(const struct inherited *inherited, struct error *ret_error) {
    for (size_t i = 0; i < inherited->count; i++) {
        const struct inherited_socket *sock = &inherited->sockets[i];
        if (sock->fd < 0 || is_kept(sock))
            continue;
        error_set(ret_error,
                  "inherited descriptor %d (%s) fits no socket of ours, so what is sent to it "
                  "would wait for ever; name it FileDescriptorName=statgate, or as the service "
                  "whose catalog has a socket of its own, or take it out of the socket unit",
                  sock->fd, sock->name);
        return true;
    }
    return false;
}

/* ---- notify ---- */

enum notify_store host_notify_can_keep(void) {
    const char *socket = getenv("NOTIFY_SOCKET");
    const char *most = getenv("FDSTORE");
    if (socket == NULL || *socket == '\0')
        return NOTIFY_NOBODY;
    if (most == NULL) /* since systemd 254 both are set, MEMORY_PRESSURE_WATCH for all services */
        return getenv("MEMORY_PRESSURE_WATCH") != NULL ? NOTIFY_NONE : NOTIFY_UNKNOWN;
    return strtoul(most, NULL, 10) > 0 ? NOTIFY_KEEPS : NOTIFY_NONE;
}

/* Whether $WATCHDOG_PID lets this process answer for the service. */
static bool is_asked(pid_t former) {
    const char *text = getenv("WATCHDOG_PID");
    const long pid = text != NULL ? strtol(text, NULL, 10) : 0;
    return text == NULL || pid == (long)getpid() || (former > 0 && pid == (long)former);
}

static uint64_t watchdog_us(void) {
    const char *text = getenv("WATCHDOG_USEC");
    return text != NULL ? strtoull(text, NULL, 10) : 0;
}

uint32_t host_notify_beat_ms(pid_t former) {
    enum { MOST_MS = 1000 };
    if (!is_asked(former))
        (void)unsetenv("WATCHDOG_USEC");
    (void)unsetenv("WATCHDOG_PID");
    const uint64_t us = watchdog_us();
    const uint64_t half_ms = us / 2000;
    if (us == 0)
        return 0;
    return half_ms < MOST_MS ? (uint32_t)half_ms + 1 : MOST_MS;
}

void host_notify_beat(void) {
    (void)sd_notify(0, "WATCHDOG=1");
}

/* WATCHDOG_USEC= ends what host_notify_hand_over began. */
void host_notify_ready(const char *status, bool beats) {
    if (beats)
        (void)sd_notifyf(0, "READY=1\nSTATUS=%s\nWATCHDOG_USEC=%llu\nWATCHDOG=1", status,
                         (unsigned long long)watchdog_us());
    else
        (void)sd_notifyf(0, "READY=1\nSTATUS=%s", status);
}

/* FDPOLL=0: a socket that was shut down must still be kept, to be handed over. */
bool host_notify_keep(const char *name, int fd) {
    char message[sizeof "FDSTORE=1\nFDPOLL=0\nFDNAME=" + INHERITED_NAME_MAX];
    (void)snprintf(message, sizeof message, "FDSTORE=1\nFDPOLL=0\nFDNAME=%s", name);
    return sd_pid_notify_with_fds(0, 0, message, &fd, 1) > 0;
}

void host_notify_forget(const char *name) {
    (void)sd_notifyf(0, "FDSTOREREMOVE=1\nFDNAME=%s", name);
}

/* BARRIER=1 must be in a message of its own. The manager closes the end of the pipe in that message
 * once it has handled all messages before. WATCHDOG_USEC=0 has it expect no heartbeat until the
 * new process gives its first; a new process of another version may give none. */
int host_notify_hand_over(pid_t new_pid) {
    int ends[2];
    const char *calm = watchdog_us() > 0 ? "WATCHDOG_USEC=0\n" : "";
    if (sd_notifyf(0, "%sMAINPID=%d", calm, (int)new_pid) <= 0 || pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    const int sent = sd_pid_notify_with_fds(0, 0, "BARRIER=1", &ends[1], 1);
    (void)close(ends[1]);
    if (sent > 0)
        return ends[0];
    (void)close(ends[0]);
    return -1;
}

void host_notify_main(void) {
    (void)sd_notifyf(0, "MAINPID=%d", (int)getpid());
}
