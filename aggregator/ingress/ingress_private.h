/* SPDX-License-Identifier: MIT */
/* ingress_private.h - what the modules of this folder and their tests share. Private. */
#ifndef STATGATE_INGRESS_INGRESS_PRIVATE_H
#define STATGATE_INGRESS_INGRESS_PRIVATE_H

#include <sys/uio.h>

#include "ingress/framing.h"
#include "ingress/ingress.h"
#include "ingress/tick.h"

/* ---- batch ----
 * the datagrams of one recvmmsg(2) with their senders' credentials, in the gate's form.
 *
 * They are in the inbox (ingress.h), so that the next process finds those that were not applied.
 */

enum {
    BATCH_SLOTS = INBOX_SLOTS,
    BATCH_TASTE = INBOX_WHOLE,
    BATCH_TASTE_BYTES = 32 * 1024 /**< if the first BATCH_TASTE have more bytes, the rest wait */
};

/** Must not move. */
struct batch {
    struct gate_datagram datagrams[BATCH_SLOTS]; /**< `count` of them */
    size_t count;
    bool more;   /**< the last receive did not see the end of the queue */
    size_t used; /**< private: headers that the last receive changed */
    bool large;  /**< private: a datagram larger than a slot's head has arrived */
    struct inbox inbox;
    struct iovec parts[BATCH_SLOTS]; /**< private */
};

/** Make the inbox in `object`, or, if that is NULL, on the heap. */
void ingress_batch_init(struct batch *batch, struct object *object);
/** Safe on a zeroed struct. */
void ingress_batch_done(struct batch *batch);

/**
 * Replace the content with datagrams that wait on the socket, at most BATCH_SLOTS, without waiting.
 * The first BATCH_TASTE show how large they are: if they are large, no more are received, since
 * copying four megabytes takes too long. Adds to `traffic`, committed: the bytes kept and the bytes
 * that the kernel cut off. Descriptors that came along are closed. Returns the number of datagrams
 * (0: none wait) or a negative errno.
 *
 * Before it receives, it moves the position in the object's undo record to the first datagram: all
 * datagrams received earlier must have been applied.
 */
int ingress_batch_receive(struct batch *batch, int fd, gate_scope scope,
                          struct ledger_traffic *traffic);

/** Start another batch, of datagrams that come one by one: ingress_batch_put, then
 * ingress_batch_take. */
void ingress_batch_begin(struct batch *batch, gate_scope scope);
/** Copy a datagram into the next slot; there must be one. It is in the inbox from then on. */
void ingress_batch_put(struct batch *batch, const char *data, size_t len,
                       const struct ucred *sender);
/** Take the sender out of a control message, and close the descriptors in it. Without credentials
 * the sender is nobody. */
void ingress_control_take(struct msghdr *header, struct ucred *ret_sender);

/**
 * Fill the batch from the inbox, `used` headers: for ingress_batch_receive, and after a restore.
 * Adds the datagrams from number `count_from` on to `traffic`, in one commit with their number in
 * the inbox, so that a reader after a kill knows whether they are counted.
 */
void ingress_batch_take(struct batch *batch, size_t count_from, gate_scope scope,
                        struct ledger_traffic *traffic);

/* ---- mark ----
 * when everything that waited in the sockets at one moment has been received.
 *
 * A receive queue holds a bounded number of datagrams. So everything that was in it at one moment
 * is out once the socket has been seen empty, or once as many datagrams as it can hold have been
 * received since, however fast new ones arrive behind them. Such a moment is a mark; marks are
 * numbered from 1. The sockets pass one mark at a time, and marks set meanwhile share the next one.
 * Pure.
 */

/** Zeroed: no queue, no mark. */
struct marks {
    uint64_t asked;  /**< the last mark set */
    uint64_t begun;  /**< the mark that the queues are to pass, or passed last */
    uint64_t passed; /**< the last mark that all of them passed */
    size_t queues;
    size_t behind; /**< queues that have not passed `begun` */
};

/** The state of one socket's queue. */
struct mark_queue {
    uint64_t capacity; /**< most datagrams that may wait in it */
    uint64_t round;    /**< the mark to which `ahead` refers */
    uint64_t ahead;    /**< datagrams that may still be ahead of that mark; 0: passed */
};

/** Add a queue, also to the mark under way. */
void ingress_marks_join(struct marks *marks, struct mark_queue *queue, uint64_t capacity);
/** Remove a queue in which nothing waits. */
void ingress_marks_leave(struct marks *marks, struct mark_queue *queue);
/** Mark this moment. Returns its number, which is never below an earlier one. */
uint64_t ingress_marks_set(struct marks *marks);
/** Count datagrams that left a queue; `empty`: nothing was left in it. */
void ingress_marks_received(struct marks *marks, struct mark_queue *queue, size_t datagrams,
                            bool empty);
