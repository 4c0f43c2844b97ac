/*
 * forget.h - the command `forget`: series that should never have been sent end, for a part of a
 * millisecond in each turn of the loop. What was sent before the command is applied first, so it does not
 * bring them back. One command at a time.
 */
#ifndef STATGATE_STATGATED_FORGET_H
#define STATGATE_STATGATED_FORGET_H

#include "statgated/daemon.h"

/** Begin, or answer why not. */
void forget_begin(struct daemon *daemon, const struct control_request *request,
                  struct control_answer *answer);
/** Answer what is under way, if there is something, and change nothing more. Safe twice. */
void forget_stop(struct daemon *daemon, enum control_code code, const char *why);

#endif
