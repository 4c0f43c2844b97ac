/*
 * life.h - the process that is kept at the moment: one life of the daemon.
 */
#ifndef STATGATE_KEEPER_LIFE_H
#define STATGATE_KEEPER_LIFE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct kept_life {
    pid_t pid;    /**< 0: there is none */
    pid_t former; /**< handed over to `pid` and is not buried yet; 0: none */
    int fd;       /**< of pidfd_open(2): readable when `pid` has ended; -1: not to be had */
    bool ready;
    bool stopping;    /**< it said that it stops */
    int64_t ready_ms; /**< since when, on the monotonic clock */
};

/** A daemon begins: a child of ours with this number, which nobody has waited for. */
void life_begin(struct kept_life *life, pid_t pid);
/** Another process, a descendant of ours, is the daemon from here on. False: it is none. */
bool life_hand_over(struct kept_life *life, pid_t pid);
/** READY=1. Only the first counts. */
void life_become_ready(struct kept_life *life, int64_t now_ms);
/** How long it has been ready; -1: never. */
int64_t life_ready_ms(const struct kept_life *life, int64_t now_ms);
/** Signal the process, if there is one. */
void life_signal(const struct kept_life *life, int number);
/** It has ended, and is buried if it was our child. A former process that is still there is killed:
 * there may be one daemon. */
void life_end(struct kept_life *life);

#endif
