/*
 * thread.h - threads beside the loop. All signals are blocked in them: each is for the thread of the loop, which may have
 * blocked one that must not end the process, and a thread without the block would take it.
 */
#ifndef STATGATE_HOST_THREAD_H
#define STATGATE_HOST_THREAD_H

#include <pthread.h>
#include <stddef.h>

/** Start a thread that is joined. 0 or -errno. */
int thread_start(pthread_t *ret_thread, void *(*run)(void *), void *arg);

/** Start one that nobody joins, with a stack of `stack_bytes`, or of the system's size if that is 0. 0 or -errno. */
int thread_start_detached(size_t stack_bytes, void *(*run)(void *), void *arg);

#endif
