/* SPDX-License-Identifier: MIT */
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
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>
#include <uv.h>

#include "base/error.h"
#include "base/memory.h"
#include "breakers_jobs/breakers_jobs.h"
#include "gate/gate.h"
#include "host/clock.h"
#include "host/service_manager.h"
#include "host/unix_socket.h"
#include "ingress/pressure.h"
#include "ledger/ledger.h"
#include "object/object.h"
#include "store/store.h"

/* ---- figures: counts of what sockets received. ---- */

enum { INGRESS_PER_WAKE_BUCKETS = 7 };

/** Why a connection of an input by stream was closed, or refused. */
enum ingress_stream_end {
    INGRESS_STREAM_TOO_LONG, /**< a frame, or a line, above 64 KiB */
    INGRESS_STREAM_TOO_MANY, /**< more than there may be, see INGRESS_STREAMS_MAX */
    INGRESS_STREAM_MEMORY,   /**< all cut frames had INGRESS_STREAM_HELD_MAX, and its own was the
                                  oldest */
    INGRESS_STREAM_ENDS
};
/** "frame_too_long", "too_many" or "memory". Static. */
const char *ingress_stream_end_text(enum ingress_stream_end end);

enum {
    INGRESS_INPUTS_MAX = 18,
    /** Connections, of all inputs; at most a quarter of the descriptors that this process may have.
     */
    INGRESS_STREAMS_MAX = 1024,
    INGRESS_STREAM_HELD_MAX = 4 * 1024 * 1024 /**< bytes for frames that are not whole, of all */
};

/** Counts of one input, since the start of this process. */
struct ingress_input_figures {
    uint64_t dropped;     /**< UDP: datagrams that the kernel dropped, as no room was left */
    uint64_t connections; /**< open now */
    uint64_t accepted;
    uint64_t cut; /**< frames that were not whole when their stream ended */
    uint64_t closed[INGRESS_STREAM_ENDS];
};

/** Counts of one socket, or of all together, since the start. */
struct ingress_figures {
    uint64_t datagrams;
    uint64_t wakes;      /**< receive calls that brought something */
    uint64_t empty;      /**< receive calls that brought nothing */
    uint64_t ticks;      /**< looks caused by the clock */
    uint64_t tick_turns; /**< times that ticking replaced polling */
    uint64_t errors;     /**< receive calls that failed */
    int last_error;      /**< errno of the last failure; 0: none */
    /** Datagrams that were not applied because two processes ended with them under way; includes
     * those of earlier processes of the same object. */
    uint64_t skipped;
    /** Wakes by the number of datagrams they brought: up to 1, 2, 4, 8, 16, 32, 64; not
     * cumulative. */
    uint64_t per_wake[INGRESS_PER_WAKE_BUCKETS];
};

/** The largest number of datagrams that bucket `index` counts. */
static inline uint32_t ingress_per_wake_bound(size_t index) {
    return UINT32_C(1) << index;
}

/** Count a receive call that brought this many datagrams, at least one. */
void ingress_figures_count_wake(struct ingress_figures *figures, size_t datagrams);

/* ---- queue ----
 * how many datagrams a socket's receive queue holds, and how to get a deep one.
 *
 * The kernel copies net.unix.max_dgram_qlen of the creator's network namespace into a socket when
 * it is made, and nothing changes it later (net/unix/af_unix.c, unix_create1). The default is 10,
 * in every new namespace too. A queue of N admits N + 1 datagrams, shared by all senders.
 */

/** Where a queue's depth comes from. */
enum queue_source {
    QUEUE_OWN,       /**< the socket was made in a namespace of its own */
    QUEUE_HOST,      /**< the host's setting when the socket was made */
    QUEUE_INHERITED, /**< made by another process; the host's present setting is the best guess */
    QUEUE_KEPT       /**< made by an earlier process of ours, which recorded the depth */
};

/** "own", "host sysctl", "inherited" or "kept". Static. */
const char *ingress_queue_source_text(enum queue_source source);

