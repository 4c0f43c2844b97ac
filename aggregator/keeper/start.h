/*
 * start.h - the daemon begins.
 */
#ifndef STATGATE_KEEPER_START_H
#define STATGATE_KEEPER_START_H

#include "keeper/state.h"

/** The daemon, with all that is kept. Where that fails it is tried again if one was ever ready; else the keeper
 * ends. */
void start_daemon(struct keeper *keeper);
/** The same, in so many ms. */
void start_later(struct keeper *keeper, uint32_t delay_ms);

#endif
