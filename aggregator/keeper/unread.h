/*
 * unread.h - frees those who wait for a daemon that stays away: once the patience is over,
 * datagrams are read, counted and thrown away, and new connections are closed, until a daemon is
 * ready.
 */
#ifndef STATGATE_KEEPER_UNREAD_H
#define STATGATE_KEEPER_UNREAD_H

#include "keeper/state.h"

/** Note whether a daemon is ready now. */
void unread_look(struct keeper *keeper);
/** When unread_look has to be called next, on the monotonic clock; 0: not by time. */
int64_t unread_due_ms(const struct keeper *keeper);
/** Write an entry to poll for each socket that is to be read. `polls` has KEPT_MAX entries. Returns
 * their number. */
size_t unread_fill_polls(const struct keeper *keeper, struct pollfd *polls);
/** Read those that are ready, each up to a turn's share. */
void unread_read(struct keeper *keeper, const struct pollfd *polls, size_t count);

#endif
