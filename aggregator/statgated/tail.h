/*
 * tail.h - statgate tail: lines with their verdicts, as they are applied, to whoever asked through the control socket.
 *
 * TAIL_FOLLOWERS_MAX at a time, TAIL_LINES_MAX lines a second each. What is not shown, because there are more, or because
 * the follower reads too slowly, is counted and reported. Nobody waits for a follower.
 */
#ifndef STATGATE_STATGATED_TAIL_H
#define STATGATE_STATGATED_TAIL_H

#include "control/request.h"
#include "statgated/daemon.h"

enum {
    TAIL_FOLLOWERS_MAX = 4,
    TAIL_LINES_MAX = 1000, /**< a second, for each */
    TAIL_LOOKS_MAX =
        10000, /**< lines a second that are looked at for filters; others count as not shown */
    TAIL_LINE_MAX = 1024 /**< bytes of a line that are shown */
};

/** The answer goes on, or is refused. */
void tail_begin(struct daemon *daemon, const struct control_request *request,
                struct control_answer *answer);
/** End all that there are, for this reason. */
void tail_stop(struct daemon *daemon, enum control_code code, const char *why);

#endif
