/*
 * start.h - starts the daemon.
 */
#ifndef STATGATE_KEEPER_START_H
#define STATGATE_KEEPER_START_H

#include "keeper/state.h"

/** Start the daemon with all kept descriptors: from the program at the path, or, from the third
 * start on that nobody was ready since, every other time from the one that was. If that fails, it
 * is tried again if a daemon was ever ready; otherwise the keeper ends. */
void start_daemon(struct keeper *keeper);
/** The same, after delay_ms. */
void start_later(struct keeper *keeper, uint32_t delay_ms);
/** A daemon is ready: its program is the one to go back to. */
void start_remember(struct keeper *keeper);

#endif
