/*
 * sockets.h - the sockets of an ingress and the batch that they share. Private.
 *
 *   ingress.c    make, replace, drain, close, show
 *   look.c       when a socket is looked at: polled, every millisecond, in turn
 *   former.c     sockets that another has replaced
 *   await.c      callers that wait until what was sent before has been applied
 *   receive.c    from a socket into the batch, from the batch into the sink
 *   rest.c       what the process before received and did not apply
 */
#ifndef STATGATE_INGRESS_SOCKETS_H
#define STATGATE_INGRESS_SOCKETS_H

#include "ingress/batch.h"
#include "ingress/ingress.h"
#include "ingress/mark.h"
#include "ingress/rest.h"
#include "ingress/tick.h"

struct ingress_socket {
    const struct memory *memory; /* its own: a retired socket may outlive the ingress */
    struct ingress *ingress;
    struct ingress_listener listener;
    gate_scope scope;
    uv_poll_t poll;
    uv_timer_t timer; /* the tick, or the retry after an error */
    struct tick tick;
    uint64_t looked_ns;      /* end of the look before */
    uint64_t tick_datagrams; /* of the tick in progress */
    uint64_t tick_bytes;
    bool queued;
    bool former;                 /* another has its place */
    bool retiring;               /* it refuses datagrams; the first empty look ends it */
    size_t closing;              /* handles still to be closed, of one that retired */
    struct ingress_socket *next; /* in line for the batch */
    struct mark_queue queue;
    struct ingress_figures figures;
};

struct ingress {
    const struct memory *memory;
    struct ingress_options options;
    struct batch batch;
    size_t applied;           /* of the batch; less than its count: the rest waits */
    struct ingress_rest rest; /* what the process before left */
    bool begun;               /* the first step of datagram `applied` of that rest is done */
    int64_t first_look_ms;
    uv_idle_t idle;    /* runs while there is a rest, a socket in line or a caller that waits */
    uv_check_t check;  /* the end of a turn */
    uint64_t spent_ns; /* by callbacks of this turn */
    struct ingress_socket **sockets;
    size_t count;
    struct ingress_socket *first; /* sockets in line */
    struct ingress_socket **last;
    struct marks marks;
    struct ingress_wait *awaiting; /* oldest first */
    struct ingress_wait **awaiting_last;
    uint32_t numbers; /* the number of the next socket of our own */
    bool left;        /* the sockets are another process's */
    size_t emptied;   /* how often all sockets were emptied without the loop */
    struct ingress_work work;
    struct ingress_figures gone; /* of sockets that retired */
    bool ended;
    size_t closing; /* handles still to be closed */
    void (*closed)(void *arg);
    void *closed_arg;
};
#endif
