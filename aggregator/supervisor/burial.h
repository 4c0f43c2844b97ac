/*
 * burial.h - waits for processes that have ended: the daemon, which may be started again, and
 * orphans.
 */
#ifndef STATGATE_SUPERVISOR_BURIAL_H
#define STATGATE_SUPERVISOR_BURIAL_H

#include "supervisor/state.h"

/** Wait for the children that have ended, and decide how to continue if the daemon is one of
 * them. */
void burial_of_children(struct supervisor *supervisor);
/** Call when the daemon's pidfd is readable: another process may be its parent and have waited for
 * it. */
void burial_of_foreign(struct supervisor *supervisor);

#endif
