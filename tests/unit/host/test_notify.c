/* SPDX-License-Identifier: MIT */
/* What a service manager is told. Each test runs in a child, which may change its environment. */
#include "host/service_manager.h"

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
    CLAIM(1, host_notify_keep("statgate-object-3", file));
    const int fd = next(manager, text, sizeof text);
    CLAIM(2, strcmp(text, "FDSTORE=1\nFDPOLL=0\nFDNAME=statgate-object-3") == 0);
    CLAIM(3, fstat(file, &mine) == 0 && fstat(fd, &passed) == 0 && mine.st_ino == passed.st_ino);
    host_notify_forget("statgate-object-2");
    CLAIM(4, next(manager, text, sizeof text) == -1);
    CLAIM(5, strcmp(text, "FDSTOREREMOVE=1\nFDNAME=statgate-object-2") == 0);
    return 0;
}

Test(notify, keeps_and_forgets_by_name) {
    cr_expect(eq(int, in_child(keeps_and_forgets, NULL), 0));
}

static int beats(void *arg) {
    (void)arg;
    char pid[16];
    (void)unsetenv("WATCHDOG_USEC");
    CLAIM(1, host_notify_beat_ms(0) == 0);
    (void)setenv("WATCHDOG_USEC", "10000000", 1);
    CLAIM(2, host_notify_beat_ms(0) == 1000);
    (void)snprintf(pid, sizeof pid, "%d", (int)getpid());
    (void)setenv("WATCHDOG_PID", pid, 1);
    (void)setenv("WATCHDOG_USEC", "500000", 1);
    CLAIM(3, host_notify_beat_ms(0) == 251);
    CLAIM(4, getenv("WATCHDOG_PID") == NULL && getenv("WATCHDOG_USEC") != NULL);
    (void)setenv("WATCHDOG_PID", "77", 1); /* a successor has the variables of the daemon before */
    CLAIM(5, host_notify_beat_ms(77) > 0 && getenv("WATCHDOG_PID") == NULL);
    (void)setenv("WATCHDOG_PID", "77", 1);
    CLAIM(6, host_notify_beat_ms(78) == 0);
    CLAIM(7, getenv("WATCHDOG_USEC") == NULL);
    return 0;
}

Test(notify, beats_as_often_as_the_manager_of_this_process_asks) {
    cr_expect(eq(int, in_child(beats, NULL), 0));
}

static int tells_life(void *arg) {
    (void)arg;
    char text[200];
    const int manager = handed_bound(SOCK_DGRAM, place_path("notify"));
    (void)setenv("NOTIFY_SOCKET", place_path("notify"), 1);
    (void)unsetenv("WATCHDOG_USEC");
    host_notify_ready("Receiving", false);
    (void)next(manager, text, sizeof text);
    CLAIM(1, strcmp(text, "READY=1\nSTATUS=Receiving") == 0);
    const int plain = host_notify_hand_over(5);
    (void)next(manager, text, sizeof text);
    CLAIM(2, strcmp(text, "MAINPID=5") == 0);
    (void)close(next(manager, text, sizeof text));
    (void)close(plain);
    (void)setenv("WATCHDOG_USEC", "10000000", 1);
    host_notify_ready("Receiving", true);
    (void)next(manager, text, sizeof text);
    CLAIM(3, strcmp(text, "READY=1\nSTATUS=Receiving\nWATCHDOG_USEC=10000000\nWATCHDOG=1") == 0);
    host_notify_beat();
    (void)next(manager, text, sizeof text);
    CLAIM(4, strcmp(text, "WATCHDOG=1") == 0);
    (void)close(host_notify_hand_over(5));
    (void)next(manager, text, sizeof text);
    CLAIM(5, strcmp(text, "WATCHDOG_USEC=0\nMAINPID=5") == 0);
    return 0;
}

Test(notify, ends_the_watch_until_the_successor_begins_it_again) {
    cr_expect(eq(int, in_child(tells_life, NULL), 0));
}

static int nobody(void *arg) {
    (void)arg;
    (void)unsetenv("NOTIFY_SOCKET");
    (void)setenv("FDSTORE", "8", 1);
    CLAIM(1, host_notify_can_keep() == NOTIFY_NOBODY);
    CLAIM(2, !host_notify_keep("statgate-object-3", 0));
    (void)setenv("NOTIFY_SOCKET", "/nowhere", 1);
    CLAIM(3, host_notify_can_keep() == NOTIFY_KEEPS);
    CLAIM(4, !host_notify_keep("statgate-object-3", 0));
    (void)setenv("FDSTORE", "0", 1);
    CLAIM(5, host_notify_can_keep() == NOTIFY_NONE);
    (void)unsetenv("FDSTORE");
    (void)unsetenv("MEMORY_PRESSURE_WATCH");
    CLAIM(6, host_notify_can_keep() == NOTIFY_UNKNOWN);
    (void)setenv("MEMORY_PRESSURE_WATCH", "/dev/null", 1);
    CLAIM(7, host_notify_can_keep() == NOTIFY_NONE);
    return 0;
}

Test(notify, says_whether_somebody_keeps) {
    cr_expect(eq(int, in_child(nobody, NULL), 0));
}