/** The present net.unix.max_dgram_qlen of this network namespace; 0 when it cannot be read. */
uint32_t ingress_queue_host_depth(void);

enum { QUEUE_WHY_MAX = 160 };

/**
 * Make a datagram socket with a queue of `depth`, whatever the host's setting. A short-lived child
 * process enters a network namespace (and a user namespace around it, if it needs one), writes the
 * depth there, makes the socket and passes it back; the host's setting is unchanged. Paths,
 * credentials and speed are those of any other socket: the only thing that crosses namespaces is
 * the look-up of a path, which works by inode.
 *
 * Returns the descriptor (close-on-exec), or -1 with the reason in ret_why (QUEUE_WHY_MAX bytes).
 * Takes at most about timeout_ms. Call it before threads start.
 */
int ingress_queue_deep_socket(uint32_t depth, int timeout_ms, char *ret_why);

/* ---- listen ----
 * opens the datagram socket to which senders write: inherited, or made with a deep queue
 * and safely put in its place.
 *
 * No loop, no log: start-up code calls it, gets a descriptor or an error message, and passes the
 * listener to ingress.h.
 */

enum {
    INGRESS_PATH_MAX = UNIX_SOCKET_PATH_MAX, /**< with the terminator */
    INGRESS_QUEUE_WANTED = 2048,             /**< default queue depth */
    INGRESS_QUEUE_LEAST = 512, /**< with less, a burst of a few senders is lost: warn */
    INGRESS_MODE = 0660        /**< default mode of the socket */
};

/** Keep the daemon's group. */
#define INGRESS_GROUP_KEEP ((gid_t)-1)

struct ingress_listen_options {
    const char *path;
    const char *setting;         /**< the setting that gives the path, for errors: "--socket" */
    const char *name;            /**< an inherited socket's name: "statgate", or the service's */
    struct inherited *inherited; /**< NULL: none */
    bool bind_now; /**< another process still receives. If the path leads to none of the kept
                        sockets, a new one is bound here instead of later by ingress.h, so that
                        errors show now; the file of a kept socket stays as it is until
                        ingress_set_socket_perms */
    /** Paths of all sockets of this process, this one's included: a kept socket to which another of
     * these paths leads is left to that path. */
    const char *const *paths;
    size_t path_count;
    bool inherit_unnamed; /**< an inherited socket without a name may be used */
    mode_t folder_mode;   /**< mode of the path's folder, which is made if missing; 0: it must
                               exist */
    mode_t mode;
    gid_t group;         /**< INGRESS_GROUP_KEEP: the daemon's */
    uint32_t depth;      /**< wanted queue depth */
    bool deep_queue;     /**< make the socket in its own namespace if the host's depth is less */
    int deep_timeout_ms; /**< timeout for that; 0: a default */
};

/** What a socket takes. */
enum ingress_kind {
    INGRESS_UNIX,  /**< datagrams of the Unix domain */
    INGRESS_UDP,   /**< an input: datagrams of this host, from senders that nobody knows */
    INGRESS_STREAM /**< an input: connections of the Unix domain */
};

/** An open socket. Plain data; the descriptor belongs to whoever holds the struct. */
struct ingress_listener {
    int fd;
    enum ingress_kind kind;
    bool inherited;        /**< passed by the service manager, which decides its name and depth */
    bool kept;             /**< an earlier process of ours made it */
    bool shut;             /**< ... and then refused further datagrams; those that wait in it can be
                                read */
    uint32_t number;       /**< among our sockets of this name: later ones have higher numbers */
    const char *name;      /**< name from the options; borrowed */
    const char *kept_name; /**< the name under which an earlier process kept it; borrowed from
                                `inherited` */
    char path[INGRESS_PATH_MAX]; /**< where senders find it; "@NAME" for an abstract one */
    uint32_t queue_depth;        /**< 0: unknown */
    enum queue_source queue_source;
    char queue_why[QUEUE_WHY_MAX]; /**< why the depth is not the wanted one; "" if it is */
    struct unix_socket_file file;  /**< zeroed: its path leads elsewhere */
    mode_t mode;                   /**< mode of the file, for a socket that replaces it */
    gid_t group;
    int lock; /**< host_path_lock_take(); -1: not available */
};

