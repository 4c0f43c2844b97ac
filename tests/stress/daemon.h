/*
 * daemon.h - a process that receives in the daemon's place, and does to senders what daemons do: it ends and leaves its path,
 * begins again, has its path removed or replaced, and writes a page with a beat, or none. What it has received at its end it
 * reads, so that all that a client sent has arrived.
 */
#ifndef TESTS_STRESS_DAEMON_H
#define TESTS_STRESS_DAEMON_H

#include <stdbool.h>
#include <sys/types.h>

/** Start it at `path`, with the page beside it. Returns its process, or -1. */
pid_t daemon_start(const char *path, unsigned seed);

/** From now on it stays. */
void daemon_calm(void);

/** It reads what is left, and ends. True: in order, and all that it read made sense. */
bool daemon_end(pid_t pid);

#endif
