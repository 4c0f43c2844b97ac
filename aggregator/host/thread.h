/*
 * thread.h - threads beside the loop. They block all signals: every signal is meant for the loop's
 * thread. If that thread blocks a signal that must not end the process, a thread that did not block
 * it would receive it.
 */
#ifndef STATGATE_HOST_THREAD_H
#define STATGATE_HOST_THREAD_H

#include <pthread.h>
#include <stddef.h>

/** Start a thread that will be joined. Returns 0 or -errno. */
int thread_start(pthread_t *ret_thread, void *(*run)(void *), void *arg);

/** Start a thread that nobody joins, with a stack of `stack_bytes`, or of the default size if that
 * is 0. Returns 0 or -errno. */
int thread_start_detached(size_t stack_bytes, void *(*run)(void *), void *arg);

#endif
