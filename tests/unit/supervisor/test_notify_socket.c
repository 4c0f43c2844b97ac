/* SPDX-License-Identifier: MIT */
/* Messages as they come, with who sent them and what came along. */
#include "supervisor/supervisor.h"

#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "assertions.h"
#include "child.h"

static struct notify_socket notify;
static int out;
static struct notify_message message;

static void setup(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    cr_assert(eq(int, notify_server_open(&notify), 0));
    cr_assert(eq(chr, notify.name[0], '@'));
    const size_t len = strlen(notify.name);
    memcpy(address.sun_path + 1, notify.name + 1, len - 1);
    out = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    cr_assert(eq(int,
                 connect(out, (struct sockaddr *)&address,
                         (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
                 0));
}

static void teardown(void) {
    close(notify.fd);
    close(out);
}

TestSuite(notify_socket, .init = setup, .fini = teardown, .timeout = 300);

static void send_fds(const char *text, size_t len, const int *fds, size_t count) {
    char control[CMSG_SPACE(sizeof(int) * NOTIFY_FDS_MAX)] = {0};
    struct iovec part = {(void *)(uintptr_t)text, len};
    struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
    if (count > 0) {
        header.msg_control = control;
        header.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        struct cmsghdr *head = CMSG_FIRSTHDR(&header);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(sizeof(int) * count);
        memcpy(CMSG_DATA(head), fds, sizeof(int) * count);
    }
    cr_assert(eq(sz, (size_t)sendmsg(out, &header, 0), len));
}

Test(notify_socket, says_who_sent_what) {
    cr_expect(not(notify_server_receive(&notify, &message)));
    send_fds("READY=1", 7, NULL, 0);
    cr_assert(notify_server_receive(&notify, &message));
    cr_expect(eq(sz, message.len, 7));
    cr_expect(eq(int, message.pid, (int)getpid()));
    cr_expect(eq(sz, message.fd_count, 0));
    cr_expect(not(message.lost_fds));
    cr_expect(not(notify_server_receive(&notify, &message)));
}

static int send_as_child(void *arg) {
    (void)arg;
    send_fds("X=1", 3, NULL, 0);
    return 0;
}

Test(notify_socket, knows_a_process_that_is_gone) {
    cr_assert(eq(int, in_child(send_as_child, NULL), 0));
    cr_assert(notify_server_receive(&notify, &message));
    cr_expect(ne(int, message.pid, (int)getpid()));
    cr_expect(ne(int, message.pid, 0));
}

Test(notify_socket, takes_as_many_descriptors_as_the_kernel_does) {
    int fds[NOTIFY_FDS_MAX];
    for (size_t i = 0; i < NOTIFY_FDS_MAX; i++)
        fds[i] = out;
    send_fds("FDSTORE=1", 9, fds, NOTIFY_FDS_MAX);
    cr_assert(notify_server_receive(&notify, &message));
    cr_assert(eq(sz, message.fd_count, NOTIFY_FDS_MAX));
    cr_expect(not(message.lost_fds));
    cr_expect(eq(int, message.pid, (int)getpid()));
    for (size_t i = 0; i < message.fd_count; i++) {
        cr_expect(eq(int, fcntl(message.fds[i], F_GETFD), FD_CLOEXEC));
        close(message.fds[i]);
    }
}

Test(notify_socket, says_when_descriptors_are_lost) {
    const int fds[] = {out, out, out, out};
    send_fds("FDSTORE=1", 9, fds, 4);
    struct rlimit before;
    cr_assert(eq(int, getrlimit(RLIMIT_NOFILE, &before), 0));
    const int next = dup(out);
    close(next);
    const struct rlimit few = {(rlim_t)next + 1, before.rlim_max};
    cr_assert(eq(int, setrlimit(RLIMIT_NOFILE, &few), 0));
    cr_assert(notify_server_receive(&notify, &message));
    cr_assert(eq(int, setrlimit(RLIMIT_NOFILE, &before), 0));
    cr_expect(message.lost_fds);
    cr_expect(le(sz, message.fd_count, 1));
    for (size_t i = 0; i < message.fd_count; i++)
        close(message.fds[i]);
}

Test(notify_socket, shows_that_a_message_is_too_long) {
    static char text[2 * NOTICE_BYTES_MAX];
    struct notice notice;
    memset(text, 'a', sizeof text);
    send_fds(text, sizeof text, NULL, 0);
    cr_assert(notify_server_receive(&notify, &message));
    cr_expect(not(notify_server_notice_read(message.text, message.len, &notice)));
}
