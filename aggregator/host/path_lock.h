/*
 * path_lock.h - one daemon at a path, even while its socket is gone from there: a file beside the
 * socket, PATH.lock, that is locked for as long as the daemon lives.
 *
 * The kernel gives the lock up with the process, so a file that was left behind means nothing.
 */
#ifndef STATGATE_HOST_PATH_LOCK_H
#define STATGATE_HOST_PATH_LOCK_H

#include <stdbool.h>

/**
 * Make the file where it is missing and lock it, without waiting. Returns a descriptor, or a
 * negative errno: -EWOULDBLOCK when another process, or another descriptor of this one, has it;
 * others when the file cannot be made or locked.
 */
int path_lock_take(const char *path);
/** Whether the locked file still has its name. */
bool path_lock_in_place(const char *path, int lock);
/** Take the name away, if it is still the file's, and close it. -1 is fine. */
void path_lock_release(const char *path, int lock);

#endif
