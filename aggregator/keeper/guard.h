/*
 * guard.h - watches whether the daemon gives signs of life, and ends one that hangs.
 */
#ifndef STATGATE_KEEPER_GUARD_H
#define STATGATE_KEEPER_GUARD_H

#include "keeper/state.h"

/** Read whether our own manager wants signs of life (sd_watchdog_enabled(3)). */
void guard_open(struct keeper *keeper);
/** The daemon gave a sign of life. Our own manager gets one, too. */
void guard_beat(struct keeper *keeper);
/** Do what is due: count a tick, end a daemon that hangs, give our own manager a sign of life. */
void guard_look(struct keeper *keeper);
/** When guard_look has to be called next, on the monotonic clock; 0: not by time. */
int64_t guard_due_ms(const struct keeper *keeper);

#endif
