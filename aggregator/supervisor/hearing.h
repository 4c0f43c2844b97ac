/*
 * hearing.h - reads the daemon's messages (sd_notify(3)) and acts on them.
 */
#ifndef STATGATE_SUPERVISOR_HEARING_H
#define STATGATE_SUPERVISOR_HEARING_H

#include "supervisor/state.h"

/** Read waiting messages, up to a turn's share. Messages of processes other than the daemon are
 * dropped. */
void hearing_read(struct supervisor *supervisor);

#endif
