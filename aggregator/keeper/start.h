/*
 * start.h - starts the daemon.
 */
#ifndef STATGATE_KEEPER_START_H
#define STATGATE_KEEPER_START_H

#include "keeper/state.h"

/** Start the daemon with all kept descriptors. If that fails, it is tried again if a daemon was
 * ever ready; otherwise the keeper ends. */
void start_daemon(struct keeper *keeper);
/** The same, after delay_ms. */
void start_later(struct keeper *keeper, uint32_t delay_ms);

#endif
