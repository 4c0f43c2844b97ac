/*
 * owner_watch.h - tells which processes own values, and notices their ends without being told.
 *
 *   gate --meet--> pidfd_open(2), once per process --> one epoll instance --> one uv_poll
 *                                                        |
 *        owners_end() <-- last datagrams applied <-- the process is gone
 *
 * A pidfd stands for one process, not for a number, so a process id that is used again misleads
 * nobody. What an ended process still has in the sockets' queues is applied before its end, for
 * OWNER_WATCH_LAST_MS at most. Where the kernel gives no pidfd (before 5.3, or seccomp), the
 * process is looked up in /proc about once a second instead.
 */
#ifndef STATGATE_INGRESS_OWNER_WATCH_H
#define STATGATE_INGRESS_OWNER_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "ledger/ledger.h"
#include "owner/owners.h"

enum {
    OWNER_WATCH_ENDS_PER_TURN = 64, /**< owners ended in one loop turn, about 3 µs each */
    OWNER_WATCH_LAST_MS = 100,      /**< how long a busy socket may put off the end of an owner */
    OWNER_WATCH_RETRY_MS = 1000, /**< a sender that could not become an owner is refused so long */
    OWNER_WATCH_SWEEP_MS = 1000, /**< between looks at owners without a pidfd ... */
    OWNER_WATCH_LOOKS_PER_SWEEP = 1024 /**< ... of which so many are looked up each time */
};

struct owner_watch;

/** Hooks get `arg`; both may be NULL. */
struct owner_watch_options {
    uint32_t max; /**< pidfds at most; see owner_watch_budget. 0: none, all are looked up */
    /** Apply what waits in the sockets, for about a millisecond at most (ingress_caught_up). True
     * when every socket was seen empty. */
    bool (*catch_up)(void *arg);
    /** Owners were ended in this turn: time to release what they had. */
    void (*release)(void *arg);
    void *arg;
};

/**
 * Watch owners (borrowed, as the ledger) from `loop`; its handles do not keep the loop alive.
 * `proc_path` is where processes are looked up: "/proc". Returns 0 or a negative errno.
 */
int owner_watch_new(uv_loop_t *loop, struct ledger *ledger, struct owners *owners,
                    const char *proc_path, const struct owner_watch_options *options,
                    struct owner_watch **ret_watch);

/**
 * A gate_owner_fn (`watch` is its argument): the owner that the sender's process is, or becomes.
 * OWNER_NONE for a process in another pid namespace (pid 0) or one that has ended, when the table
 * of owners or of descriptors is full, and when the row turns out to be an earlier process's with
 * the same number (the row is marked gone then, so that the next datagram starts it anew). Then
 * no_owner_until_ms is set. A new owner costs about 15 µs, a known one less.
 */
owner_id owner_watch_meet(void *watch, struct sender *sender);

/** Look at the owners without pidfd in the next `slots` places. The timer does this; tests do it by
 * hand. */
void owner_watch_sweep(struct owner_watch *watch, uint32_t slots);

struct owner_watch_figures {
    uint32_t descriptors;   /**< live owners with a pidfd */
    uint32_t max;           /**< of them */
    uint32_t swept;         /**< live owners without one, looked up in /proc */
    uint32_t ending;        /**< of both: known to be gone, their last datagrams awaited */
    uint64_t deaths;        /**< owners ended by the watch */
    uint64_t unsettled;     /**< of these: ended although datagrams were still waiting */
    uint64_t too_late;      /**< processes that had ended before they could become owners */
    uint64_t no_descriptor; /**< processes refused for want of a descriptor */
};
void owner_watch_figures(const struct owner_watch *watch, struct owner_watch_figures *ret_figures);

/** How many pidfds this process may open: its soft limit of descriptors less 512 for everything
 * else, half of it where that is more, OWNERS_MAX at most. */
uint32_t owner_watch_budget(void);

/** Stop; `closed` (may be NULL) is called when the memory is free. Owners stay as they are. Safe
 * with a NULL watch: then it is called at once. */
void owner_watch_close(struct owner_watch *watch, void (*closed)(void *arg), void *arg);

#endif
