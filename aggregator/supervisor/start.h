/*
 * start.h - starts the daemon.
 */
#ifndef STATGATE_SUPERVISOR_START_H
#define STATGATE_SUPERVISOR_START_H

#include "supervisor/state.h"

/** Start the daemon with all kept descriptors: from the program at the path, or, from the third
 * start on that nobody was ready since, every other time from the one that was. If that fails, it
 * is tried again if a daemon was ever ready; otherwise the supervisor ends. */
void start_daemon(struct supervisor *supervisor);
/** The same, after delay_ms. */
void start_later(struct supervisor *supervisor, uint32_t delay_ms);
/** A daemon is ready: its program is the one to go back to. */
void start_remember(struct supervisor *supervisor);

#endif
