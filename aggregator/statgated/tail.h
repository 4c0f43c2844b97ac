/*
 * tail.h - statgate tail: sends lines with their verdicts, as they are applied, to followers on the
 * control socket.
 *
 * At most TAIL_FOLLOWERS_MAX at a time, with TAIL_LINES_MAX lines a second each. Lines left out
 * because there are too many, or because the follower reads too slowly, are counted and reported.
 * Nobody waits for a follower.
 */
#ifndef STATGATE_STATGATED_TAIL_H
#define STATGATE_STATGATED_TAIL_H

#include "control/control.h"
#include "statgated/daemon.h"

enum {
    TAIL_FOLLOWERS_MAX = 4,
    TAIL_LINES_MAX = 1000,  /**< a second, for each follower */
    TAIL_LOOKS_MAX = 10000, /**< lines a second compared with filters; others count as not shown */
    TAIL_LINE_MAX = 1024    /**< bytes shown of a line */
};

/** Start to follow, or refuse. The answer of a follower stays open. */
void tail_begin(struct daemon *daemon, const struct control_request *request,
                struct control_answer *answer);
/** End all followers, for this reason. */
void tail_stop(struct daemon *daemon, enum control_code code, const char *why);

#endif
