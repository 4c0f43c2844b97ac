/* SPDX-License-Identifier: MIT */
/*
 * handed.h - passes sockets to the process as a service manager does. Use it in a child (child.h),
 * since it changes the descriptors and the environment of the process.
 */
#ifndef STATGATE_TESTS_HANDED_H
#define STATGATE_TESTS_HANDED_H

#include <stdbool.h>
#include <sys/types.h>

enum { HANDED_FIRST = 3 }; /* SD_LISTEN_FDS_START */

/* Returns a socket bound to the path, or ends the process with exit code 200. */
int handed_bound(int type, const char *path);
/* Moves `fds` to the descriptors from HANDED_FIRST on, closes all others except the standard ones,
 * and sets the LISTEN_* variables for process `pid`. */
void handed_lay_out(const int *fds, int count, const char *names, pid_t pid);
bool handed_is_open(int fd);

#endif
