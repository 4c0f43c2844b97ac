/*
 * forget.h - the command `forget`: ends series that should never have been sent, for a fraction of
 * a millisecond in each turn of the loop. Samples that were sent before the command are applied
 * first, so they do not create the series again. One command runs at a time.
 */
#ifndef STATGATE_STATGATED_FORGET_H
#define STATGATE_STATGATED_FORGET_H

#include "statgated/daemon.h"

/** Begin the command, or answer why not. */
void forget_begin(struct daemon *daemon, const struct control_request *request,
                  struct control_answer *answer);
/** Stop a command that is under way and answer it. Safe twice. */
void forget_stop(struct daemon *daemon, enum control_code code, const char *why);

#endif
