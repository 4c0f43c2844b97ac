/* SPDX-License-Identifier: MIT */
#include "children.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "threads.h"

enum { READY_TIMEOUT_S = 300 };

pid_t children_fork(void) {
    const pid_t pid = fork();
    if (pid == 0) {
        (void)alarm(READY_TIMEOUT_S);
        _exit(threads_in_child());
    }
    return pid;
}

bool children_bury(pid_t pid) {
    int status = -1;
    const bool good = pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
    if (!good)
        (void)fprintf(stderr, "a child ended with status %#x\n", (unsigned)status);
    return good;
}
