/*
 * blocking.h - runs calls that block (name look-up, TLS, authentication, cancelling) in threads of
 * their own, so neither the loop nor the end of the program waits for them.
 *
 *   loop    blocking_start ──────────────────── done(arg) ◀── uv_async
 *   thread            └─▶ work(arg) ─ seconds, or forever ───┘
 *
 * libuv's pool is not used: its four threads are shared, and four unresponsive servers would keep
 * all others from connecting. A job that is no longer needed is abandoned: its thread carries on
 * alone and frees what it holds.
 */
#ifndef STATGATE_POSTGRES_BLOCKING_H
#define STATGATE_POSTGRES_BLOCKING_H

#include <stdbool.h>
#include <uv.h>

#include "base/memory.h"

struct blocking;

struct blocking_calls {
    void (*work)(void *arg); /**< called in the thread; may use only `arg` */
    void (*done)(
        void *arg); /**< called in the loop when work returned; not called for an abandoned job */
    void (*drop)(void *arg); /**< frees `arg`; called last of all, in the loop or in the thread */
};

/** Start a job, which owns `arg` from then on. NULL without a thread or memory: then the caller
 * keeps `arg`. *open_handles counts the job's handle until it is closed, when `closed` is called
 * with `owner`. The job is freed by the loop or by the thread, whichever is last. */
struct blocking *blocking_start(const struct memory *memory, uv_loop_t *loop,
                                const struct blocking_calls *calls, void *arg, size_t *open_handles,
                                void (*closed)(void *owner), void *owner);
/** If work has returned, call `done` now, which has to leave the job, instead of from the loop.
 * False: it has not. */
bool blocking_finish(struct blocking *job);
/** Abandon a job, within `done` or before: the handle closes, and `arg` is dropped when the thread
 * has finished. */
void blocking_leave(struct blocking *job);

#endif
