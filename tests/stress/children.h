/* SPDX-License-Identifier: MIT */
/*
 * children.h - forks of the process that is stressed.
 */
#ifndef TESTS_STRESS_CHILDREN_H
#define TESTS_STRESS_CHILDREN_H

#include <stdbool.h>
#include <sys/types.h>

/** Forks a child that uses all open handles and metrics. Returns its process id, or -1. */
pid_t children_fork(void);

/** Waits for a child's end. True if it ended in order. */
bool children_bury(pid_t pid);

#endif
