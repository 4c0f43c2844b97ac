/*
 * launch.h - starts the daemon as a service manager does: descriptors from 3 on, and variables that
 * name them and give the address for messages (sd_listen_fds(3), sd_notify(3)).
 */
#ifndef STATGATE_SUPERVISOR_LAUNCH_H
#define STATGATE_SUPERVISOR_LAUNCH_H

#include <signal.h>
#include <stddef.h>
#include <sys/types.h>

/** A descriptor to pass on; the caller keeps it. */
struct launch_fd {
    int fd;
    const char *name;
};

struct launch {
    const char *program;
    int program_fd; /**< an open file to execute instead, which may have no name any more; -1: none
                     */
    char *const *arguments;
    const char *notify_name;
    const struct launch_fd *fds;
    size_t fd_count;
    const sigset_t *signals; /**< signals blocked in the new process */
};

/** Returns 0, or a negative errno if there is no process, or it could not execute the program. */
int launch(const struct launch *launch, pid_t *ret_pid);

#endif
