/* SPDX-License-Identifier: MIT */
/* The program of this process, and how it is started. */
#include "host/program.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "assertions.h"

Test(program, this_one_has_a_path) {
    char path[PATH_MAX];
    struct stat named;
    struct stat running;
    cr_assert(program_path("ignored", path, sizeof path));
    cr_expect(eq(chr, path[0], '/'));
    cr_assert(stat(path, &named) == 0 && stat("/proc/self/exe", &running) == 0);
    cr_expect(eq(u64, named.st_ino, running.st_ino));
    cr_expect(not(program_path("ignored", path, 4)));
}

Test(program, the_same_file_has_the_same_stamp) {
    char one[PROGRAM_STAMP_MAX];
    char other[PROGRAM_STAMP_MAX];
    program_stamp(one);
    program_stamp(other);
    cr_expect(ne(str, one, ""));
    cr_expect(eq(str, one, other));
}

/* Starts a shell with one end of a pair, and returns what it says there. */
static int run_shell(const char *script, char *ret_said, size_t size) {
    int ends[2];
    int status = -1;
    pid_t pid = 0;
    char *const arguments[] = {"sh", "-c", (char *)script, NULL};
    cr_assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    const struct program program = {
        .path = "/bin/sh", .arguments = arguments, .variable = "TEST_PASSED=3", .fd = ends[1]};
    cr_assert(eq(int, program_start(&program, &pid), 0));
    close(ends[1]);
    const ssize_t len = recv(ends[0], ret_said, size - 1, MSG_WAITALL);
    ret_said[len > 0 ? len : 0] = '\0';
    close(ends[0]);
    cr_assert(eq(int, (int)waitpid(pid, &status, 0), (int)pid));
    return status;
}

Test(program, starts_with_one_descriptor_and_a_variable) {
    char said[100];
    cr_assert(eq(int, dup2(STDERR_FILENO, 50), 50)); /* and not close-on-exec */
    const int status =
        run_shell("echo $TEST_PASSED >&3; [ -e /proc/self/fd/50 ] || exit 7", said, sizeof said);
    close(50);
    cr_expect(eq(int, WEXITSTATUS(status), 7));
    cr_expect(eq(str, said, "3\n"));
}

Test(program, one_that_is_not_there) {
    pid_t pid = 0;
    char *const arguments[] = {"nothing", NULL};
    const struct program program = {
        .path = "/nowhere/nothing", .arguments = arguments, .variable = "A=3", .fd = STDERR_FILENO};
    cr_expect(eq(int, program_start(&program, &pid), -ENOENT));
}
