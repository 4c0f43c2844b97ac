/*
 * state.h - the state of the supervisor. Private to supervisor/.
 */
#ifndef STATGATE_SUPERVISOR_STATE_H
#define STATGATE_SUPERVISOR_STATE_H

#include <signal.h>

#include "host/clock.h"
#include "supervisor/backoff.h"
#include "supervisor/life.h"
#include "supervisor/meanwhile.h"
#include "supervisor/notify_socket.h"
#include "supervisor/ready_timeout.h"
#include "supervisor/supervisor.h"

struct supervisor {
    const struct supervisor_options *options;
    struct kept_fds kept;
    struct notify_socket notify;
    int signals;     /* signals.h */
    sigset_t before; /* signals blocked before the supervisor started, for the daemon */
    int watch[2];    /* a pipe: the daemon has the first end, and notices when the second is
                        closed */
    struct meanwhile *meanwhile; /* for the next daemon that is ready; NULL: none can be made */
    int meanwhile_fd;
    struct kept_life life; /* the daemon, if one runs */
    struct backoff backoff;
    struct ready_timeout ready_timeout;
    uint64_t unread;        /* datagrams read in place of a daemon since one was ready */
    uint64_t turned_away;   /* connections closed since then */
    int proven;             /* the program that was last ready, open; -1: unknown */
    unsigned tries;         /* starts since a daemon was ready */
    bool ever_ready;        /* a daemon was ready once: from then on it is started again */
    bool stopping;          /* this process was asked to end */
    int64_t start_at_ms;    /* when to start the next daemon; 0: not due */
    int64_t beat_at_ms;     /* when our own manager gets the next sign of life; 0: it wants none */
    uint32_t beat_every_ms; /* 0: it wants none */
    bool ended;
    int exit_code;
};

static inline int64_t supervisor_now_ms(void) {
    return clock_now().mono_ms;
}

/* The earlier of two times; 0: never. */
static inline int64_t supervisor_sooner(int64_t one, int64_t other) {
    return one == 0 || (other != 0 && other < one) ? other : one;
}

/* End the supervisor after this turn. */
static inline void supervisor_end_with(struct supervisor *supervisor, int exit_code) {
    supervisor->ended = true;
    supervisor->exit_code = exit_code;
}

#endif
