/*
 * room.h - whether the limits of this process, of its control groups and of the host leave the
 * memory that `statgate check` prints.
 */
#ifndef STATGATE_STATGATED_ROOM_H
#define STATGATE_STATGATED_ROOM_H

#include "statgated/daemon.h"

/** The tables are made and everything is open: warn of each limit below what the daemon can need.
 * False: a limit of the process leaves too little to answer health checks, or, for a first daemon
 * whose values a manager keeps, to take them over after a crash. */
bool room_check(const struct daemon *daemon, struct start_error *ret_error);

#endif
