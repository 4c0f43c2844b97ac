/*
 * child.h - child processes of a test.
 */
#ifndef STATGATE_TESTS_CHILD_H
#define STATGATE_TESTS_CHILD_H

#include <sys/types.h>

/* A process that waits to be ended. */
pid_t sleeping_child(void);
void end_child(pid_t child);
/* The same, but it stays a zombie until reap(). */
void end_child_unreaped(pid_t child);
void reap(pid_t child);

/* Run in a forked child and return what the function returned (0 to 255); fails the test when the
 * child dies otherwise. A child may change descriptors, identity and environment freely. */
int in_child(int (*run)(void *arg), void *arg);

/* In such a function: return this number if the claim is false. */
#define CLAIM(number, claim)                                                                       \
    do {                                                                                           \
        if (!(claim))                                                                              \
            return number;                                                                         \
    } while (0)

#endif
