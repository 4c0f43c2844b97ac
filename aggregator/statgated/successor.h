/*
 * successor.h - what a daemon does that another one has started to follow it. succession.h is the other side, and has
 * the order of things.
 *
 * Its event loop does not run before it has committed: until then it receives and accepts nothing, and nothing of it
 * expires. It ends with the daemon before it as long as the service manager takes that one for the daemon.
 */
#ifndef STATGATE_STATGATED_SUCCESSOR_H
#define STATGATE_STATGATED_SUCCESSOR_H

#include <uv.h>

#include "host/wire.h"
#include "statgated/handover.h"
#include "statgated/start_error.h"

struct object;

struct successor {
    int sock; /**< to the daemon before; -1: there is none, or it is of no use any more */
    pid_t former;
    int had;       /**< a file that describes its configuration; -1: none */
    bool upgraded; /**< it runs another program than this process */
    /* after the commit */
    uv_poll_t poll;
    uv_timer_t timer;
    uint64_t end_ms; /**< by the loop: when the one before has to have ended */
    bool main;       /**< the manager knows us, or was notified */
    bool alone;      /**< this process no longer ends with the one before */
    void (*on_main)(void *arg);
    void *arg;
};

/** Whether this process was started as a successor. Says so once: the variable leaves the environment. */
bool successor_is_asked(struct successor *successor);
/** Take what the daemon before passes on into the table, in place of what the manager passes. */
bool successor_inherit(struct successor *successor, struct inherited *inherited,
                       struct error *ret_error);
/** Have it go on as it was: this process cannot start. A second call, and one of no successor, does nothing. */
void successor_refuse(struct successor *successor, const struct start_error *why);

/** Pass on a file of lines on what is different, which is closed; -1: none. */
void successor_report(const struct successor *successor, int fd);
/** All is prepared: have it stop. False: it is gone, or takes too long. */
bool successor_stop_former(const struct successor *successor, struct start_error *ret_error);
/** What it had is taken over. Have it keep what is new in the list, and be the daemon when this returns true: that is
 * the commit point. */
bool successor_commit(const struct successor *successor, struct handover *handover,
                      struct object *object, struct start_error *ret_error);
/** Tell it, before anything is received. `on_main` is called from the loop once the manager knows that this process is
 * the daemon; from then on it hears us. */
void successor_go_on(struct successor *successor, uv_loop_t *loop, void (*on_main)(void *arg),
                     void *arg);
/** It has committed, and the manager may not know it yet: not for longer than SUCCESSION_PATIENCE_MS. Hears first
 * whether the one before has said so. */
bool successor_waits(struct successor *successor);
/** Have the one before end, whatever it is answering: it is killed if it does not. Safe twice. */
void successor_end_former(struct successor *successor);
/** Close what is open, before the loop ends; so the one before ends, too. */
void successor_close(struct successor *successor);

#endif
