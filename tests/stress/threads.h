/* SPDX-License-Identifier: MIT */
/*
 * threads.h - the clients of the stress test: eight threads, and the handles and metrics they use.
 */
#ifndef TESTS_STRESS_THREADS_H
#define TESTS_STRESS_THREADS_H

#include <stdbool.h>

/** Opens all handles and metrics for the daemon at `path`. */
bool threads_open(const char *path);

/** Starts the threads. */
bool threads_start(void);

/** Does this thread's part for about `ms`: sends shared counters, starts and stops a flusher, and
 * opens and closes counters of a running flusher, as does another thread at the same time. */
bool threads_turn(unsigned ms);

void threads_end(void);

/** Delivers waiting samples, and closes all handles and metrics. */
bool threads_close(void);

/** In a child: uses all open handles and metrics, in threads whose first uses race. Returns the
 * exit code of the child. */
int threads_in_child(void);

#endif
