/*
 * owner_watch.h - watches the processes that own values, and notices when they end.
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
#ifndef STATGATE_INGRESS_OWNER_WATCH_H
#define STATGATE_INGRESS_OWNER_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/memory.h"
#include "ledger/ledger.h"
#include "store/store.h"

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
int owner_watch_new(const struct memory *memory, uv_loop_t *loop, struct ledger *ledger,
                    struct owners *owners, const char *proc_path,
                    const struct owner_watch_options *options, struct owner_watch **ret_watch);

/**
 * A gate_owner_fn (`watch` is its argument): returns the owner that the sender's process is, was or
 * becomes. OWNER_NONE for a process in another pid namespace (pid 0), and when the table of owners
 * or of descriptors is full; no_owner_until_ms of the row is then set. A process that is gone takes
 * no descriptor. The row is marked gone if its process is gone, or if it turns out to belong to an
 * earlier process with the same number; the next datagram then causes another look-up. A new owner
 * costs about 15 µs, a known one less.
 */
owner_id owner_watch_meet(void *watch, const struct sender *sender);

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

/** Stop; `closed` (may be NULL) is called once the memory is freed, at once for a NULL watch.
 * Owners stay as they are. */
void owner_watch_close(struct owner_watch *watch, void (*closed)(void *arg), void *arg);

#endif
