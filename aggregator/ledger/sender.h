/*
 * sender.h - sending processes: a row for each, with the verdicts on its samples and what it
 * reports about itself.
 */
#ifndef STATGATE_LEDGER_SENDER_H
#define STATGATE_LEDGER_SENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/who.h"
#include "ledger/tally.h"

struct ledger;

/** HANDLES_PER_SENDER_MAX keeps one process from taking every place: beyond it, that process's
 * handle that reported least recently is dropped. */
enum {
    SENDERS_MAX = 16384,
    SENDER_COMM_MAX = WHO_COMM_MAX,
    SENDER_UNIT_MAX = WHO_UNIT_MAX,
    HANDLES_MAX = 65536,
    PAIRS_MAX = 16384, /* services of senders that send for several */
    HANDLES_PER_SENDER_MAX = 1024
};

/** Telemetry that DogStatsD clients send about themselves (`datadog.dogstatsd.client.*`), in their
 * own units. */
enum client_telemetry {
    TELEMETRY_METRICS,
    TELEMETRY_EVENTS,
    TELEMETRY_SERVICE_CHECKS,
    TELEMETRY_PACKETS_SENT,
    TELEMETRY_PACKETS_DROPPED,
    TELEMETRY_BYTES_SENT,
    TELEMETRY_BYTES_DROPPED,
    TELEMETRY_COUNT
};
/** "metrics", "packets_dropped", ... (the name after the prefix). Static. */
const char *ledger_telemetry_text(enum client_telemetry which);

/** What ends with a process: its values, and its running jobs, which are lost. */
enum { TOOK_PARTS, TOOK_JOBS, TOOK_COUNT };

/** A sending process, identified by the kernel's credentials. Only the ledger's functions write to
 * it. The fields that each datagram touches come first. */
struct sender {
    int32_t pid; /**< 0: in another pid namespace, or unknown */
    uint32_t uid;
    uint32_t gid;
    int32_t service;           /**< index of the service it last sent for, -1 before the first */
    bool several;              /**< it sends for several (ledger_sent_for) */
    bool alive;                /**< as last checked (ledger_set_alive) */
    bool described;            /**< comm and start_ticks were looked up */
    uint32_t owner;            /**< owner_id of the process, which may have ended; 0: none so far */
    int64_t no_owner_until_ms; /**< Unix time before which it does not try to become an owner */
    uint64_t datagrams;
    int64_t last_seen_ms; /**< Unix time */
    struct tally tally;
    struct tally none;    /**< the part of `tally` that is of no service */
    uint64_t numbered;    /**< samples in datagrams of handles that number their samples (`q:`) */
    uint64_t sent;        /**< samples that its handles report as sent ... */
    uint64_t lost;        /**< ... and as lost */
    uint64_t implausible; /**< reports that claimed more than is possible */
    int64_t reports_since_ms; /**< monotonic time of its first report; see `reports` */
    bool reports;
    uint32_t
        program; /**< names the program file of its process; 0: unknown. For this daemon only */
    uint64_t telemetry[TELEMETRY_COUNT];
    int64_t first_seen_ms;
    uint64_t start_ticks; /**< process start time, to detect a reused pid; 0: unknown */
    char comm[SENDER_COMM_MAX];
    char unit[SENDER_UNIT_MAX]; /**< systemd unit or container; "": unknown */
    bool placed;                /**< the unit was looked up */
    uint32_t took[TOOK_COUNT];  /**< what ended with its process */
    uint64_t ended;             /**< serial of its ledger_ended; 0: none */
};

/** A sender's identity, as shown to people. */
static inline void ledger_who(const struct sender *sender, struct who *ret_who) {
    ret_who->pid = sender->pid;
    ret_who->uid = sender->uid;
    memcpy(ret_who->comm, sender->comm, sizeof ret_who->comm);
    memcpy(ret_who->unit, sender->unit, sizeof ret_who->unit);
}

/**
 * Find or make the row of this process. Call it once per datagram: it counts the datagram and notes
 * the time. When the table is full, the row not seen for longest (a gone process first, among the
 * oldest few) is closed into ledger_departed(). Never NULL. The pointer is valid until the next
 * call.
 *
 * *ret_new asks the caller to inspect the process: the row is new, or it was marked gone and now
 * sends again. The caller describes the process (ledger_sender_describe) if it can. If the
 * process's start time differs from start_ticks, the pid belongs to another process: see
 * ledger_sender_restart. Because it may not be the process that was an owner, the row then has no
 * owner.
 */
const struct sender *ledger_sender(struct ledger *ledger, int32_t pid, uint32_t uid, uint32_t gid,
                                   int64_t real_ms, bool *ret_new);
/** Like ledger_sender, for a datagram that an earlier process has already counted: it is not
 * counted again. */
const struct sender *ledger_sender_again(struct ledger *ledger, int32_t pid, uint32_t uid,
                                         uint32_t gid, int64_t real_ms, bool *ret_new);
/** Set the name and start time of the process, which is alive; `comm` (may be NULL) is cut. These
 * are facts, not counts: they are not noted, and stay whatever happens to the present datagram. */
void ledger_sender_describe(const struct sender *sender, const char *comm, uint64_t start_ticks);
/** Set which program its process runs. Also a fact. */
void ledger_sender_runs(const struct sender *sender, uint32_t program);
/** The pid now belongs to another process, or its process runs another program: close the row into
 * the departed and start it again, alive and not described. A datagram for which *ret_new was set
 * belongs to the new row. Commits if nothing else is under way. */