/** Call when everything received has been applied: returns the last mark passed, and starts the
 * next. */
uint64_t ingress_marks_settle(struct marks *marks);

/* ---- rest ----
 * datagrams that the previous process received and did not apply completely: they are
 * applied first, one at a time. Private.
 *
 *   the previous process          this one
 *   inbox  a b c d e              inbox  - - c d e       at the same places, so that the next one
 *              ^ position                    ^           finds them by the same numbers
 *
 * One of them may be what ends processes. So before each of them, the object's marks record which
 * one it is and how many processes will have ended with it under way if this one ends now; once it
 * is applied, the marks are cleared. A datagram with which REST_ENDS processes ended is skipped,
 * unless some of its lines were applied between these ends: then somebody kills the processes, and
 * no line is at fault. (For a process that takes over nothing, the position says what was under
 * way, which may be several datagrams.)
 */

struct ingress;

enum { REST_ENDS = 2 };

struct ingress_rest {
    bool waits;         /* the batch contains a rest, */
    size_t first;       /* ... starting at this index */
    size_t suspect;     /* datagrams that were under way when a process ended: the first, */
    size_t suspect_end; /* ... the one after the last */
    uint32_t ends;      /* ... and how many processes ended */
};

/* The scopes of the inputs. */
struct ingress_inputs {
    struct {
        uint32_t id; /* ingress_input_id */
        gate_scope scope;
    } items[INGRESS_INPUTS_MAX];
    size_t count;
};

/* Read an image's rest into the batch, which is new, and count datagrams that are not counted yet.
 */
void ingress_replay_read(struct ingress_rest *rest, struct batch *batch, const struct image *image,
                         const struct match *match, const struct ingress_inputs *inputs,
                         struct ledger_traffic *traffic);

/* The drops of this input that the other process has published last. */
uint64_t ingress_replay_dropped(const struct image *image, uint32_t input);

/* Call before the first step of datagram number `at`. Returns false if the datagram is skipped. */
bool ingress_replay_begin(const struct ingress_rest *rest, struct batch *batch, size_t at);
/* Call when the datagram has been applied. */
void ingress_replay_end(struct batch *batch);

/* ---- sockets ----
 * the sockets of an ingress and the batch that they share. Private.
 *
 *   ingress.c    make, replace, drain, close, show
 *   ingress.c       when a socket is looked at: polled, every millisecond, in turn
 *   ingress.c     sockets that another has replaced
 *   inbox.c      callers that wait until earlier datagrams have been applied
 *   receive.c    from a socket into the batch, from the batch into the sink
 *   inbox.c       datagrams that the previous process received and did not apply
 */

enum { STREAM_HELD_FEW = 512 };

/* A connection of an input by stream. */
struct stream {
    int fd;             /* -1: the place is free */
    uint32_t next_free; /* of a free place: the next one + 1 */
    struct streams *streams;
    struct ucred sender; /* of the bytes read last */
    enum framing framing;
    uint32_t held_len;         /* bytes of a frame that is not whole: in `few`, or in `held` */
    uint32_t held_size;        /* bytes that `held` has room for */
    char few[STREAM_HELD_FEW]; /* enough for most: a line */
    char *held;
    struct stream *older; /* among those that have `held`, by the age of the frame in it */
    struct stream *newer;
};

/* The connections that hold more than a few bytes, of all inputs. */
struct stream_holders {
    struct stream *oldest;
    struct stream *newest;
    size_t bytes;
};

struct ingress_socket {
    struct streams *streams; /* the connections of an input by stream; else NULL */
    uint32_t input;          /* ingress_input_id; 0: it is no input */
    uint64_t dropped_before; /* UDP: by the kernel before this process took the socket */
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
    struct stream_holders holders;
    size_t streams_open;
    bool left;      /* the sockets belong to another process */
    size_t emptied; /* how often all sockets were emptied outside the loop */
    struct ingress_work work;
    struct pressure pressure;    /* since the last ingress_take_pressure */
    struct ingress_figures gone; /* of retired sockets */
    bool ended;
    size_t closing; /* handles still to be closed */
};

/* ---- streams: the connections of an input. ---- */

/* Make the connections of an input, of which there are none yet, for a socket that must not move;
 * *ret_epoll is readable when some of them have something. NULL with errno. */
struct streams *ingress_streams_new(struct ingress_socket *sock, int *ret_epoll);
/* Close them. NULL is fine. */
void ingress_streams_free(struct streams *streams);
/* Bytes of the struct and its tables. */
uint64_t ingress_streams_bytes(void);
/* As ingress_batch_receive, from all connections in turn. `more` of the batch: some are not yet
 * read, even if it is empty. */
