/*
 * children.h - forks of the stress.
 */
#ifndef TESTS_STRESS_CHILDREN_H
#define TESTS_STRESS_CHILDREN_H

#include <stdbool.h>
#include <sys/types.h>

/** A child that uses all that is open. Returns its process, or -1. */
pid_t children_fork(void);

/** Waits for its end. True: in order. */
bool children_bury(pid_t pid);

#endif
