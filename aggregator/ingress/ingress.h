/*
 * ingress.h - receives datagrams from the listening sockets and passes them to the gate, on the
 * libuv loop.
 *
 *   socket --recvmmsg--> batch --sink--> gate          at most 64 datagrams in a callback, in steps
 *                          |                           until its time is used, so that none takes
 *                          '-- rest: next loop turn    1 ms; nothing is received before the rest
 *                                                      is done
 *
 * A quiet socket is polled. A busy one with a deep queue is looked at every millisecond instead
 * (tick.h), which saves every sender the cost of waking us. One thread; the sockets take turns.
 */
#ifndef STATGATE_INGRESS_INGRESS_H
#define STATGATE_INGRESS_INGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/memory.h"
#include "gate/gate.h"
#include "host/stopwatch.h"
#include "ingress/figures.h"
#include "ingress/listen.h"
#include "ingress/pressure.h"
#include "ledger/ledger.h"
#include "object/image.h"
#include "object/match.h"
#include "object/object.h"

/** Where datagrams go: gate_batch and gate_is_midway, or a test. */
struct ingress_sink {
    /** Returns how many were applied completely. */
    size_t (*apply)(void *arg, const struct gate_datagram *datagrams, size_t count, size_t budget,
                    struct store_time now);
    /** Whether it applied a part of the next one. NULL: never. */
    bool (*is_midway)(void *arg);
    void *arg;
};

/** A sink that passes datagrams to a gate (borrowed). */
struct ingress_sink ingress_gate_sink(struct gate *gate);

enum {
    INGRESS_STEP_UNITS = 500,  /**< work units of the sink between two looks at the clock */
    INGRESS_TURN_NS = 300000,  /**< work in a turn of the loop; no datagram starts later */
    INGRESS_LATEST_NS = 400000 /**< a datagram under way is interrupted then, and continued in later
                                    turns */
};

struct ingress;

struct ingress_options {
    uv_loop_t *loop;
    struct ingress_sink sink;
    struct ledger_traffic *traffic; /**< borrowed; incremented */
    bool never_tick;                /**< always poll */
    struct object *object;          /**< for the inbox; NULL: on the heap */
    /** Called when a socket has been opened that can be kept for the next process, and when one has
     * been closed that may have been: see ingress_listen_name. Not called when all are closed. Both
     * may be NULL. */
    void (*opened)(void *arg, const struct ingress_listener *listener);
    void (*closed)(void *arg, const struct ingress_listener *listener);
    void *arg; /**< argument of these two */
};

/** Bytes of an inbox in an object. */
uint64_t ingress_object_bytes(void);
/** Returns 0 or a negative errno. */
int ingress_new(const struct memory *memory, const struct ingress_options *options,
                struct ingress **ret_ingress);

/** The content of an image's inbox. */
struct ingress_restored {
    size_t received; /**< datagrams in it, if some were not applied */
    size_t left;     /**< those of them that we have to apply, first of all and one at a time */
};
/**
 * Take over the datagrams that another process received and did not apply, with its position, into
 * a new ingress. Call after ledger_restore, which restores the traffic counters. A datagram with
 * which two processes ended is skipped (`skipped` of the figures). Returns false when out of
 * memory: the ingress is then of no use.
 */
bool ingress_restore(struct ingress *ingress, const struct image *image, const struct match *match,
                     struct ingress_restored *ret_restored);

/** Note in the object that this process lives. Each look at a socket does this; otherwise a timer
 * has to. */
void ingress_alive(struct ingress *ingress);
/** When the sockets were first looked at, on the monotonic clock; 0: not yet. */
int64_t ingress_first_look_ms(const struct ingress *ingress);

/**
 * Start to receive on a socket. Takes over the listener on success: ingress_close closes it.
 * Returns 0 or a negative errno.
 */
int ingress_add(struct ingress *ingress, const struct ingress_listener *listener, gate_scope scope);

/** Receive on a former socket as well, which an earlier process kept (ingress_listen_former). Takes
 * over the listener on success. Returns 0 or a negative errno. */
int ingress_add_former(struct ingress *ingress, const struct ingress_listener *listener,
                       gate_scope scope);

/** The most former sockets (see ingress_replace) that are read at the same time, not counting
 * inherited ones. */
enum { INGRESS_FORMER_MAX = 16 };

/**
 * Receive on another socket in place of the one at `index`, which becomes a former one: it is still
 * read, for the senders connected to it. Takes over the listener on success, and closes the lock of
 * the former one. Above INGRESS_FORMER_MAX, the oldest former socket refuses further datagrams, so
 * that its senders connect again, and is closed once it is empty. Returns 0 or a negative errno.
 */
