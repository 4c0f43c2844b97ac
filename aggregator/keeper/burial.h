/*
 * burial.h - processes that have ended: the daemon, which may be started again, and whoever was left without a
 * parent.
 */
#ifndef STATGATE_KEEPER_BURIAL_H
#define STATGATE_KEEPER_BURIAL_H

#include "keeper/state.h"

/** Bury the children that have ended, and decide what follows if the daemon is one of them. */
void burial_of_children(struct keeper *keeper);
/** The daemon's pidfd is readable: its parent may not be us, and may have buried it. */
void burial_of_foreign(struct keeper *keeper);

#endif
