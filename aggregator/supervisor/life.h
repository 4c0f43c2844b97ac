/*
 * life.h - the present process of the daemon.
 */
#ifndef STATGATE_SUPERVISOR_LIFE_H
#define STATGATE_SUPERVISOR_LIFE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "supervisor/watchdog.h"

struct kept_life {
    pid_t pid;     /**< 0: none */
    pid_t former;  /**< handed over to `pid`, and not waited for yet; 0: none */
    int fd;        /**< of pidfd_open(2): readable when `pid` has ended; -1: unavailable */
    int former_fd; /**< the same for `former` */
    bool ready;
    bool stopping;    /**< it announced that it stops */
    int64_t ready_ms; /**< when it became ready, on the monotonic clock */
    struct watchdog watchdog;
    int64_t kill_at_ms;     /**< when to kill it; 0: not due */
    uint32_t kill_after_ms; /**< the time that it had to end before that */
};

/** The state before the first daemon. */
#define KEPT_LIFE_NONE ((struct kept_life){.fd = -1, .former_fd = -1})

/** A daemon starts: a child of ours with this process id, which nobody has waited for. Until
 * it is ready, its start is watched. */
void life_begin(struct kept_life *life, pid_t pid, int64_t now_ms);
/** Another process, a descendant of ours, is the daemon from now on. Returns false if it is not a
 * descendant. */
bool life_hand_over(struct kept_life *life, pid_t pid);
/** READY=1 was received. Only the first one counts. */
void life_become_ready(struct kept_life *life, int64_t now_ms);
/** How long it has been ready; -1: never. */
int64_t life_ready_ms(const struct kept_life *life, int64_t now_ms);
/** The process that handed over has been waited for. */
void life_former_ended(struct kept_life *life);
/** Signal the process, if there is one: by its pidfd, so that no other process is hit that has the
 * same process id by now. By its process id if the kernel gives no pidfd (before 5.3, or
 * seccomp). */
void life_signal(const struct kept_life *life, int number);
/** Kill it after this time, unless it has ended by then. */
void life_kill_later(struct kept_life *life, int64_t now_ms, uint32_t after_ms);
/** The daemon has ended (and has been waited for, if it was our child). A former process that still
 * runs is killed: only one daemon may run. */
void life_end(struct kept_life *life);

#endif
