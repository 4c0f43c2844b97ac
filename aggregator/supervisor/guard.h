/*
 * guard.h - watches whether the daemon gives signs of life, and ends one that hangs.
 */
#ifndef STATGATE_SUPERVISOR_GUARD_H
#define STATGATE_SUPERVISOR_GUARD_H

#include "supervisor/state.h"

/** Read whether our own manager wants signs of life (sd_watchdog_enabled(3)). */
void guard_open(struct supervisor *supervisor);
/** The daemon gave a sign of life. Our own manager gets one, too. */
void guard_beat(struct supervisor *supervisor);
/** Do what is due: count a tick, end a daemon that hangs, give our own manager a sign of life. */
void guard_look(struct supervisor *supervisor);
/** When guard_look has to be called next, on the monotonic clock; 0: not by time. */
int64_t guard_due_ms(const struct supervisor *supervisor);

#endif
