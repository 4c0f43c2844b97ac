/* What a service manager is told. Each test runs in a child, which may change its environment. */
#include "host/notify.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "assertions.h"
#include "child.h"
#include "handed.h"
#include "place.h"

TestSuite(notify, .init = place_make, .fini = place_remove, .timeout = 300);

/* The next message and its descriptor, or -1. */
static int next(int manager, char *ret_text, size_t size) {
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec part = {.iov_base = ret_text, .iov_len = size - 1};
    struct msghdr header = {.msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = control.bytes,
                            .msg_controllen = sizeof control.bytes};
    const ssize_t len = recvmsg(manager, &header, MSG_DONTWAIT);
    ret_text[len > 0 ? len : 0] = '\0';
    const struct cmsghdr *item = len > 0 ? CMSG_FIRSTHDR(&header) : NULL;
    int fd = -1;
    if (item != NULL && item->cmsg_type == SCM_RIGHTS)
        memcpy(&fd, CMSG_DATA(item), sizeof fd);
    return fd;
}

static int keeps_and_forgets(void *arg) {
    (void)arg;
    char text[200];
    struct stat mine;
    struct stat passed;
    const int manager = handed_bound(SOCK_DGRAM, place_path("notify"));
    const int file = open("/dev/zero", O_RDONLY);
    (void)setenv("NOTIFY_SOCKET", place_path("notify"), 1);
    CLAIM(1, notify_keep("statgate-object-3", file));
    const int fd = next(manager, text, sizeof text);
    CLAIM(2, strcmp(text, "FDSTORE=1\nFDPOLL=0\nFDNAME=statgate-object-3") == 0);
    CLAIM(3, fstat(file, &mine) == 0 && fstat(fd, &passed) == 0 && mine.st_ino == passed.st_ino);
    notify_forget("statgate-object-2");
    CLAIM(4, next(manager, text, sizeof text) == -1);
    CLAIM(5, strcmp(text, "FDSTOREREMOVE=1\nFDNAME=statgate-object-2") == 0);
    return 0;
}

Test(notify, keeps_and_forgets_by_name) {
    cr_expect(eq(int, in_child(keeps_and_forgets, NULL), 0));
}

static int nobody(void *arg) {
    (void)arg;
    (void)unsetenv("NOTIFY_SOCKET");
    (void)setenv("FDSTORE", "8", 1);
    CLAIM(1, notify_can_keep() == NOTIFY_NOBODY);
    CLAIM(2, !notify_keep("statgate-object-3", 0));
    (void)setenv("NOTIFY_SOCKET", "/nowhere", 1);
    CLAIM(3, notify_can_keep() == NOTIFY_KEEPS);
    CLAIM(4, !notify_keep("statgate-object-3", 0));
    (void)setenv("FDSTORE", "0", 1);
    CLAIM(5, notify_can_keep() == NOTIFY_NONE);
    (void)unsetenv("FDSTORE");
    (void)unsetenv("MEMORY_PRESSURE_WATCH");
    CLAIM(6, notify_can_keep() == NOTIFY_UNKNOWN);
    (void)setenv("MEMORY_PRESSURE_WATCH", "/dev/null", 1);
    CLAIM(7, notify_can_keep() == NOTIFY_NONE);
    return 0;
}

Test(notify, says_whether_somebody_keeps) {
    cr_expect(eq(int, in_child(nobody, NULL), 0));
}
