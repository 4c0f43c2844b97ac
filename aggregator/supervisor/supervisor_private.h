/* SPDX-License-Identifier: MIT */
/* supervisor_private.h - what the modules of this folder and their tests share. Private. */
#ifndef STATGATE_SUPERVISOR_SUPERVISOR_PRIVATE_H
#define STATGATE_SUPERVISOR_SUPERVISOR_PRIVATE_H

#include <signal.h>
#include <sys/types.h>

#include "host/clock.h"
#include "supervisor/supervisor.h"

/* ---- backoff: how long to wait before the daemon is started again. Pure. ---- */

enum {
    BACKOFF_READY_MS = 500, /**< a daemon that was ready for this long is started again at once */
    BACKOFF_FIRST_MS = 100, /**< any other after this delay, */
    BACKOFF_LAST_MS = 5000, /**< which doubles each time, up to this */
};

/** Zeroed: no daemon has ended yet. */
struct backoff {
    uint32_t last_ms;
};

/** The delay before the next start, when a daemon has ended that had been ready for ready_ms; -1:
 * never ready. */
uint32_t supervisor_backoff_next_ms(struct backoff *backoff, int64_t ready_ms);

/* ---- watchdog: when a daemon that gives no heartbeat hangs. Pure.
 *
 * Ticks are counted, not time: a tick that comes late counts as one, however late it is. So time in
 * which neither process runs (suspend, a freezer, a paused machine) does not make a daemon hang.
 */

enum {
    WATCHDOG_TICK_MS = 1000,
    WATCHDOG_TICKS = 10,    /**< in a row without a heartbeat */
    WATCHDOG_SLACK_MS = 250 /**< a beat may be late by this much before the first tick */
};

/** Zeroed: no one is watched. */
struct watchdog {
    int64_t due_ms;  /**< of the next tick, on the monotonic clock; 0: no one is watched */
    unsigned missed; /**< ticks since the last heartbeat */
};

/** A heartbeat, or the start of a process. The first one begins the watch: once it is ready, a
 * process that never gives one is not watched. */
void supervisor_watchdog_beat(struct watchdog *watchdog, int64_t now_ms);
/** Whether a tick is due. It is counted, and the next one is due a second from now. */
bool supervisor_watchdog_tick(struct watchdog *watchdog, int64_t now_ms);
/** Whether so many ticks came in a row: WATCHDOG_TICKS in a process that hangs. */
bool supervisor_watchdog_is_over(const struct watchdog *watchdog, unsigned ticks);
/** How many ticks a start may take until the daemon is ready: six times as long as senders wait for
 * one, WATCHDOG_TICKS at least. */
unsigned supervisor_watchdog_start_ticks(uint32_t ready_timeout_ms);

/* ---- child: the present process of the daemon. ---- */

struct child_process {
    pid_t pid;        /**< 0: none */
    pid_t former;     /**< handed over to `pid`, and not waited for yet; 0: none */
    int fd;           /**< of pidfd_open(2): readable when `pid` has ended; -1: unavailable */
    int old_fd;       /**< the same for `former` */
    int64_t ready_ms; /**< when it became ready, on the monotonic clock; 0: it did not */
    struct watchdog watchdog;
    int64_t kill_at_ms;     /**< when to kill it; 0: not due */
    uint32_t kill_after_ms; /**< the time that it had to end before that */
};

/** The state before the first daemon. */
#define CHILD_NONE ((struct child_process){.fd = -1, .old_fd = -1})

/** A daemon starts: a child of ours with this process id, which no one has waited for. Until
 * it is ready, its start is watched. */
void child_begin(struct child_process *child, pid_t pid, int64_t now_ms);
/** Another process, a descendant of ours, is the daemon from now on. Returns false if it is not a
 * descendant. */
