/* SPDX-License-Identifier: MIT */
/* sd_daemon.c - the part of libsystemd that is used, for builds without it: see sd_daemon.h. */
#include "host/sd_daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/unix_socket.h"

/* ---- sd_notify ---- */

/* Read $NOTIFY_SOCKET: a path, or @ and an abstract name. 0: not set. */
static int read_address(struct sockaddr_un *ret_address, socklen_t *ret_len) {
    const char *path = getenv("NOTIFY_SOCKET");
    if (path == NULL)
        return 0;
    const size_t len = strlen(path);
    if ((path[0] != '/' && path[0] != '@') || len < 2)
        return -EAFNOSUPPORT;
    if (len >= sizeof ret_address->sun_path)
        return -E2BIG;
    *ret_address = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(ret_address->sun_path, path, len);
    if (path[0] == '@')
        ret_address->sun_path[0] = '\0';
    *ret_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    return 1;
}

int sd_pid_notify_with_fds(pid_t pid, int unset_environment, const char *state, const int *fds,
                           unsigned n_fds) {
    struct sockaddr_un address;
    socklen_t len;
    (void)pid;
    (void)unset_environment;
    int result = n_fds > WIRE_FDS_MAX ? -EINVAL : read_address(&address, &len);
    if (result <= 0)
        return result;
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (connect(fd, (struct sockaddr *)&address, len) != 0 ||
        !host_wire_send_fds(fd, state, strlen(state), fds, n_fds))
        result = -errno;
    (void)close(fd);
    return result;
}

int sd_notify(int unset_environment, const char *state) {
    return sd_pid_notify_with_fds(0, unset_environment, state, NULL, 0);
}

int sd_notifyf(int unset_environment, const char *format, ...) {
    char *state = NULL;
    va_list arguments;
    va_start(arguments, format);
    const int len = vasprintf(&state, format, arguments);
    va_end(arguments);
    if (len < 0)
        return -ENOMEM;
    const int result = sd_notify(unset_environment, state);
    free(state);
    return result;
}

/* ---- sd_listen_fds ---- */

/* A variable as a number that is not negative; -1: not set, -EINVAL: not a number. */
static long long read_number(const char *variable) {
    const char *text = getenv(variable);
    char *end;
    if (text == NULL)
        return -1;
    errno = 0;
    const long long number = strtoll(text, &end, 10);
    return errno != 0 || end == text || *end != '\0' || number < 0 ? -EINVAL : number;
}

/* Take `count` names from $LISTEN_FDNAMES, between colons; without it each is "unknown". */
static int read_names(size_t count, char ***ret_names) {
    const char *rest = getenv("LISTEN_FDNAMES");
    size_t listed = 1;
    for (const char *at = rest; at != NULL && (at = strchr(at, ':')) != NULL; at++)
        listed++;
    if (rest != NULL && listed != count)
        return -EINVAL;
    char **names = calloc(count + 1, sizeof *names);
    *ret_names = names;
    for (size_t i = 0; names != NULL && i < count; i++) {
        const size_t len = rest != NULL ? strcspn(rest, ":") : 0;
        names[i] = rest != NULL ? strndup(rest, len) : strdup("unknown");
        if (names[i] == NULL)
            return -ENOMEM; /* which ends the process */
        rest = rest != NULL ? rest + len + 1 : NULL;
    }
    return names != NULL ? (int)count : -ENOMEM;
}

/* Find the descriptors that are for this process, open and not for its children. */
static int find_fds(void) {
    enum { FDS_MAX = 1 << 20 };
    const long long pid = read_number("LISTEN_PID");
    const long long count = read_number("LISTEN_FDS");
    if (pid == -EINVAL || count == -EINVAL || count > FDS_MAX)
        return -EINVAL;
    if (pid != (long long)getpid() || count < 0)
        return 0;
    if (count == 0)
        return -EINVAL;
    for (int i = 0; i < (int)count; i++)
        if (fcntl(SD_LISTEN_FDS_START + i, F_SETFD, FD_CLOEXEC) != 0)
            return -errno;
    return (int)count;
}

int sd_listen_fds_with_names(int unset_environment, char ***ret_names) {
    (void)unset_environment;
    const int count = find_fds();
    const int result = count > 0 ? read_names((size_t)count, ret_names) : count;
    (void)unsetenv("LISTEN_PID");
    (void)unsetenv("LISTEN_FDS");
    (void)unsetenv("LISTEN_FDNAMES");
    return result;
}

/* ---- sd_is_socket, sd_watchdog_enabled ---- */

static int read_option(int fd, int option, int *ret_value) {
    socklen_t len = sizeof *ret_value;
    return getsockopt(fd, SOL_SOCKET, option, ret_value, &len) == 0 ? 0 : -errno;
}

int sd_is_socket_unix(int fd, int type, int listening, const char *path, size_t length) {
    struct sockaddr_un address = {0};
    socklen_t len = sizeof address;
    int is_type = 0;
    int accepts = 0;
    if (read_option(fd, SO_TYPE, &is_type) == -ENOTSOCK)
        return 0;
    if (getsockname(fd, (struct sockaddr *)&address, &len) != 0 ||
        read_option(fd, SO_ACCEPTCONN, &accepts) != 0)
        return -errno;
    if (address.sun_family != AF_UNIX || (type != 0 && type != is_type) ||
        (listening >= 0 && (listening != 0) != (accepts != 0)))
        return 0;
    if (path == NULL)
        return 1;
    length = length != 0 ? length : strlen(path);
    return len > offsetof(struct sockaddr_un, sun_path) + length &&
           memcmp(address.sun_path, path, length + 1) == 0;
}

int sd_watchdog_enabled(int unset_environment, uint64_t *ret_usec) {
    const long long usec = read_number("WATCHDOG_USEC");
    const long long pid = read_number("WATCHDOG_PID");
    (void)unset_environment;
    if (usec == -EINVAL || pid == -EINVAL || usec == 0)
        return -EINVAL;
    if (usec < 0 || (pid >= 0 && pid != (long long)getpid()))
        return 0;
    *ret_usec = (uint64_t)usec;
    return 1;
}
