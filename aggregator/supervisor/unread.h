/*
 * unread.h - frees those who wait for a daemon that stays away: once the ready timeout is over,
 * datagrams are read, counted and thrown away, and new connections are closed, until a daemon is
 * ready.
 */
#ifndef STATGATE_SUPERVISOR_UNREAD_H
#define STATGATE_SUPERVISOR_UNREAD_H

#include "supervisor/state.h"

/** Note whether a daemon is ready now. */
void unread_look(struct supervisor *supervisor);
/** When unread_look has to be called next, on the monotonic clock; 0: not by time. */
int64_t unread_due_ms(const struct supervisor *supervisor);
/** Write an entry to poll for each socket that is to be read. `polls` has KEPT_MAX entries. Returns
 * their number. */
size_t unread_fill_polls(const struct supervisor *supervisor, struct pollfd *polls);
/** Read those that are ready, each up to a turn's share. */
void unread_read(struct supervisor *supervisor, const struct pollfd *polls, size_t count);

#endif
