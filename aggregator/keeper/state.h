/*
 * state.h - what the keeper knows from turn to turn. Private to keeper/.
 */
#ifndef STATGATE_KEEPER_STATE_H
#define STATGATE_KEEPER_STATE_H

#include <signal.h>

#include "host/clock.h"
#include "keeper/backoff.h"
#include "keeper/keeper.h"
#include "keeper/life.h"
#include "keeper/notify_socket.h"

struct keeper {
    const struct keeper_options *options;
    struct kept_fds kept;
    struct notify_socket notify;
    int signals;           /* signals.h */
    sigset_t before;       /* what was blocked before, for the daemon */
    int watch[2];          /* the daemon has the first end, and sees the second go */
    struct kept_life life; /* the daemon, if it runs */
    struct backoff backoff;
    bool ever_ready;     /* a daemon was: from then on it is started again */
    bool stopping;       /* this process was asked to end */
    int64_t start_at_ms; /* the next daemon; 0: none is due */
    int64_t kill_at_ms;  /* the patience with this one ends; 0: it does not */
    bool ended;
    int exit_code;
};

static inline int64_t keeper_now_ms(void) {
    return clock_now().mono_ms;
}

/* After this turn. */
static inline void keeper_end_with(struct keeper *keeper, int exit_code) {
    keeper->ended = true;
    keeper->exit_code = exit_code;
}

#endif
