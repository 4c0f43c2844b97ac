#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "assertions.h"

char place_folder[64];

void place_make(void) {
    (void)snprintf(place_folder, sizeof place_folder, "/tmp/statgate-ingress-XXXXXX");
    cr_assert(mkdtemp(place_folder) != NULL, "mkdtemp: %s", strerror(errno));
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk) {
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

void place_remove(void) {
    (void)nftw(place_folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

const char *place_path(const char *name) {
    static char paths[4][INGRESS_PATH_MAX];
    static size_t next;
    char *path = paths[next++ % 4];
    (void)snprintf(path, INGRESS_PATH_MAX, "%s/%s", place_folder, name);
    return path;
}

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

int in_child(int (*run)(void *arg), void *arg) {
    int status = 0;
    const pid_t child = fork();
    cr_assert(child >= 0);
    if (child == 0)
        _exit(run(arg));
    cr_assert(waitpid(child, &status, 0) == child);
    const bool ended = WIFEXITED(status);
    cr_assert(ended, "the child died by signal %d", WTERMSIG(status));
    return WEXITSTATUS(status);
}
