/*
 * supervisor_watch.h - whether the supervisor that started this daemon is still there.
 *
 * The supervisor holds the other end of a pipe. When that end is closed, nobody will start the
 * daemon again, and nobody holds its descriptors: the daemon goes on, logs this, and notifies
 * nobody any more. Our end passes to successors all the same, so that they know it, too.
 */
#ifndef STATGATE_STATGATED_SUPERVISOR_WATCH_H
#define STATGATE_STATGATED_SUPERVISOR_WATCH_H

#include <stdbool.h>
#include <uv.h>

struct supervisor_watch {
    uv_poll_t poll;
    int fd;
    bool open; /**< there is a supervisor, or there was one */
    bool lost; /**< it is gone */
};

/** Watch `fd`, our end of the pipe, which is taken over; -1: there is no supervisor, and nothing is
 * watched. */
void supervisor_watch_open(struct supervisor_watch *watch, uv_loop_t *loop, int fd);
/** Close it; the loop has to run once more afterwards. A second call does nothing. */
void supervisor_watch_close(struct supervisor_watch *watch);

#endif
