#include "ingress/queue.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/clock.h"

static const char depth_path[] = "/proc/sys/net/unix/max_dgram_qlen";

enum { DEPTH_TEXT_BYTES = 16 };

enum step { STEP_NAMESPACE, STEP_OPEN, STEP_WRITE, STEP_SOCKET, STEP_DONE };

/* The child's report; the socket comes with it if step is STEP_DONE. */
struct depth_report {
    int step;
    int error;
    char depth[DEPTH_TEXT_BYTES]; /* in the form that the kernel uses */
};

union control_bytes {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int))];
};

const char *queue_source_text(enum queue_source source) {
    switch (source) {
    case QUEUE_OWN:
        return "own";
    case QUEUE_HOST:
        return "host sysctl";
    case QUEUE_INHERITED:
        return "inherited";
    case QUEUE_KEPT:
        return "kept";
    }
    return "unknown";
}

static void read_text(int fd, char *ret_text) {
    const ssize_t len = pread(fd, ret_text, DEPTH_TEXT_BYTES - 1, 0);
    ret_text[len > 0 ? len : 0] = '\0';
}

static uint32_t depth_of(const char *text) {
    const unsigned long depth = strtoul(text, NULL, 10);
    return depth > UINT32_MAX ? UINT32_MAX : (uint32_t)depth;
}

uint32_t queue_host_depth(void) {
    const int fd = open(depth_path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    char text[DEPTH_TEXT_BYTES];
    read_text(fd, text);
    close(fd);
    return depth_of(text);
}

/* ---- the child ---- */

static void send_report(int channel, struct depth_report report, int fd) {
    struct iovec part = {.iov_base = &report, .iov_len = sizeof report};
    union control_bytes control = {0};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

    if (fd >= 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof control.bytes;
        struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(rights), &fd, sizeof fd);
    }
    (void)sendmsg(channel, &message, MSG_NOSIGNAL);
}

/* Runs in the child, and uses only system calls, since any thread of the parent may have held any
 * lock of the C library. The end of the child closes its descriptors. */
static void make_socket(int channel, const char *depth) {
    struct depth_report report = {.step = STEP_NAMESPACE};
    int sock = -1;
    const size_t len = strlen(depth);

    if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
        goto report;
    report.step = STEP_OPEN;
    const int setting = open(depth_path, O_RDWR | O_CLOEXEC);
    if (setting < 0)
        goto report;
    report.step = STEP_WRITE;
    if (pwrite(setting, depth, len, 0) != (ssize_t)len)
        goto report;
    read_text(setting, report.depth);
    report.step = STEP_SOCKET;
    sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (sock >= 0)
        report.step = STEP_DONE;
report:
    report.error = errno;
    send_report(channel, report, sock);
}

/* ---- the parent ---- */

static int64_t now_ms(void) {
    return clock_mono_ns() / 1000000;
}

/* Wait until the channel is readable. Returns false after the timeout. */
static bool wait_readable(int channel, int timeout_ms) {
    const int64_t end_ms = now_ms() + timeout_ms;
    for (;;) {
        const int64_t left_ms = end_ms - now_ms();
        struct pollfd look = {.fd = channel, .events = POLLIN};
        const int ready = poll(&look, 1, left_ms > 0 ? (int)left_ms : 0);
        if (ready != -1 || errno != EINTR)
            return ready == 1;
    }
}

/* Receive the report and the socket (or -1). Returns false if none came. */
static bool take_report(int channel, struct depth_report *ret_report, int *ret_fd) {
    struct iovec part = {.iov_base = ret_report, .iov_len = sizeof *ret_report};
    union control_bytes control;
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};

    *ret_fd = -1;
    if (recvmsg(channel, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != sizeof *ret_report)
        return false;
    const struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    if (rights != NULL && rights->cmsg_level == SOL_SOCKET && rights->cmsg_type == SCM_RIGHTS &&
        rights->cmsg_len == CMSG_LEN(sizeof *ret_fd))
        memcpy(ret_fd, CMSG_DATA(rights), sizeof *ret_fd);
    return true;
}

static void say_why(char *ret_why, struct depth_report report) {
    static const char *const what[] = {
        [STEP_NAMESPACE] = "no network namespace of its own",
        [STEP_OPEN] = "its namespace's net.unix.max_dgram_qlen cannot be opened",
        [STEP_WRITE] = "its namespace's net.unix.max_dgram_qlen cannot be written",
        [STEP_SOCKET] = "no socket in a namespace of its own",
        [STEP_DONE] = "the socket made in a namespace of its own did not arrive",
    };
    const int step = report.step >= 0 && report.step <= STEP_DONE ? report.step : STEP_DONE;
    if (step == STEP_DONE)
        (void)snprintf(ret_why, QUEUE_WHY_MAX, "%s", what[step]);
    else
        (void)snprintf(ret_why, QUEUE_WHY_MAX, "%s: %s", what[step], strerror(report.error));
}

/* Fork a child with every signal blocked, so that none of the parent's handlers runs in it. */
static pid_t fork_quiet(void) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    const pid_t child = fork();
    const int error = errno;
    if (child != 0)
        sigprocmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return child;
}

/* Start the process that makes the socket; *ret_channel is our end of the channel for its report.
 * Returns -1 with the reason on failure. */
static pid_t start_maker(uint32_t depth, int *ret_channel, char *ret_why) {
    int channel[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) != 0) {
        (void)snprintf(ret_why, QUEUE_WHY_MAX, "no socket pair: %s", strerror(errno));
        return -1;
    }
    char text[DEPTH_TEXT_BYTES];
    (void)snprintf(text, sizeof text, "%u\n", depth);
    const pid_t child = fork_quiet();
    if (child == 0) {
        close(channel[0]);
        make_socket(channel[1], text);
        _exit(0);
    }
    if (child < 0) {
        (void)snprintf(ret_why, QUEUE_WHY_MAX, "no child process: %s", strerror(errno));
        close(channel[0]);
    } else {
        *ret_channel = channel[0];
    }
    close(channel[1]);
    return child;
}

static void end_maker(pid_t child, int channel) {
    close(channel);
    kill(child, SIGKILL);
    while (waitpid(child, NULL, 0) == -1 && errno == EINTR)
        continue;
}

/* Wait for the socket. Returns -1 with the reason on failure. */
static int await_socket(int channel, uint32_t depth, int timeout_ms, char *ret_why) {
    struct depth_report report = {0};
    int sock = -1;
    if (!wait_readable(channel, timeout_ms)) {
        (void)snprintf(ret_why, QUEUE_WHY_MAX, "no network namespace within %d ms", timeout_ms);
    } else if (!take_report(channel, &report, &sock)) {
        (void)snprintf(ret_why, QUEUE_WHY_MAX, "the process that makes the socket ended early");
    } else if (sock < 0) {
        say_why(ret_why, report);
    } else if (depth_of(report.depth) < depth) {
        (void)snprintf(ret_why, QUEUE_WHY_MAX, "the kernel set the depth to %u",
                       depth_of(report.depth));
        close(sock);
        sock = -1;
    }
    return sock;
}

int queue_deep_socket(uint32_t depth, int timeout_ms, char *ret_why) {
    int channel = -1;
    const pid_t child = start_maker(depth, &channel, ret_why);
    if (child < 0)
        return -1;
    const int sock = await_socket(channel, depth, timeout_ms, ret_why);
    end_maker(child, channel);
    return sock;
}