bool child_hand_over(struct child_process *child, pid_t pid);
/** READY=1 was received. Only the first one counts. */
void child_become_ready(struct child_process *child, int64_t now_ms);
/** The process that handed over has been waited for. */
void child_old_ended(struct child_process *child);
/** Signal the process, if there is one: by its pidfd, so that no other process is hit that has the
 * same process id by now. By its process id if the kernel gives no pidfd (before 5.3, or
 * seccomp). */
void child_signal(const struct child_process *child, int number);
/** Kill it after this time, unless it has ended by then. */
void child_kill_later(struct child_process *child, int64_t now_ms, uint32_t after_ms);
/** The daemon has ended (and has been waited for, if it was our child). An old process that still
 * runs is killed: only one daemon may run. */
void child_end(struct child_process *child);

/* ---- ready timeout: how long those who wait for a daemon are left waiting. Pure. ---- */

/** Zeroed: a daemon is ready, or none ever was. */
struct ready_timeout {
    int64_t since_ms; /**< since when no daemon is ready, on the monotonic clock; 0: one is */
    bool over;
};

/** Note whether a daemon is missing now. A daemon that starts and dies again does not count: only
 * one that is ready ends the time. */
void supervisor_ready_timeout_look(struct ready_timeout *timeout, bool away, int64_t now_ms,
                                   uint32_t most_ms);
/** When the timeout ends; 0: it has ended, or no one waits. */
int64_t supervisor_ready_timeout_due_ms(const struct ready_timeout *timeout, uint32_t most_ms);

/* ---- state ----
 *
 *             started             READY=1               STOPPING=1
 *   WAITING ───────────▶ STARTING ─────────▶ RUNNING ───────────────▶ ENDING
 *      ▲                    │                   │                       │
 *      │ died: started      │                   │                       │
 *      │ again, once one    │                   │                       │
 *      │ was ever ready     ▼                   ▼                       │ ended
 *      └────────────────────┴───────────────────┘                       │
 *                           │ died, and none was ever ready             ▼
 *                           └────────────────────────────────────────▶ ENDED
 *                                                                       ▲
 *   any of these ─── SIGTERM, SIGINT ───▶ STOPPING ───── ended ─────────┘
 *
 * A daemon that exits with 0 ends the supervisor, too.
 */

enum supervisor_state {
    SUPERVISOR_WAITING,  /**< none runs; the next start is at start_at_ms */
    SUPERVISOR_STARTING, /**< one runs and is not ready */
    SUPERVISOR_RUNNING,  /**< it is ready */
    SUPERVISOR_ENDING,   /**< it announced that it stops */
    SUPERVISOR_STOPPING, /**< the supervisor was asked to end, and so was the daemon */
    SUPERVISOR_ENDED     /**< after this turn, with exit_code */
};

struct supervisor {
    enum supervisor_state state;
    const struct supervisor_options *options;
    struct held_fds kept;
    struct notify_socket notify;
    int signals;         /* of signalfd(2) */
    sigset_t before;     /* signals blocked before the supervisor started, for the daemon */
    int watch[2];        /* a pipe: the daemon has the first end, and notices when the second is
                            closed */
    struct stats *stats; /* for the next daemon that is ready; NULL: none can be made */
    int stats_fd;
    struct child_process child; /* the daemon, if one runs */
    struct backoff backoff;
    struct ready_timeout ready_timeout;
    uint64_t unread;        /* datagrams read in place of a daemon since one was ready */
    uint64_t turned_away;   /* connections closed since then */
    bool ever_ready;        /* a daemon was ready once: from then on it is started again */
    int64_t start_at_ms;    /* when to start the next daemon; 0: not due */
    int64_t beat_at_ms;     /* when our own manager gets the next heartbeat; 0: it wants none */
    uint32_t beat_every_ms; /* 0: it wants none */
    int exit_code;
};

static inline int64_t supervisor_now_ms(void) {
    return clock_now().mono_ms;
}