/**
 * Open the socket: one that the service manager passed, else one of our own that an earlier process
 * kept (ingress_listen_name), else a new one.
 *
 * A kept socket keeps its path, its inode, its depth, and all datagrams that wait in it; its file
 * gets the mode and group of the options. Of several, the one to which the path leads is used,
 * whatever its name, else the last one made under the name of the options: then its path has to be
 * bound again. It is no error if another process has the path's lock.
 *
 * A new one has SO_PASSCRED (and, if the kernel knows it, no SO_PASSRIGHTS) and its mode from the
 * start. It is bound under a temporary name in its folder, given its group, and renamed into place:
 * a sender meets the old socket or the new one, never a gap.
 *
 * Refused: a path too long for a socket address, a file there that is not a socket, a socket on
 * which another process receives, a path whose lock another process holds. A socket on which no one
 * receives is replaced.
 *
 * Returns false with a sentence in ret_error. It may wait for a namespace (see deep_timeout_ms),
 * and changes the umask for a moment: meanwhile no other thread may make files whose mode depends
 * on it.
 */
bool ingress_listen_open(const struct ingress_listen_options *options,
                         struct ingress_listener *ret_listener, struct error *ret_error);

/** Open another socket that an earlier process kept under the name of the options: a former one, to
 * be read for the senders connected to it. Returns false if there are no more. */
bool ingress_listen_former(const struct ingress_listen_options *options,
                           struct ingress_listener *ret_listener);

enum { INGRESS_NAME_MAX = INHERITED_NAME_MAX };

/** Write the name under which a socket is to be kept for the next process:
 * "statgate-socket-NUMBER-DEPTH-NAME". Returns false if it is not ours to keep. */
bool ingress_listen_name(const struct ingress_listener *listener, char ret_name[INGRESS_NAME_MAX]);
/** The socket belongs to another process from now on: closing it here does not remove its path, and
 * does not release a lock that the other process has as well. */
void ingress_listen_leave(struct ingress_listener *listener);

/**
 * Open another socket at the path of `old`, which has lost its place and stays open for the senders
 * connected to it. The new one has the mode and the group that the file of `old` had, and is never
 * inherited. Refuses and returns the same as ingress_listen_open with these options.
 */
bool ingress_listen_again(const struct ingress_listen_options *options,
                          const struct ingress_listener *old, struct ingress_listener *ret_listener,
                          struct error *ret_error);

/** Whether the path still leads to this socket. An abstract name always does. */
bool ingress_listen_in_place(const struct ingress_listener *listener);

/** Remove the socket's path, if it is still ours and not inherited, and release the lock: senders
 * can no longer find the socket, and another daemon may take its place. */
void ingress_listen_unlink(struct ingress_listener *listener);

/** Unlink and close. Safe to call twice. */
void ingress_listen_close(struct ingress_listener *listener);

/** What an input listens on. */
struct ingress_input_options {
    const char *listen;         /**< "unix-stream:PATH" or "udp:ADDRESS:PORT"; borrowed for the life
                                     of the listener */
    const char *place;          /**< where that was set, for errors */
    mode_t mode;                /**< of a path */
    gid_t group;                /**< of a path; INGRESS_GROUP_KEEP: the daemon's */
    struct unix_listener *kept; /**< sockets that an earlier process listened on; one that is used
                                     becomes fd -1 */
    size_t kept_count;
};

/** Open the socket of an input, or take over the one that an earlier process kept. False with a
 * sentence in ret_error. */
bool ingress_input_open(const struct ingress_input_options *options,
                        struct ingress_listener *ret_listener, struct error *ret_error);

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

