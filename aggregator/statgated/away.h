/*
 * away.h - what happened while no daemon was ready, from the supervisor (supervisor/supervisor.h).
 */
#ifndef STATGATE_STATGATED_AWAY_H
#define STATGATE_STATGATED_AWAY_H

#include <stdint.h>

#include "host/inherited.h"

struct meanwhile;

struct away {
    int fd;                 /**< for a successor, too; -1: no supervisor gave any */
    struct meanwhile *page; /**< NULL: this process is not ready yet, or there is none */
    uint64_t unread; /**< datagrams that the supervisor read and threw away, as taken so far */
};

/** Take the descriptor out of the table. */
void away_open(struct away *away, struct inherited *inherited);
/** This process is ready: from now on it takes what is there. */
void away_begin(struct away *away);
/** Count the datagrams that the supervisor has read since the last call. */
void away_look(struct away *away);
/** Safe twice. */
void away_close(struct away *away);

#endif
