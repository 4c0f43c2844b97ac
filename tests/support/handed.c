/* SPDX-License-Identifier: MIT */
#include "handed.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int handed_bound(int type, const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    const int fd = socket(AF_UNIX, type, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) != 0)
        _exit(200);
    return fd;
}

void handed_lay_out(const int *fds, int count, const char *names, pid_t pid) {
    char text[16];
    int high[8];
    for (int i = 0; i < count; i++)
        high[i] = fcntl(fds[i], F_DUPFD, 100 + i);
    for (int i = 0; i < count; i++)
        (void)dup2(high[i], HANDED_FIRST + i);
    (void)close_range((unsigned)(HANDED_FIRST + count), ~0U, 0);
    (void)snprintf(text, sizeof text, "%d", count);
    (void)setenv("LISTEN_FDS", text, 1);
    (void)snprintf(text, sizeof text, "%d", (int)pid);
    (void)setenv("LISTEN_PID", text, 1);
    if (names)
        (void)setenv("LISTEN_FDNAMES", names, 1);
    else
        (void)unsetenv("LISTEN_FDNAMES");
}

bool handed_is_open(int fd) {
    return fcntl(fd, F_GETFD) >= 0;
}
