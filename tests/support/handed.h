/*
 * handed.h - sockets passed to the process as the service manager passes them. Use it in a child (child.h): it
 * changes the descriptors and the environment of the process.
 */
#ifndef STATGATE_TESTS_HANDED_H
#define STATGATE_TESTS_HANDED_H

#include <stdbool.h>
#include <sys/types.h>

enum { HANDED_FIRST = 3 }; /* SD_LISTEN_FDS_START */

/* A socket bound to the path; ends the process with 200 if that does not work. */
int handed_bound(int type, const char *path);
/* Make `fds` the descriptors from HANDED_FIRST on, close all others but the standard ones, and set the
 * LISTEN_* variables for process `pid`. */
void handed_lay_out(const int *fds, int count, const char *names, pid_t pid);
bool handed_is_open(int fd);

#endif
