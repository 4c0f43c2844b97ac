/*
 * signals.h - the signals that the keeper passes on, and SIGCHLD, as a descriptor.
 */
#ifndef STATGATE_KEEPER_SIGNALS_H
#define STATGATE_KEEPER_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/** Block them and open a descriptor that is readable when one has come. *ret_before is what was
 * blocked until now. Negative: an errno. */
int signals_open(sigset_t *ret_before);
/** The next one, without waiting; 0: none. */
int signals_next(int fd);
/** Whether it asks a process to end in order. */
bool signals_ask_to_end(int number);

#endif