void ledger_sender_restart(struct ledger *ledger, const struct sender *sender, int64_t real_ms);
/** Set where the process runs: a systemd unit or a container, cut; "" if it has none. Also a
 * fact. */
void ledger_sender_place(const struct sender *sender, const char *unit);
/** Count a search for a process's unit that was postponed because there were too many. */
void ledger_sender_put_off(struct ledger *ledger);
/** How many searches for a unit were postponed. */
uint64_t ledger_put_off(const struct ledger *ledger);
/** Set the owner for the sender's process (owner_id; 0: none). */
void ledger_sender_own(struct ledger *ledger, const struct sender *sender, uint32_t owner);
/** The sender cannot become an owner; this process does not try again before `until_ms` (Unix
 * time). */
void ledger_sender_disown(const struct sender *sender, int64_t until_ms);
/** Add `count` to what a client reports about itself. */
void ledger_sender_telemetry(struct ledger *ledger, const struct sender *sender,
                             enum client_telemetry which, uint64_t count);

/** Rows 0 .. ledger_sender_count()-1, in the order in which they were made; a row never moves while
 * it lives. */
size_t ledger_sender_count(const struct ledger *ledger);
const struct sender *ledger_sender_at(const struct ledger *ledger, size_t index);
/** The index of a sender's row. */
size_t ledger_sender_index(const struct ledger *ledger, const struct sender *sender);
/** Mark row `index` alive or gone. Also a fact. */
void ledger_set_alive(struct ledger *ledger, size_t index, bool alive);
/** The process of row `index` has ended: mark it gone, and record who it was (once). */
void ledger_sender_gone(struct ledger *ledger, size_t index, int64_t real_ms);
/** An owner has ended, and this many of its values and running jobs end with it. `index` is its row
 * if that still belongs to the process and is marked gone. */
void ledger_sender_took(struct ledger *ledger, size_t index, int32_t pid, uint32_t parts,
                        uint32_t jobs, int64_t real_ms);

/** What a sender sent for one service. */
struct ledger_sent {
    uint32_t service;     /**< index in the set */
    struct tally tally;   /**< of a sender of one service, also what is of none */
    int64_t last_seen_ms; /**< Unix time */
};
/** How many services row `index` has sent for. When all PAIRS_MAX places are taken, pairs of gone
 * processes make room; a service without a place is not listed, and is counted in the sender's
 * tally alone. */
uint32_t ledger_sender_services(const struct ledger *ledger, size_t index);
/** What row `index` sent for this service. False: nothing that is known. */
bool ledger_sent_for(const struct ledger *ledger, size_t index, uint32_t service,
                     struct ledger_sent *ret_sent);
/** Walk over its services; start with *at = 0. False: there are no more. Counting ends a walk. */
bool ledger_sent_next(const struct ledger *ledger, size_t index, uint32_t *at,
                      struct ledger_sent *ret_sent);

/** How many ended processes are kept, for people. */
enum { LEDGER_ENDED_MAX = 256 };

struct ledger_ended {
    uint64_t serial; /**< rises with each ended process */
    struct who who;
    int32_t service;       /**< as in struct sender */
    int64_t at_ms;         /**< Unix time at which the end was noticed */
    int64_t first_seen_ms; /**< 0: only the pid is known */
    uint64_t samples;
    size_t row;     /**< its sender's row, while that is still its own; else SIZE_MAX */
    uint32_t parts; /**< values that ended with it */
    uint32_t jobs;  /**< running jobs that were lost with it */
};
/** The most recently ended process with a serial below `before` (UINT64_MAX: of all). False: there
 * is none. */
bool ledger_ended(const struct ledger *ledger, uint64_t before, struct ledger_ended *ret_ended);
/** The most recently ended process with this pid. False: none is known. */
bool ledger_ended_find(const struct ledger *ledger, int32_t pid, struct who *ret_who);

/** The sums of all closed rows; *ret_rows is their number. */
const struct sender *ledger_departed(const struct ledger *ledger, uint64_t *ret_rows);

/**
 * How much one process may claim to have sent or lost beyond what arrived from it: a million
 * samples at the start (a handle may be older than the daemon), and ten thousand for each
 * millisecond since its first report. A thread that loses everything it sends as fast as it can
 * stays below.
 */
enum { CLAIM_START = 1000000, CLAIM_PER_MS = 10000 };

/** The `q:` report of a datagram. */
struct ledger_claim {
    uint64_t handle;
    uint64_t sent; /**< cumulative for the handle, like `lost` */
    uint64_t lost;
    uint64_t received; /**< samples in this datagram */
};

/**
 * Apply a report; the growth of its numbers counts. If a handle is first met late in its life (the
 * daemon, or the row, is younger), it delivered sent - lost - received samples before: these do not
 * count, so that sent = numbered + lost holds from the first report on. A number that falls is
 * ignored, so the order of datagrams does not matter. A handle belongs to its sender: the same
 * number from another process is another handle.
 *
 * A report that claims more than its process can have done is counted as implausible and changes
 * nothing. If true numbers exceeded the limit only because they came too early, they count with a
 * later report of the same handle; the samples that came meanwhile become `numbered` then.
 *
 * When no place is left (handles of gone processes give theirs up), the report is dropped and
 * counted in ledger_full; the samples are then not `numbered`. `mono_ms` is the monotonic clock.
 */
void ledger_report(struct ledger *ledger, const struct sender *sender,
                   const struct ledger_claim *claim, int64_t mono_ms);

#endif
