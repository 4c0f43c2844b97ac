/* SPDX-License-Identifier: MIT */
/* A program started with descriptors at their places. Each test runs in a child, whose descriptors
 * it arranges; the program is a shell that says what it sees. */
#include "supervisor/supervisor_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "assertions.h"
#include "child.h"

TestSuite(launch, .timeout = 300);

enum { FDS = 4 };

static sigset_t none;

/* Runs the script, and returns its exit code, or -1. */
static int run(const char *script, const struct launch_fd *fds, size_t count) {
    char *arguments[] = {"sh", "-c", (char *)(uintptr_t)script, NULL};
    const struct launch wanted = {.program = "/bin/sh",
                                  .arguments = arguments,
                                  .notify_name = "@here",
                                  .fds = fds,
                                  .fd_count = count,
                                  .signals = &none};
    pid_t pid;
    int status;
    if (child_launch(&wanted, &pid) != 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
        return -1;
    return WEXITSTATUS(status);
}

/* A file of that one message at this number. */
static void place(int number, char message) {
    const int fd = memfd_create("test", MFD_CLOEXEC);
    if (write(fd, &message, 1) != 1 || (fd != number && dup3(fd, number, O_CLOEXEC) != number))
        _exit(200);
    if (fd != number)
        close(fd);
}

/* The letters in their order, whatever numbers they have here. */
static int in_order(const int *numbers) {
    struct launch_fd fds[FDS];
    for (int i = 0; i < FDS; i++) {
        place(numbers[i], (char)('a' + i));
        fds[i] = (struct launch_fd){numbers[i], "n"};
    }
    return run(
        "test \"$(cat /proc/self/fd/3 /proc/self/fd/4 /proc/self/fd/5 /proc/self/fd/6)\" = abcd",
        fds, FDS);
}

static int permuted(void *arg) {
    return in_order(arg);
}

Test(launch, puts_each_descriptor_in_its_place) {
    static const int orders[][FDS] = {{3, 4, 5, 6},     {6, 5, 4, 3},  {4, 5, 6, 3},
                                      {6, 3, 4, 5},     {4, 3, 6, 5},  {5, 40, 3, 41},
                                      {40, 41, 42, 43}, {40, 3, 41, 4}};
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
        cr_expect(eq(int, in_child(permuted, (void *)(uintptr_t)orders[i]), 0), "order %zu", i);
}

/* Descriptors that are open at the places but not passed are replaced or closed: the program has no
 * others. */
static int others(void *arg) {
    (void)arg;
    for (int number = 3; number < 60; number++)
        place(number, 'x');
    place(70, 'a');
    place(50, 'b');
    const struct launch_fd fds[] = {{70, "one"}, {50, "two"}};
    return run("test \"$(cat /proc/self/fd/3 /proc/self/fd/4)\" = ab && test ! -e /proc/$$/fd/5 && "
               "test ! -e /proc/$$/fd/70 && test ! -e /proc/$$/fd/50",
               fds, 2);
}

Test(launch, passes_nothing_else) {
    cr_expect(eq(int, in_child(others, NULL), 0));
}

static int variables(void *arg) {
    (void)arg;
    CLAIM(1, setenv("LISTEN_FDS", "9", 1) == 0 && setenv("NOTIFY_SOCKET", "/above", 1) == 0);
    CLAIM(2, setenv("WATCHDOG_USEC", "1", 1) == 0 && setenv("WATCHDOG_PID", "1", 1) == 0 &&
                 setenv("KEEP_THIS", "it", 1) == 0);
    place(9, 'a');
    place(10, 'b');
    const struct launch_fd fds[] = {{9, "one"}, {10, "two words"}};
    CLAIM(
        3,
        run("test \"$LISTEN_FDS $LISTEN_FDNAMES $NOTIFY_SOCKET $KEEP_THIS\" = '2 one:two "
            "words @here it' && "
            "test $LISTEN_PID = $$ && test $WATCHDOG_USEC = 10000000 && test -z \"$WATCHDOG_PID\"",
            fds, 2) == 0);
    CLAIM(4, run("test -z \"$LISTEN_FDS$LISTEN_PID$LISTEN_FDNAMES\"", NULL, 0) == 0);
    return 0;
}

Test(launch, says_what_it_passes) {
    cr_expect(eq(int, in_child(variables, NULL), 0));
}

/* A descriptor more than there are is enough. */
static int few(void *arg) {
    (void)arg;
    static struct launch_fd fds[40];
    for (int i = 0; i < 40; i++) {
        place(59 - i, (char)('a' + i % 26));
        fds[i] = (struct launch_fd){59 - i, "n"};
    }
    const struct rlimit limit = {62, 62};
    CLAIM(1, setrlimit(RLIMIT_NOFILE, &limit) == 0);
    CLAIM(2, run("test $(cat /proc/self/fd/3)$(cat /proc/self/fd/42) = an", fds, 40) == 0);
    return 0;
}

Test(launch, needs_few_descriptors_of_its_own) {
    cr_expect(eq(int, in_child(few, NULL), 0));
}

static int missing(void *arg) {
    (void)arg;
    char *arguments[] = {"none", NULL};
    const struct launch wanted = {.program = "/nonexistent/program",
                                  .arguments = arguments,
                                  .notify_name = "@here",
                                  .signals = &none};
    pid_t pid = -7;
    CLAIM(1, child_launch(&wanted, &pid) == -ENOENT);
    CLAIM(2, pid == -7);
    CLAIM(3, waitpid(-1, NULL, WNOHANG) == -1);
    return 0;
}

Test(launch, says_why_a_program_does_not_start) {
    cr_expect(eq(int, in_child(missing, NULL), 0));
}
