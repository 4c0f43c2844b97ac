/*
 * threads.h - the clients of the stress: eight threads and what they use.
 */
#ifndef TESTS_STRESS_THREADS_H
#define TESTS_STRESS_THREADS_H

#include <stdbool.h>

/** Open all handles and metrics for the daemon at `path`. */
bool threads_open(const char *path);

/** Let the threads go. */
bool threads_start(void);

/** For about `ms`, what this thread does meanwhile: it sends what is shared, starts and stops a flusher, and opens and closes
 * counters of one that runs, as does another thread beside it. */
bool threads_turn(unsigned ms);

void threads_end(void);

/** Deliver what waits, and close all. */
bool threads_close(void);

/** In a child: everything that is open is used, by threads whose first uses race. Returns its exit code. */
int threads_in_child(void);

#endif
