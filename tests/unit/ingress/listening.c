/* SPDX-License-Identifier: MIT */
#include "listening.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "assertions.h"

struct ingress_listen_options place_options(const char *path) {
    return (struct ingress_listen_options){.path = path,
                                           .setting = "--socket",
                                           .name = "statgate",
                                           .mode = INGRESS_MODE,
                                           .group = INGRESS_GROUP_KEEP,
                                           .depth = INGRESS_QUEUE_WANTED,
                                           .deep_queue = true};
}

struct ingress_listener place_listen(const char *path) {
    const struct ingress_listen_options options = place_options(path);
    struct ingress_listener listener;
    struct error error;
    cr_assert(ingress_listen_open(&options, &listener, &error), "%s", error.text);
    return listener;
}

static int try_namespace(void) {
    if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
        return 1;
    return open("/proc/sys/net/unix/max_dgram_qlen", O_WRONLY | O_CLOEXEC) < 0;
}

bool namespaces_allowed(void) {
    int status = -1;
    const pid_t child = fork();
    if (child == 0)
        _exit(try_namespace());
    return waitpid(child, &status, 0) == child && status == 0;
}

struct ingress_listener place_listen_deep(const char *path, uint32_t depth) {
    struct ingress_listener listener = place_listen(path);
    if (listener.queue_depth < depth) {
        cr_assert(not(namespaces_allowed()), "%s", listener.queue_why);
        ingress_listen_close(&listener);
        cr_skip("no queue of %u here: %s", depth, listener.queue_why);
    }
    return listener;
}

int sender_open(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    cr_assert(fd >= 0);
    cr_assert(connect(fd, (const struct sockaddr *)&address, sizeof address) == 0, "%s: %s", path,
              strerror(errno));
    return fd;
}

void sender_put(int fd, const char *text) {
    const size_t len = strlen(text);
    cr_assert(send(fd, text, len, 0) == (ssize_t)len, "send: %s", strerror(errno));
}

size_t sender_fill(const char *path) {
    int senders[32];
    const size_t count = sizeof senders / sizeof senders[0];
    size_t sent = 0;
    for (size_t i = 0; i < count; i++) {
        senders[i] = sender_open(path);
        while (send(senders[i], "x", 1, 0) == 1)
            sent++;
    }
    for (size_t i = 0; i < count; i++)
        close(senders[i]);
    return sent;
}
