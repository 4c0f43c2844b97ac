/*
 * commands.h - the control socket of the daemon, and what its commands do.
 */
#ifndef STATGATE_STATGATED_COMMANDS_H
#define STATGATE_STATGATED_COMMANDS_H

#include "statgated/daemon.h"

/** Listen on the control socket, if there is to be one: on that of a daemon before us, if it was kept. At its
 * default place it may fail with a warning: SIGHUP does what the commands do. */
bool commands_open(struct daemon *daemon, struct inherited *inherited,
                   struct start_error *ret_error);
/** Safe twice. */
void commands_close(struct daemon *daemon);

#endif
