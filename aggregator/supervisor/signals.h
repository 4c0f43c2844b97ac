/*
 * signals.h - a descriptor for the signals that the supervisor passes on, and for SIGCHLD.
 */
#ifndef STATGATE_SUPERVISOR_SIGNALS_H
#define STATGATE_SUPERVISOR_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/** Block the signals and open a descriptor that is readable when one has arrived. *ret_before is
 * the set that was blocked before. Returns the descriptor or a negative errno. */
int signals_open(sigset_t *ret_before);
/** The next signal, without waiting; 0: none. *ret_told: it is from the terminal, so the kernel has
 * sent it to the daemon, too. */
int signals_next(int fd, bool *ret_told);
/** Whether the signal asks a process to end in order. */
bool signals_ask_to_end(int number);

#endif
