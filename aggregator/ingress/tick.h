/* SPDX-License-Identifier: MIT */
/*
 * tick.h - when to stop waking up for every datagram.
 *
 * Waking the daemon costs a sender several times as much as sending. So a busy socket is not polled
 * but looked at every millisecond, if its queue is deep enough for the datagrams that arrive in
 * between. Pure: the result of a look and the time since the last one are arguments.
 */
#ifndef STATGATE_INGRESS_TICK_H
#define STATGATE_INGRESS_TICK_H

#include <stdbool.h>
#include <stdint.h>

enum {
    TICK_MS = 1,
    TICK_ENTER_PER_MS = 3,    /**< datagrams a millisecond that make it worthwhile */
    TICK_DEPTH_LEAST = 512,   /**< least queue depth; with less, ticking loses datagrams */
    TICK_DATAGRAMS_MOST = 200 /**< in one tick; the send buffer of one sender holds 278 small
                                   ones */
};

/** Zeroed: polling. */
struct tick {
    bool ticking;
    uint64_t window_ns; /**< while polling: counts of the window since the last decision */
    uint64_t window_datagrams;
    uint64_t window_bytes;
};

/** The result of one look at the socket: a wake while polling, a whole tick while ticking. */
struct tick_look {
    uint64_t datagrams;
    uint64_t bytes;
    uint64_t elapsed_ns; /**< since the look before */
};

/** Take a look into account. Returns (and keeps) whether to tick from now on. */
bool ingress_tick_decide(struct tick *tick, struct tick_look look, uint32_t queue_depth);

/** Whether this is already too much for one tick, before the tick has ended. */
bool ingress_tick_overflows(uint64_t datagrams, uint64_t bytes, uint32_t queue_depth);

#endif
