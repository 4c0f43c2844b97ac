/* SPDX-License-Identifier: MIT */
/*
 * process.h - a process of the system: it sends in rounds, and reports to its parent. Private to
 * emitter/.
 */
#ifndef STATGATE_EMITTER_PROCESS_H
#define STATGATE_EMITTER_PROCESS_H

#include <signal.h>

#include "emitter.h"

/* A process's one report to its parent: when its rounds are sent or, without --rounds, at its
 * end. */
struct process_report {
    pid_t pid;
    unsigned long rounds;
    uint64_t lost; /* samples */
};

/** The signals that end an emitter. All its processes block them and wait for them. */
sigset_t process_end_signals(void);

/** Milliseconds of a clock that never goes back. */
uint64_t process_now_ms(void);

/** Run a process of the role until its end; its report goes to the descriptor. Returns its exit
 * code. */
int process_live(struct emitter_process *process, const struct emitter_role *role, int reports);

#endif
