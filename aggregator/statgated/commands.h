/*
 * commands.h - executes the commands of the control socket: a reload is a handover (succession.h),
 * series are forgotten here (forget.h).
 */
#ifndef STATGATE_STATGATED_COMMANDS_H
#define STATGATE_STATGATED_COMMANDS_H

#include "statgated/daemon.h"

/** Execute one command, for command_socket_open; `daemon` is its arg. */
void commands_take(void *daemon, const struct control_request *request,
                   struct control_answer *answer);

#endif
