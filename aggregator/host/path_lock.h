/*
 * path_lock.h - ensures that only one daemon uses a path, even while its socket is missing there: a
 * file beside the socket, PATH.lock, that is locked as long as the daemon lives.
 *
 * The kernel releases the lock when the process ends, so a leftover file means nothing.
 */
#ifndef STATGATE_HOST_PATH_LOCK_H
#define STATGATE_HOST_PATH_LOCK_H

#include <stdbool.h>

/**
 * Make the lock file if it is missing, and lock it without waiting. Returns a descriptor, or a
 * negative errno: -EWOULDBLOCK if another process, or another descriptor of this process, holds the
 * lock; other errors if the file cannot be made or locked.
 */
int path_lock_take(const char *path);
/** Whether the locked file is still at its path. */
bool path_lock_in_place(const char *path, int lock);
/** Remove the lock file if it is still at its path, and close the descriptor. -1 is fine. */
void path_lock_release(const char *path, int lock);

#endif
