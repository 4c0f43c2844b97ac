/*
 * state_watch.h - checks whether a stop could write the state file, while there is time to correct
 * it.
 */
#ifndef STATGATE_STATGATED_STATE_WATCH_H
#define STATGATE_STATGATED_STATE_WATCH_H

#include "statgated/daemon.h"

enum { STATE_WATCH_MS = 60000 }; /* interval of checks; each takes a few system calls */

/** Check now and at each interval; daemon->state_wrong has the reason. Call it once this process
 * is the daemon; it does nothing if a stop has begun before that. */
void state_watch_start(struct daemon *daemon);
/** Stop checking. Safe if it was not started. */
void state_watch_stop(struct daemon *daemon);

#endif
