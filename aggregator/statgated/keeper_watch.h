/*
 * keeper_watch.h - whether the keeper that started this daemon is still there (statgated --keeper).
 *
 * The keeper has the other end of a pipe. When that end is closed, nobody starts the daemon again,
 * and nobody has its descriptors: the daemon goes on, logs that, and notifies nobody any more.
 */
#ifndef STATGATE_STATGATED_KEEPER_WATCH_H
#define STATGATE_STATGATED_KEEPER_WATCH_H

#include <stdbool.h>
#include <uv.h>

struct keeper_watch {
    uv_poll_t poll;
    int fd;
    bool open; /**< there is a keeper */
};

/** `fd`: this end, taken over; -1: there is no keeper, and nothing is watched. */
void keeper_watch_open(struct keeper_watch *watch, uv_loop_t *loop, int fd);
/** The loop has to turn afterwards. A second call does nothing. */
void keeper_watch_close(struct keeper_watch *watch);

#endif
