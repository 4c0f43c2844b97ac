/*
 * blocking.h - calls that block (name look-up, TLS, authentication, cancelling) in threads of their
 * own, so that the loop never waits and neither does the end of the program.
 *
 *   loop    blocking_start ──────────────────── done(arg) ◀── uv_async
 *   thread            └─▶ work(arg) ─ seconds, or for ever ──┘
 *
 * Not libuv's pool: its four threads are shared, and four peers that say nothing would keep
 * everybody else from connecting. A job that is not wanted any more is abandoned: its thread goes
 * on alone and frees what it holds.
 */
#ifndef STATGATE_POSTGRES_BLOCKING_H
#define STATGATE_POSTGRES_BLOCKING_H

#include <stdbool.h>
#include <uv.h>

struct blocking;

struct blocking_calls {
    void (*work)(void *arg); /**< in the thread; may use nothing but `arg` */
    void (*done)(void *arg); /**< in the loop, when work is over; not called once abandoned */
    void (*drop)(void *arg); /**< frees `arg`: last of all, in the loop or in the thread */
};

/** Start a job; `arg` is its own from then on. NULL when there is no thread or memory to be had:
 * then `arg` stays the caller's. *open_handles counts the job's handle until it is closed, when
 * `closed` is called with `owner`. */
struct blocking *blocking_start(uv_loop_t *loop, const struct blocking_calls *calls, void *arg,
                                size_t *open_handles, void (*closed)(void *owner), void *owner);
/** Let go of a job, within `done` or before: the handle closes, `arg` is dropped when the thread is
 * through. */
void blocking_leave(struct blocking *job);

#endif
