/*
 * ingress.h - datagrams from the listening sockets into the gate, on the libuv loop.
 *
 *   socket --recvmmsg--> batch --sink--> gate          at most 64 datagrams in a callback, in steps
 *                          |                           until its time is used, so that none takes
 *                          '-- rest: next loop turn    1 ms; nothing is received before the rest
 *                                                      is done
 *
 * A quiet socket is polled. A busy one with a deep queue is looked at every millisecond instead
 * (tick.h), which spares every sender the cost of waking us. One thread; the sockets take turns.
 */
#ifndef STATGATE_INGRESS_INGRESS_H
#define STATGATE_INGRESS_INGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "gate/gate.h"
#include "host/stopwatch.h"
#include "ingress/listen.h"
#include "ledger/ledger.h"

/** Where datagrams go: gate_batch and gate_is_midway, or a test. */
struct ingress_sink {
    /** Returns how many were taken whole. */
    size_t (*apply)(void *arg, const struct gate_datagram *datagrams, size_t count, size_t budget,
                    struct store_time now);
    /** It took a part of the next one. NULL: never. */
    bool (*is_midway)(void *arg);
    void *arg;
};

/** The sink that is a gate (borrowed). */
struct ingress_sink ingress_gate_sink(struct gate *gate);

enum {
    INGRESS_STEP_UNITS = 500,   /**< for the sink between two looks at the clock */
    INGRESS_TURN_NS = 300000,   /**< of work in a turn of the loop; then no datagram is begun */
    INGRESS_LATEST_NS = 400000, /**< then one that was begun is cut, and ends in the next turns */
    INGRESS_PER_WAKE_BUCKETS = 7
};

struct ingress;

struct ingress_options {
    uv_loop_t *loop;
    struct ingress_sink sink;
    struct ledger_traffic *traffic; /**< borrowed; counted up */
    bool never_tick;                /**< always poll */
};

/** Returns 0 or a negative errno. */
int ingress_new(const struct ingress_options *options, struct ingress **ret_ingress);

/**
 * Start to receive on a socket. Steals the listener on success: it is closed by ingress_close.
 * Returns 0 or a negative errno.
 */
int ingress_add(struct ingress *ingress, const struct ingress_listener *listener, gate_scope scope);

/** Former sockets (see ingress_replace) that are read at a time, inherited ones not counted. */
enum { INGRESS_FORMER_MAX = 16 };

/**
 * Receive on another socket in place of the one at `index`, which becomes a former one: senders
 * that are connected to it are read on. Steals the listener on success, and closes the lock of the
 * former one. Where there are more than INGRESS_FORMER_MAX of them the oldest takes no more, so
 * that its senders connect again, and is closed when it is empty. Returns 0 or a negative errno.
 */
int ingress_replace(struct ingress *ingress, size_t index, const struct ingress_listener *listener);

/**
 * Receive and apply what waits now, for a third of a millisecond at most: what a scrape calls
 * first, so that it shows everything sent before it. Returns how many datagrams were applied.
 */
size_t ingress_catch_up(struct ingress *ingress);

/**
 * A mark: this moment. Once ingress_passed returns this number or one above it, all that waited in
 * the sockets now is applied, however busy they are (mark.h): at worst after about twice as many
 * datagrams as their queues hold. What a socket that fails still holds is not waited for.
 */
uint64_t ingress_mark(struct ingress *ingress);
/** The last mark that is passed. An idle ingress passes one with the next ingress_catch_up. */
uint64_t ingress_passed(struct ingress *ingress);

/** A datagram was cut: wait with showing numbers until the next turn, in which no other is begun.
 */
bool ingress_is_midway(const struct ingress *ingress);

/**
 * The end of receiving: take the sockets' names away, let senders' further sends fail (EPIPE, no
 * signal) instead of vanish, and apply everything that waits, for at most timeout_ms. An inherited
 * socket keeps both, its maker's next reader finds what comes later. After this only ingress_close
 * may be called. Returns how many datagrams were applied; *ret_empty tells whether nothing is left.
 */
size_t ingress_drain(struct ingress *ingress, unsigned timeout_ms, bool *ret_empty);

/** Close all; `closed` (may be NULL) is called when the memory is free. NULL ingress: at once. */
void ingress_close(struct ingress *ingress, void (*closed)(void *arg), void *arg);

/** What one socket, or all together, did since the start. */
struct ingress_figures {
    uint64_t datagrams;
    uint64_t wakes;      /**< receive calls that brought something */
    uint64_t empty;      /**< receive calls that brought nothing */
    uint64_t ticks;      /**< looks by the clock */
    uint64_t tick_turns; /**< times that polling gave way to ticking */
    uint64_t errors;     /**< receive calls that failed */
    int last_error;      /**< errno of the last, 0: none */
    /** Wakes by the datagrams they brought: up to 1, 2, 4, 8, 16, 32, 64; not cumulative. */
    uint64_t per_wake[INGRESS_PER_WAKE_BUCKETS];
};

/** The largest number of datagrams that bucket `index` counts. */
static inline uint32_t ingress_per_wake_bound(size_t index) {
    return UINT32_C(1) << index;
}

/** Work in callbacks, of all sockets. */
struct ingress_work {
    struct stopwatch watch;
    uint64_t held; /**< times that a batch's rest waited for the next turn */
};

/** A socket, as shown to people. */
struct ingress_view {
    const struct ingress_listener *listener; /**< path, queue depth and source */
    gate_scope scope;
    bool ticking;
    bool former; /**< another has its place */
    struct ingress_figures figures;
};

size_t ingress_count(const struct ingress *ingress);
/** The sockets in the order of their adding, then former ones, the oldest first. Borrowed until the
 * next call of ingress_add, _replace or _close, and for a former one until the next turn. */
void ingress_at(const struct ingress *ingress, size_t index, struct ingress_view *ret_view);
/** Sums over the sockets, with those that are closed. */
void ingress_figures(const struct ingress *ingress, struct ingress_figures *ret_figures);
void ingress_work(const struct ingress *ingress, struct ingress_work *ret_work);

#endif
