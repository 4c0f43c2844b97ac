/* SPDX-License-Identifier: MIT */
#include "child.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "assertions.h"

pid_t sleeping_child(void) {
    const pid_t child = fork();
    cr_assert(child >= 0);
    if (child == 0) {
        alarm(300); /* ends it if the test cannot */
        pause();
        _exit(0);
    }
    return child;
}

void reap(pid_t child) {
    cr_assert(eq(int, waitpid(child, NULL, 0), child));
}

void end_child(pid_t child) {
    kill(child, SIGKILL);
    reap(child);
}

void end_child_unreaped(pid_t child) {
    siginfo_t ended;
    kill(child, SIGKILL);
    cr_assert(eq(int, waitid(P_PID, (id_t)child, &ended, WEXITED | WNOWAIT), 0));
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