int ingress_streams_receive(struct streams *streams, struct batch *batch, gate_scope scope,
                            struct ledger_traffic *traffic);
/* How many turns of connections and of the listener the last receive took. */
size_t ingress_streams_turns(const struct streams *streams);
/* At most so many turns until all is read that waits now. */
uint64_t ingress_streams_waiting(const struct streams *streams);
/* Refuse what senders would still write; with `listener_too` refuse connections as well, after
 * accepting those that wait. Without, connections wait for another process. */
void ingress_streams_shut(struct streams *streams, bool listener_too);
/* Accept connections (again). */
void ingress_streams_resume(struct streams *streams);
const struct ingress_input_figures *ingress_streams_figures(const struct streams *streams);

/* ---- input ---- */

/* Identifies an input in the object, by what it listens on. Never 0. */
uint32_t ingress_input_id(const char *listen);
/* Let the kernel drop what arrives from now on; what waits can be read. */
void ingress_input_refuse(int sock);
/* Datagrams that the kernel dropped since the socket was made. */
uint64_t ingress_input_dropped(int sock);

/* ---- await ----
 * the queue of callers that wait until earlier datagrams have been applied. Private.
 *
 * They ask from within another library, where nothing may be received; the next turn of the loop
 * receives once for all of them.
 */

/** Add to the end of the queue. */
void ingress_await_add(struct ingress *ingress, struct ingress_wait *wait);
/** Remove from the queue; the caller must be in it. */
void ingress_await_remove(struct ingress *ingress, struct ingress_wait *wait);
/** If the queue is not empty, receive and apply, for at most a turn's time. Returns how many at the
 * front of the queue are done: nothing is left in the sockets, or this was their second turn. */
size_t ingress_await_serve(struct ingress *ingress);
/** Remove `count` from the front of the queue and call their `done`. */
void ingress_await_end(struct ingress *ingress, size_t count);

/* ---- bound ----
 * the name to which a socket was bound, which its file keeps when it is renamed: it shows
 * whether a path and a socket belong together. Private.
 */

/* As the kernel reports it; a path is terminated. */
struct bound {
    struct sockaddr_un address;
    socklen_t len;
};

/* Read the socket's own name. Returns false if it has none that fits. */
bool ingress_bound_read(int sock, struct bound *ret_bound);
/* Whether both are the same name. */
bool ingress_bound_is(const struct bound *one, const struct bound *other);
/* Read the name of the socket that receives what is sent to this path. Returns 0 or a negative
 * errno. */
int ingress_bound_at(const char *path, struct bound *ret_bound);
/* Whether the socket with this name receives what is sent to the path. If we may not send there,
 * the claim is believed. */
bool ingress_bound_leads(const char *path, const struct bound *bound);

/* ---- credentials: the socket options that report who sent each datagram. Private. ---- */

/* Enable credentials from the next datagram on, and refuse descriptors if the kernel can. Returns
 * false with errno. */
bool ingress_credentials_ask(int sock);

/* ---- passed ----
 * sockets that were opened before this process and passed to it, and the paths where
 * senders find them. Private; the interface is ingress.h.
 */

/* Give the file of a kept socket the listener's mode and group. */
void ingress_inherited_set_perms(const struct ingress_listener *listener);

static inline bool passed_is_abstract(const struct ingress_listener *listener) {
    return listener->path[0] == '@';
}

/* ---- receive ----
 * receives from a socket into the batch, and applies the batch to the sink in steps.
 * Private.
 */

/** Whether the batch has datagrams that were not applied yet. */
bool receive_has_rest(const struct ingress *ingress);
/** Whether the sink applied a part of the next one. */
bool receive_is_midway(const struct ingress *ingress);

/** Call when sockets are looked at: records the time of the first look. */
void receive_note_look(struct ingress *ingress);

/** Fill the batch, which must have no rest. Returns the number of datagrams or a negative errno. A
 * socket that fails cannot be waited for. */
int ingress_recv_batch(struct ingress_socket *sock);

/**
 * Apply step by step until nothing is left or the time of a turn that started at `begun_ns` is used
 * up. Scrapes wait while a datagram is interrupted, so the turn ends when that datagram is
 * completed. Returns how many datagrams were applied.
 */
size_t ingress_apply_batch(struct ingress *ingress, uint64_t begun_ns);

/** Apply the rest, without the loop. */
void receive_finish(struct ingress *ingress);
/** The same, then receive and apply until nothing waits on any socket or the time is up; at least
 * one step. Returns how many datagrams were applied. */
size_t receive_all(struct ingress *ingress, uint64_t end_ns, bool *ret_empty);
/** The same of the sockets of one kind. */
size_t receive_kind(struct ingress *ingress, enum ingress_kind kind, uint64_t end_ns,
                    bool *ret_empty);

#endif