/* The earlier of two times; 0: never. */
static inline int64_t supervisor_sooner(int64_t one, int64_t other) {
    return one == 0 || (other != 0 && other < one) ? other : one;
}

/* End the supervisor after this turn. */
static inline void supervisor_end_with(struct supervisor *supervisor, int exit_code) {
    supervisor->state = SUPERVISOR_ENDED;
    supervisor->exit_code = exit_code;
}

/* ---- reaping: waits for processes that have ended: the daemon, which may be started again, and
 * orphans.
 */

/** Wait for the children that have ended, and decide how to continue if the daemon is one of
 * them. */
void child_reap_all(struct supervisor *supervisor);
/** Call when the daemon's pidfd is readable: another process may be its parent and have waited for
 * it. */
void child_reap_foreign(struct supervisor *supervisor);

/* ---- death: how a process ended, for the log and as an exit code. Pure. ---- */

struct death {
    bool known; /**< false: it was not our child, so the kernel did not tell us how */
    int status; /**< of waitpid(2) */
};

enum { DEATH_TEXT_BYTES = 96 };

/** Write a text such as "exited with status 1" or "was killed by signal 11 (SIGSEGV), core
 * dumped". */
void child_death_describe(const struct death *death, char ret_text[DEATH_TEXT_BYTES]);
/** The exit code to use for it: the process's own, 128 plus the signal, or 1 if unknown. */
int child_death_code(const struct death *death);
/** Whether the process exited with 0. */
bool child_death_is_orderly(const struct death *death);

/** Whether a debugger holds the process (TracerPid in proc(5)). False without /proc. */
bool child_is_traced(int32_t pid);

/* ---- messages: reads the daemon's messages (sd_notify(3)) and acts on them. ---- */

/** Read waiting messages, up to a turn's share. Messages of processes other than the daemon are
 * dropped. */
void supervisor_read_messages(struct supervisor *supervisor);

/* ---- launch: starts the daemon as a service manager does: descriptors from 3 on, and variables
 * that name them and give the address for messages (sd_listen_fds(3), sd_notify(3)).
 */

/** A descriptor to pass on; the caller keeps it. */
struct launch_fd {
    int fd;
    const char *name;
};

struct launch {
    const char *program;
    char *const *arguments;
    const char *notify_name;
    const struct launch_fd *fds;
    size_t fd_count;
    const sigset_t *signals; /**< signals blocked in the new process */
};

/** Returns 0, or a negative errno if there is no process, or it could not execute the program. */
int child_launch(const struct launch *launch, pid_t *ret_pid);

/* ---- descendants: whether a process descends from this one. ---- */

/** The parent's process id from the content of /proc/PID/stat (proc(5)); 0: there is no parent, or
 * the text is invalid. */
int32_t child_read_parent(const char *text, size_t len);
/** Whether the process is a child of this one, a child of a child, and so on. False without
 * /proc. */
bool child_is_descendant(int32_t pid);

/* ---- same file: whether two descriptors refer to one open file. ---- */

/** True if they are duplicates of each other; or, if the kernel cannot tell, if they refer to the
 * same file with the same flags. */
bool child_same_file(int a, int b);

/* ---- signals: a descriptor for the signals that the supervisor passes on, and for SIGCHLD.
 */

/** Block the signals and open a descriptor that is readable when one has arrived. *ret_before is
 * the set that was blocked before. Returns the descriptor or a negative errno. */
int child_signals_open(sigset_t *ret_before);
/** The next signal, without waiting; 0: none. *ret_told: it is from the terminal, so the kernel has
 * sent it to the daemon, too. */
int child_signals_next(int fd, bool *ret_told);
/** Whether the signal asks a process to end in order. */
bool child_signals_ask_to_end(int number);

/* ---- start: starts the daemon. ---- */

/** The same, after delay_ms. */
void supervisor_start_later(struct supervisor *supervisor, uint32_t delay_ms);

#endif