/** Bytes of an input by stream, beside its cut frames. */
uint64_t ingress_input_bytes(void);
/** Bytes of an inbox in an object. */
uint64_t ingress_object_bytes(void);
struct ingress *ingress_new(const struct ingress_options *options);

/** The content of an image's inbox. */
struct ingress_restored {
    size_t received; /**< datagrams in it, if some were not applied */
    size_t left;     /**< those of them that we have to apply, first of all and one at a time */
};
/**
 * Take over the datagrams that another process received and did not apply, with its position, into
 * a new ingress. Call after ledger_restore, which restores the traffic counters. A datagram with
 * which two processes ended is skipped (`skipped` of the figures).
 */
void ingress_restore(struct ingress *ingress, const struct image *image, const struct match *match,
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

/** Before a new process takes over: refuse what senders would still write on their connections, so
 * that they connect again, and accept none. What they wrote is read until ingress_streams_left()
 * is 0. */
void ingress_shut_streams(struct ingress *ingress);
/** Connections that are open. */
size_t ingress_streams_left(const struct ingress *ingress);
/** The new process failed: accept connections again. */
void ingress_resume_streams(struct ingress *ingress);

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
 * that waited in the sockets at this moment has been applied, however busy they are
 * (ingress_private.h): at worst after about twice as many datagrams as their queues hold. A socket
 * that fails is not waited for.
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
void ingress_set_socket_perms(const struct ingress *ingress);

/** Call just before ingress_drain or _close when another process takes over the sockets. From now
 * on none of them loses its path or is shut down, except those for which `stays` returns false;
 * NULL: all stay. */
void ingress_leave(struct ingress *ingress, bool (*stays)(void *arg, int fd), void *arg);
/** The same only for sockets that others made and passed to this process, which does not start
 * after all. Call just before ingress_close. */
void ingress_give_back(struct ingress *ingress);

/**
 * Stop receiving: unlink the sockets, make further sends fail (EPIPE, no signal)
 * instead of vanishing, and apply everything that waits, for at most timeout_ms. An inherited
 * socket keeps its name and stays open, and its maker's next reader finds later datagrams; after
 * ingress_leave the same holds for all. Only ingress_close may be called after this. Returns how
 * many datagrams were applied; *ret_empty: nothing is left.
 */
size_t ingress_drain(struct ingress *ingress, unsigned timeout_ms, bool *ret_empty);

/** Close everything; the loop has to run until its handles are closed. NULL is fine. */
void ingress_close(struct ingress *ingress);

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
    struct ingress_input_figures input; /**< of an input */
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
/** Call before the figures of inputs are published: the next process, which reads the same sockets,
 * counts from what was published. */
void ingress_note_dropped(struct ingress *ingress);
/** How full the queues were since the last call (pressure.h). */
void ingress_take_pressure(struct ingress *ingress, struct pressure *ret_pressure);

/* ---- cleaner ----
 * removes what has ended, on the libuv loop: series past their time to live, samples
 * that have left the windows of summaries, and the values of ended processes.
 *
 * However much there is, a turn of the loop spends CLEANER_TURN_NS on it and leaves the rest to
 * later turns.
 */

enum {
    CLEANER_SWEEP_MS = 250,  /**< how often to look for series and samples past their time */
    CLEANER_TURN_NS = 250000 /**< a turn starts no step after this */
};

/** Private except for `watch`; must not move. */
struct cleaner {
    struct stopwatch watch; /**< of its callbacks */
    struct breakers_jobs *breakers_jobs;
    struct store *store;
    uv_timer_t timer;
    uv_idle_t idle; /* runs while one of these has work left: */
    bool releasing; /* release the values of ended processes */
    bool sweeping;  /* remove series and samples past their time */
    bool closed;
};

/** Start sweeping; machines and store are borrowed. */
void ingress_cleaner_start(struct cleaner *cleaner, uv_loop_t *loop,
                           struct breakers_jobs *breakers_jobs, struct store *store);
/** Call when processes ended (owners_end): starts to release what they owned. */
void ingress_cleaner_release(struct cleaner *cleaner);
/** Stop; the loop must run once more before the struct is freed. */
void ingress_cleaner_close(struct cleaner *cleaner);

/* ---- inbox ----
 * the memory into which datagrams are received, as tables of the object: datagrams that
 * left a socket before a kill remain there, and the next process applies them.
 *
 *   inbox            slot 0            slot 1            ...   slot 63
 *                    [64 KiB | pad]    [64 KiB | pad]          [64 KiB | pad]
 *   inbox_header     what recvmmsg(2) says of each: length, flags
 *   inbox_control    ... and who sent it
 *   inbox_batch      the socket's scope; how many datagrams the traffic counters have
 *   inbox_input      of each input by UDP: what the kernel dropped
 *
 * The kernel writes a header's length last. Before a receive all lengths are INBOX_EMPTY, so the
 * datagrams received are those of the leading headers with another length. The position in the undo
 * record (object/object.h) says which of them have been applied.
 *
 * A datagram that the kernel cannot copy is lost: it has left its queue by then. Copying fails if a
 * page has no memory, or if the process is killed while the page is being provided. So pages are
 * provided before datagrams are received into them: the first INBOX_HEAD_BYTES of each slot, and
 * all of the first INBOX_WHOLE slots. The rest of the slots follows, during the next receives, once
 * a datagram larger than a head was seen (ingress_private.h); until then, slots without their rest
 * are not used. What can still be lost is the first large datagram of a process, if it follows
 * eight small ones, and datagrams received into a page that the kernel swapped out or moves at that
 * moment.
 */

#define INBOX_EMPTY UINT32_MAX /* not a possible length of a datagram */

/* The field type of a size_t. */
#define INBOX_SIZE_TYPE (sizeof(size_t) == sizeof(uint64_t) ? OBJECT_U64 : OBJECT_U32)

enum {
    INBOX_SLOTS = 64,
    INBOX_SLOT_BYTES = 64 * 1024, /* the largest datagram that clients send */
    /* Odd padding spreads the first lines of the slots over the processor's caches. */
    INBOX_SLOT_STRIDE = INBOX_SLOT_BYTES + 25 * 64,
    INBOX_HEAD_BYTES = 8 * 1024,
    INBOX_WHOLE = 8,
    INBOX_WIDEN = 4 /* slots that get their rest in one call: some 60 pages */
};

/* One SCM_CREDENTIALS as the kernel writes it, without room for more: so no descriptor can be
 * passed with it. */
struct inbox_control {
    size_t bytes; /* header included */
    int32_t level;
    int32_t type;
    int32_t pid;
    uint32_t uid;
    uint32_t gid;
    uint32_t unused;
};

/* Facts about the whole batch, and a count over all processes. */
struct inbox_batch {
    uint32_t scope;
    uint32_t counted;      /* datagrams that are in the traffic counters */
    uint32_t restored;     /* 1: the previous process received them, see ingress_private.h */
    uint32_t skipped;      /* datagrams with which processes ended, and which were not applied */
    uint32_t begun_offset; /* the position's offset and values when the suspect was begun, see
                              ingress_private.h */
    uint32_t begun_values;
    uint32_t input; /* 0: a socket's; else the fingerprint of the input, whose scope may differ in
                       the next process */
};

/* Datagrams that the kernel had dropped when that was last published. */
struct inbox_input {
    uint32_t id; /* as in inbox_batch; 0: none */
    uint64_t dropped;
};

struct inbox {
    struct object_table slots;
    struct object_table headers; /* struct mmsghdr, one behind the other */
    struct object_table controls;
    struct object_table batches; /* one */
    struct object_table inputs;  /* INGRESS_INPUTS_MAX, of UDP */
    struct undo *undo;
    volatile struct object_marks *marks;
    struct object_marks own_marks; /* used without an object */
    size_t whole;                  /* slots whose bytes all have memory */
    uint32_t input;                /* of the next batch */
};

/* Make the tables in `object`, or, if that is NULL, on the heap; all lengths are INBOX_EMPTY. Must
 * not move. */
void inbox_init(struct inbox *inbox, struct object *object);
void inbox_done(struct inbox *inbox);
/* Bytes of the tables in an object. */
uint64_t inbox_object_bytes(void);

/* Start another batch: empty the first `used` headers, then move the position to the first
 * datagram. In this order the earlier datagrams never seem to wait again. */
void inbox_begin(struct inbox *inbox, size_t used, uint32_t scope);
/* Make sure that a slot has memory for a datagram of `bytes`. */
void inbox_fit(struct inbox *inbox, size_t slot, size_t bytes);
/* Provide the rest of INBOX_WIDEN more slots. */
void inbox_widen(struct inbox *inbox);

static inline char *inbox_slot(const struct inbox *inbox, size_t slot) {
    return object_at(&inbox->slots, slot);
}

static inline struct mmsghdr *inbox_header(const struct inbox *inbox, size_t slot) {
    return object_at(&inbox->headers, slot);
}

static inline struct inbox_control *inbox_control(const struct inbox *inbox, size_t slot) {
    return object_at(&inbox->controls, slot);
}

static inline struct inbox_batch *inbox_batch(const struct inbox *inbox) {
    return object_at(&inbox->batches, 0);
}

/* ---- left ---- */

/** Whether the socket receives what is sent to this path. */
bool ingress_stale_leads(const char *path, int fd);

/* ---- now: the time as the store has it. ---- */

static inline struct store_time ingress_now(void) {
    const struct clock_now clock = clock_now();
    return (struct store_time){.mono_ms = clock.mono_ms, .real_ms = clock.real_ms};
}

/* ---- owner watch ----
 * watches the processes that own values, and notices when they end.
 *
 *   gate --meet--> pidfd_open(2), once per process --> one epoll instance --> one uv_poll
 *           '------ gone already ------.                 |
 *        owners_end() <-- last datagrams applied <-- the process is gone
 *
 * An owner whose process is gone stays until everything has been applied that waited in the sockets
 * when the end was noticed (ingress_mark). So does an owner whose process was gone before its first
 * datagram was read: all its datagrams came from one process, and end with it.
 *
 * A pidfd refers to one process, not to a number, so a reused process id does no harm while its
 * first process is watched. A datagram carries only the number. If its process is gone and another
 * has the number when the datagram is read, the datagram counts as the new process's unless their
 * start times differ. If the kernel gives no pidfd (before 5.3, or seccomp), the process is looked
 * up in /proc about once a second instead.
 *
 * Owners that existed before the watch were taken over from the previous process. They are looked
 * at in slices, each OWNER_WATCH_SLICE_NS of a turn; until then datagrams sent under their numbers
 * count as theirs. An owner whose process is gone, or has another start time, ends like any other.
 * One for which there is no descriptor is looked up in /proc from then on: it keeps its values.
 */

enum {
    OWNER_WATCH_ENDS_PER_TURN = 64, /**< owners ended in one loop turn, about 3 µs each */
    OWNER_WATCH_SLICE_NS = 250000,  /**< time per turn for owners that were taken over */
    OWNER_WATCH_RETRY_MS = 1000, /**< how long a sender that could not become an owner is refused */
    OWNER_WATCH_SWEEP_MS = 1000, /**< between looks at owners without a pidfd ... */
    OWNER_WATCH_LOOKS_PER_SWEEP = 1024 /**< ... how many of them are looked up each time */
};

struct owner_watch;

/** What became of owners that were taken over. */
struct owner_watch_adopted {
    uint32_t kept;        /**< their processes live */
    uint32_t ended;       /**< their processes are gone */
    uint32_t unproven;    /**< of those kept: their start times could not be compared */
    uint32_t undescribed; /**< of those kept: without a descriptor, as none was left */
};

/** Hooks get `arg`; all may be NULL. */
struct owner_watch_options {
    uint32_t max; /**< most pidfds; see owner_watch_budget. 0: none, all owners are looked up */
    /** Returns the number of this moment (ingress_mark): not below any earlier one. */
    uint64_t (*mark)(void *arg);
    /** Apply what waits in the sockets, for about a millisecond at most. Returns the number of the
     * last moment up to which nothing waits any more (ingress_passed). */
    uint64_t (*catch_up)(void *arg);
    /** All owners that were taken over have been looked at. Called once, and only if there were
     * any. */
    void (*adopted)(void *arg, const struct owner_watch_adopted *adopted);
    /** Owners ended in this turn: release their values. */
    void (*release)(void *arg);
    void *arg;
};

/**
 * Watch owners (borrowed, like the ledger) from `loop`; its handles do not keep the loop alive.
 * `proc_path` is where processes are looked up: "/proc". Returns 0 or a negative errno.
 */
int owner_watch_new(uv_loop_t *loop, struct ledger *ledger, struct owners *owners,
                    const char *proc_path, const struct owner_watch_options *options,
                    struct owner_watch **ret_watch);

/**
 * A gate_owner_fn (`watch` is its argument): returns the owner that the sender's process is, was or
 * becomes. OWNER_NONE for a process in another pid namespace (pid 0), and when the table of owners
 * or of descriptors is full; no_owner_until_ms of the row is then set. A process that is gone takes
 * no descriptor. The row is marked gone if its process is gone, or if it turns out to belong to an
 * earlier process with the same number; the next datagram then causes another look-up. A new owner
 * costs about 15 µs, a known one less.
 */
owner_id owner_watch_on_new(void *watch, const struct sender *sender);

/** Look at the owners without a pidfd in the next `slots` places. The timer does this; tests call
 * it themselves. */
void owner_watch_sweep(struct owner_watch *watch, uint32_t slots);

struct owner_watch_figures {
    uint32_t descriptors;   /**< live owners with a pidfd */
    uint32_t max;           /**< most pidfds */
    uint32_t swept;         /**< live owners without one, looked up in /proc */
    uint32_t ending;        /**< of both: known to be gone, waiting for their last datagrams */
    uint64_t deaths;        /**< owners ended by the watch */
    uint64_t gone_before;   /**< those of them that were gone when their first datagram was read */
    uint64_t no_descriptor; /**< processes refused because no descriptor was left */
    uint32_t unseen;        /**< owners taken over that were not looked at yet */
};
void owner_watch_figures(const struct owner_watch *watch, struct owner_watch_figures *ret_figures);

/** How many pidfds this process may open: its soft limit of descriptors minus 512 for everything
 * else, or half of the limit if that is more, at most OWNERS_MAX. */
uint32_t owner_watch_budget(void);

/** Stop; the loop has to run until its handles are closed. Owners stay as they are. NULL is fine.
 */
void owner_watch_close(struct owner_watch *watch);

/* ---- path watch ----
 * checks the sockets' paths four times a second, and binds a path again if its file
 * was removed or replaced.
 *
 *   in place ──removed, or replaced by what no one receives on──▶ a new socket at the path
 *       ▲                                                          (the old one is read on)
 *       └───────◀── again after 250 ms, ◀────── not possible: another process receives there,
 *                   500 ms, ... 5 s             the folder is gone, ...
 *
 * A look is one lstat(2) for each socket. Opening a socket may wait for a namespace, so it is done
 * in a thread, one path at a time. It writes no log: hooks report.
 */

enum {
    PATH_WATCH_MS = 250,           /**< between two looks, and before the first retry of a bind */
    PATH_WATCH_RETRY_MAX_MS = 5000 /**< the wait doubles with each retry, up to this */
};

/** What happens to a path; each may be NULL. */
struct path_watch_hooks {
    /** A new socket is in place. */
    void (*bound)(void *arg, const struct ingress_listener *listener);
    /** The path is no longer ours, and why; called once for each reason. */
    void (*lost)(void *arg, const char *why);
    /** After `lost`, the path leads to this daemon again without a new socket. */
    void (*found)(void *arg, const struct ingress_listener *listener);
    /** The clock for the waits between retries; NULL: the loop's. */
    uint64_t (*now_ms)(void *arg);
    void *arg;
};

struct path_watch;

/** The ingress is borrowed. Returns 0 or a negative errno. */
int ingress_path_watch_new(uv_loop_t *loop, struct ingress *ingress,
                           const struct path_watch_hooks *hooks, struct path_watch **ret_watch);
/**
 * Watch the path of the socket at this index of the ingress, which was opened with these options;
 * their texts are borrowed. If the socket at the index is a former one, the path belongs to the
 * last socket before it that is not. An inherited socket gets a new one of our own beside it, which
 * is read as well.
 */
void ingress_path_watch_add(struct path_watch *watch, size_t index,
                            const struct ingress_listen_options *options);

/** A sentence about a path that is not ours at the moment; NULL if all are. An inherited socket
 * that was never at its path does not count: it may have another name elsewhere. Borrowed until the
 * next turn of the loop. */
const char *ingress_path_watch_trouble(const struct path_watch *watch);
/** How often a path was bound again. */
uint64_t ingress_path_watch_rebinds(const struct path_watch *watch);

/** While it is held, no path is bound again: another process is taking the sockets over, and would
 * not know of one that is made now. An attempt under way ends first. NULL is fine. */
void ingress_path_watch_hold(struct path_watch *watch, bool hold);

/** Stop; the loop frees it in its next turns. NULL is fine. The ingress is not touched after
 * this. */
void ingress_path_watch_close(struct path_watch *watch);

/* ---- sender watch ----
 * keeps the ledger's rows of senders consistent with their processes: names and
 * start times of new ones, the end of old ones, process ids that were reused, processes that became
 * another program (exec).
 */

enum {
    SENDER_WATCH_LOOKS_PER_TURN = 32, /**< processes looked up in one loop turn, some 10 µs each */
    SENDER_WATCH_ROWS_PER_SWEEP = 256, /**< rows looked at every SENDER_WATCH_SWEEP_MS */
    SENDER_WATCH_SWEEP_MS = 1000,
    SENDER_WATCH_UNITS_PER_SECOND = 100 /**< look-ups of units or containers */
};

struct sender_watch;

/**
 * Watch a ledger's senders (borrowed) from `loop`; its timer does not keep the loop alive.
 * `proc_path` is where processes are looked up: "/proc". Returns 0 or a negative errno.
 */
int ingress_sender_watch_new(uv_loop_t *loop, struct ledger *ledger, const char *proc_path,
                             struct sender_watch **ret_watch);

/**
 * A gate_sender_fn (`watch` is its argument): describes a sender that is new, or that sends
 * although it was found gone. If its process id now belongs to another process, the row is closed
 * and a new one started; so it is if the process has executed another program. If a turn brings
 * more than SENDER_WATCH_LOOKS_PER_TURN, the rest are described a moment later; a process that
 * ended before then is marked gone without a description. Process id 0 is never looked up.
 *
 * Its unit or container is looked up as well, at most SENDER_WATCH_UNITS_PER_SECOND; look-ups put
 * off are counted (ledger_put_off), and done with a later look at the row.
 */
void ingress_sender_watch_on_new(void *watch, const struct sender *sender);

/** A view_sender_fn (`watch` is its argument): looks at the process of a row that is not known to
 * be gone, which takes some 10 µs. */
void ingress_sender_watch_look(void *watch, size_t row);

/** Look at the next `rows` rows. The timer does this; tests call it themselves. */
void ingress_sender_watch_sweep(struct sender_watch *watch, size_t rows);
/** Describe rows that were left over. Returns true if there may be more. */
bool ingress_sender_watch_catch_up(struct sender_watch *watch);

/** Stop; the loop has to run until its handle is closed. NULL is fine. */
void ingress_sender_watch_close(struct sender_watch *watch);

#endif
