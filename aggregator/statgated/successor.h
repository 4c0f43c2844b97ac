/*
 * successor.h - the side of a daemon that another daemon has started as its successor. succession.h
 * is the other side, and shows the order of steps.
 *
 * Its event loop does not run before it has committed: until then it receives and accepts nothing,
 * and none of its values expire. It ends with the former daemon as long as the service manager
 * takes that one for the daemon.
 */
#ifndef STATGATE_STATGATED_SUCCESSOR_H
#define STATGATE_STATGATED_SUCCESSOR_H

#include <uv.h>

#include "host/wire.h"
#include "statgated/handover.h"
#include "statgated/start_error.h"

struct object;
struct view_reload;

struct successor {
    int sock; /**< to the former daemon; -1: there is none, or it is no longer of use */
    pid_t former;
    int had;       /**< file that describes the former configuration; -1: none */
    bool upgraded; /**< the former daemon runs another program */
    /* used after the commit */
    uv_poll_t poll;
    uv_timer_t timer;
    uint64_t end_ms; /**< loop time by which the former daemon must have ended */
    bool main;       /**< the manager knows this process, or was notified */
    bool alone;      /**< this process no longer ends with the former daemon */
    void (*on_main)(void *arg);
    void *arg;
};

/** Whether this process was started as a successor. True only once: the variable is removed from
 * the environment. */
bool successor_is_asked(struct successor *successor);
/** Put the descriptors that the former daemon passes into the table, in place of those that the
 * manager passes. */
bool successor_inherit(struct successor *successor, struct inherited *inherited,
                       struct error *ret_error);
/** This process cannot start: tell the former daemon why, and let it go on. Does nothing on a
 * second call or without a former daemon. */
void successor_refuse(struct successor *successor, const struct start_error *why);

/** Pass on a file of lines on what changed; closes `fd`. -1: none. */
void successor_report(const struct successor *successor, int fd);
/** Pass on that not all files are in force, with a sentence and lines on what is refused. */
void successor_partly(const struct successor *successor, const char *why,
                      const struct view_reload *lines);
/** All is prepared: have the former daemon stop. False: it is gone, or takes too long. */
bool successor_stop_former(const struct successor *successor, struct start_error *ret_error);
/** The former values are taken over. Have the former daemon keep the new descriptors of the
 * list. When this returns true, this process is the daemon: it is the commit point. */
bool successor_commit(const struct successor *successor, struct handover *handover,
                      struct object *object, struct start_error *ret_error);
/** Tell the former daemon of the commit, before anything is received. The loop calls `on_main`
 * once the manager knows that this process is the daemon; from then on the manager hears us. */
void successor_go_on(struct successor *successor, uv_loop_t *loop, void (*on_main)(void *arg),
                     void *arg);
/** Whether this process has committed and the manager may not know it yet, for at most
 * SUCCESSION_TIMEOUT_MS. First reads whether the former daemon has confirmed it. */
bool successor_waits(struct successor *successor);
/** Make the former daemon end, whatever it is answering; kill it if it does not. Safe twice. */
void successor_end_former(struct successor *successor);
/** Close what is open, before the loop ends. The former daemon ends then, too. */
void successor_close(struct successor *successor);

#endif
