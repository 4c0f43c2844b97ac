/*
 * hearing.h - what the daemon says (sd_notify(3)), and what is done about it.
 */
#ifndef STATGATE_KEEPER_HEARING_H
#define STATGATE_KEEPER_HEARING_H

#include "keeper/state.h"

/** Read what has come, up to a turn's share. Only the daemon's process is heard. */
void hearing_read(struct keeper *keeper);

#endif
