/* SPDX-License-Identifier: MIT */
/*
 * child.h - child processes of a test.
 */
#ifndef STATGATE_TESTS_CHILD_H
#define STATGATE_TESTS_CHILD_H

#include <sys/types.h>

/* Forks a process that sleeps until end_child(). */
pid_t sleeping_child(void);
void end_child(pid_t child);
/* Ends a child that stays a zombie until reap(). */
void end_child_unreaped(pid_t child);
void reap(pid_t child);

/* Runs a function in a forked child, and returns what the function returned (0 to 255). Fails the
 * test if a signal kills the child. A child may change descriptors, identity and environment
 * freely. */
int in_child(int (*run)(void *arg), void *arg);

/* For functions that in_child() runs: return this number if the claim is false. */
#define CLAIM(number, claim)                                                                       \
    do {                                                                                           \
        if (!(claim))                                                                              \
            return number;                                                                         \
    } while (0)

#endif