int ingress_replace(struct ingress *ingress, size_t index, const struct ingress_listener *listener);

/** A caller that waits for datagrams. The struct is the caller's and must stay until `done` is
 * called or ingress_forget returns. */
struct ingress_wait {
    void (*done)(void *arg); /**< once, from the loop; never from within ingress_await */
    void *arg;
    unsigned turns; /**< private, like the next member */
    struct ingress_wait *next;
};
/**
 * Call wait->done in the loop's next turn, once everything sent before this call has been received
 * and applied; at the latest in the turn after it, even if some is left. It receives nothing
 * itself, so it may be called from anywhere, also from within another library. Not after
 * ingress_drain, which calls `done` of all waiting callers.
 */
void ingress_await(struct ingress *ingress, struct ingress_wait *wait);
/** Stop waiting: `done` is not called. */
void ingress_forget(struct ingress *ingress, struct ingress_wait *wait);

/**
 * Receive and apply waiting datagrams, for 0.3 ms at most. Only for callbacks of the loop itself,
 * such as those of owner_watch. Returns how many datagrams were applied.
 */
size_t ingress_catch_up(struct ingress *ingress);

/**
 * Set a mark at this moment. Once ingress_passed returns its number or a higher one, everything
 * that waited in the sockets at this moment has been applied, however busy they are (mark.h): at
 * worst after about twice as many datagrams as their queues hold. A socket that fails is not waited
 * for.
 */
uint64_t ingress_mark(struct ingress *ingress);
/** The last mark passed. An idle ingress passes a mark with the next ingress_catch_up. */
uint64_t ingress_passed(struct ingress *ingress);

/** Apply everything that was received, and receive nothing. The same limits as ingress_catch_up. */
void ingress_settle(struct ingress *ingress);

/** Whether a datagram was interrupted: do not show numbers until a later turn has completed it. */
bool ingress_is_midway(const struct ingress *ingress);

/** Call when this process takes over: kept sockets that were opened with bind_now get the mode and
 * the group of their options. */
void ingress_dress(const struct ingress *ingress);

/** Call just before ingress_drain or _close when another process takes over the sockets. From now
 * on none of them loses its path or is shut down, except those for which `stays` returns false;
 * NULL: all stay. */
void ingress_leave(struct ingress *ingress, bool (*stays)(void *arg, int fd), void *arg);
/** The same only for sockets that others made and passed to this process, which does not start
 * after all. Call just before ingress_close. */
void ingress_give_back(struct ingress *ingress);

/**
 * Stop receiving: unlink the sockets, make further sends fail (EPIPE, no signal) instead of
 * vanishing, and apply everything that waits, for at most timeout_ms. An inherited socket keeps its
 * name and stays open, and its maker's next reader finds later datagrams; after ingress_leave the
 * same holds for all. Only ingress_close may be called after this. Returns how many datagrams were
 * applied; *ret_empty: nothing is left.
 */
size_t ingress_drain(struct ingress *ingress, unsigned timeout_ms, bool *ret_empty);

/** Close everything; `closed` (may be NULL) is called once the memory is freed, at once for a NULL
 * ingress. */
void ingress_close(struct ingress *ingress, void (*closed)(void *arg), void *arg);

/** Work in callbacks of all sockets. */
struct ingress_work {
    struct stopwatch watch;
    uint64_t held; /**< how often the rest of a batch waited for the next turn */
};

/** The state of a socket, to show to people. */
struct ingress_view {
    const struct ingress_listener *listener; /**< path, queue depth and source */
    gate_scope scope;
    bool ticking;
    bool former; /**< another socket has its place */
    struct ingress_figures figures;
};

/** The number of sockets that are read, former ones included. */
size_t ingress_count(const struct ingress *ingress);
/** The sockets in the order in which they were added, then former ones, the oldest first. Borrowed
 * until the next call of ingress_add, _replace or _close, and for a former one until the next
 * turn. */
void ingress_at(const struct ingress *ingress, size_t index, struct ingress_view *ret_view);
/** Sums over all sockets, closed ones included. */
void ingress_figures(const struct ingress *ingress, struct ingress_figures *ret_figures);
void ingress_work(const struct ingress *ingress, struct ingress_work *ret_work);
/** How full the queues were since the last call (pressure.h). */
void ingress_take_pressure(struct ingress *ingress, struct pressure *ret_pressure);

#endif
