/*
 * sockets.h - the sockets of an ingress and the batch that they share. Private.
 *
 *   ingress.c    make, replace, drain, close, show
 *   look.c       when a socket is looked at: polled, every millisecond, in turn
 *   former.c     sockets that another has replaced
 *   await.c      callers that wait until earlier datagrams have been applied
 *   receive.c    from a socket into the batch, from the batch into the sink
 *   rest.c       datagrams that the previous process received and did not apply
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
    uint64_t looked_ns;      /* end of the previous look */
    uint64_t tick_datagrams; /* in the present tick */
    uint64_t tick_bytes;
    bool queued;
    bool former;                 /* another socket has its place */
    bool retiring;               /* it refuses datagrams, and ends at the first empty look */
    size_t closing;              /* handles still to be closed, of a retired socket */
    struct ingress_socket *next; /* in the queue for the batch */
    struct mark_queue queue;
    struct pressure_run run;
    struct ingress_figures figures;
};

struct ingress {
    const struct memory *memory;
    struct ingress_options options;
    struct batch batch;
    size_t applied;           /* of the batch; if less than its count, the rest waits */
    struct ingress_rest rest; /* datagrams that the previous process left */
    bool begun;               /* the first step of datagram `applied` of that rest has been done */
    int64_t first_look_ms;
    uv_idle_t idle;    /* runs while there is a rest, a queued socket or a waiting caller */
    uv_check_t check;  /* the end of a turn */
    uint64_t spent_ns; /* in callbacks of this turn */
    struct ingress_socket **sockets;
    size_t count;
    struct ingress_socket *first; /* queued sockets */
    struct ingress_socket **last;
    struct marks marks;
    struct ingress_wait *awaiting; /* oldest first */
    struct ingress_wait **awaiting_last;
    uint32_t numbers; /* the number of the next socket of our own */
    bool left;        /* the sockets belong to another process */
    size_t emptied;   /* how often all sockets were emptied outside the loop */
    struct ingress_work work;
    struct pressure pressure;    /* since the last ingress_take_pressure */
    struct ingress_figures gone; /* of retired sockets */
    bool ended;
    size_t closing; /* handles still to be closed */
    void (*closed)(void *arg);
    void *closed_arg;
};
#endif
