/*
 * handed.h - sockets handed over as the service manager does it. Use it in a child (child.h): it
 * changes the descriptors and the environment of the process.
 */
#ifndef STATGATE_TESTS_HANDED_H
#define STATGATE_TESTS_HANDED_H

#include <stdbool.h>
#include <sys/types.h>

enum { HANDED_FIRST = 3 }; /* SD_LISTEN_FDS_START */

/* A socket bound to the path; ends the process with 200 if that does not work. */
int handed_bound(int type, const char *path);
/* Descriptors HANDED_FIRST, HANDED_FIRST + 1, ... as given, all others but the standard ones
 * closed; and the variables for process `pid`. */
void handed_lay_out(const int *fds, int count, const char *names, pid_t pid);
bool handed_is_open(int fd);

#endif
