/* SPDX-License-Identifier: MIT */
/*
 * daemon.h - a process that receives in place of the daemon, and does to senders what a daemon
 * does: it ends and leaves its path behind, starts again, has its path removed or replaced, and
 * writes a page with a beat, or none. Before it ends it reads all that was sent, so that no sample
 * is lost.
 */
#ifndef TESTS_STRESS_DAEMON_H
#define TESTS_STRESS_DAEMON_H

#include <stdbool.h>
#include <sys/types.h>

/** Starts the process at `path`, with the page beside it. Returns its process id, or -1. */
pid_t daemon_start(const char *path, unsigned seed);

/** Makes it stay as it is from now on. */
void daemon_calm(void);

/** Has it read what is left and end. True if it ended in order and all that it read was valid. */
bool daemon_end(pid_t pid);

#endif
