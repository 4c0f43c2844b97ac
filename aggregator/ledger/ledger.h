/* SPDX-License-Identifier: MIT */
/*
 * ledger.h - the books: every sample in exactly one verdict, per service, family, reason and
 * sender.
 *
 * "Nothing is lost in silence": received = accepted + folded + rejected + ignored, for the daemon,
 * for each service and for each sender. The gate and the ingress write here; self metrics and the
 * JSON views read. Pure: time and process facts arrive as arguments.
 *
 * The books outlive the process in the object they were made in (object/object.h), except recent
 * rejections and senders' spellings. Functions note what they change (object/object.h); unless they
 * say otherwise, their caller commits.
 */
#ifndef STATGATE_LEDGER_LEDGER_H
#define STATGATE_LEDGER_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "base/who.h"
#include "catalog/catalog.h"
#include "object/object.h"
#include "sg_proto.h"

/* ---- tally: the verdicts on a sample, and how many samples got each. ---- */

enum verdict {
    VERDICT_ACCEPTED,
    VERDICT_FOLDED,   /**< counted, but a label value became its fallback */
    VERDICT_REJECTED, /**< refused, with a reason */
    VERDICT_IGNORED,  /**< event, service check, client telemetry, a family that is not exposed */
    VERDICT_COUNT
};

/** "accepted", "folded", ... Static. */
const char *ledger_verdict_text(enum verdict verdict);

struct tally {
    uint64_t by_verdict[VERDICT_COUNT];
};

static inline uint64_t tally_total(const struct tally *tally) {
    return tally->by_verdict[VERDICT_ACCEPTED] + tally->by_verdict[VERDICT_FOLDED] +
           tally->by_verdict[VERDICT_REJECTED] + tally->by_verdict[VERDICT_IGNORED];
}

/* ---- sender ----
 * sending processes: a row for each, with the verdicts on its samples and what it
 * reports about itself.
 */

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

/** Create books for a finished set; in `object` they outlive the process (NULL: they do not). All
 * arguments are borrowed. Later the ledger asks only for memory of the object. */
struct ledger *ledger_new(struct object *object, const struct catalog_set *set, uint64_t seed);
void ledger_free(struct ledger *ledger);
/** Bytes of a ledger on the heap. ledger_object_bytes: bytes of its tables when all are full, with
 * every row taken, and rejections and folds in every family. */
uint64_t ledger_bytes(const struct catalog_set *set);
/** How much of both is for people: recent rejections, spellings, groups, processes that ended.
 */
uint64_t ledger_details_bytes(void);
uint64_t ledger_object_bytes(const struct catalog_set *set);
/**
 * Take over the books of another process, into a ledger that has counted nothing yet. All sums
 * match afterwards, whatever the image holds. The services' counts are trusted; those of services
 * that no longer exist go to ledger_former; the total is the sum of both. A sender's row is taken
 * if the rest of the total has room for it; what no row accounts for goes to the departed.
 * Rejections of a service for reasons unknown here count as SG_REJECT_NONE. Samples that the
 * image's position has accepted, but its books have not counted, are counted too.
 */
void ledger_restore(struct ledger *ledger, const struct image *image, const struct match *match);
/** Bytes that ledger_restore needs beside a full ledger, until it returns. */
uint64_t ledger_restore_bytes(void);

/* ---- verdicts ---- */

/** What is known of a sample at its verdict; unknown parts are NULL or -1. */
struct ledger_entry {
    const struct catalog *service;       /**< NULL: no service is known */
    const struct catalog_family *family; /**< NULL: no family is known */
    int label;                           /**< family's index of the label at fault, or -1 */
    enum sg_reject reason;               /**< of a rejection or a fold */
    /** What the sender wrote: the name with SG_REJECT_UNKNOWN_FAMILY, the key with
     * SG_REJECT_UNKNOWN_LABEL, the value of a fold. Missing: no text is kept. */
    struct sg_span spelled;
};

/** Count samples accepted for a service (index in the set). Hot path. */
void ledger_accept(struct ledger *ledger, const struct sender *sender, uint32_t service,
                   uint64_t count);
/** Count folded samples, with the label and reason (label_value, label_overflow, series_limit), at
 * the time when their sender was last seen. */
void ledger_fold(struct ledger *ledger, const struct sender *sender,
                 const struct ledger_entry *entry, uint64_t count);
/** Count ignored samples. */
void ledger_ignore(struct ledger *ledger, const struct sender *sender,
                   const struct ledger_entry *entry, uint64_t count);
/** Count rejected samples. `line` and `offset` go to the ring of recent rejections (copied, cut, at
 * most a bounded number per second). */
void ledger_reject(struct ledger *ledger, const struct sender *sender,
                   const struct ledger_entry *entry, struct sg_span line, size_t offset,
                   uint64_t count, int64_t real_ms);

/** Count a folded or rejected value of a query's row (entry->family is set) in the family's books,
 * where the reason can be seen, and in ledger_row_reasons. It is no sample: no total, service or
 * sender counts it. */
void ledger_row(struct ledger *ledger, const struct ledger_entry *entry, enum verdict verdict,
                int64_t real_ms);

/** Traffic in units other than samples. Plain counters, written by the ingress, read by views and
 * self. */
struct ledger_traffic {
    uint64_t datagrams;
    uint64_t bytes;
    uint64_t truncated_datagrams;
    uint64_t truncated_bytes; /**< bytes that the kernel cut off */
};
struct ledger_traffic *ledger_traffic(struct ledger *ledger);

/* ---- reading ---- */

/** The sum of all services, of samples without a service and of former services. ledger_service:
 * one service by its index in the set, or -1 for samples without a service. */
const struct tally *ledger_total(const struct ledger *ledger);
const struct tally *ledger_service(const struct ledger *ledger, int service);
/** Samples that an earlier process counted for services that are no longer in the catalogs. */
const struct tally *ledger_former(const struct ledger *ledger);
/** Rejections of a service by reason: SG_REJECT_COUNT counters. That of SG_REJECT_NONE counts
 * reasons that only an earlier process knew. -1: without a service. */
const uint64_t *ledger_reasons(const struct ledger *ledger, int service);
/** The same for rejected values of rows: what the families' books have beyond ledger_reasons. */
const uint64_t *ledger_row_reasons(const struct ledger *ledger, int service);
/** Samples that handles reported as sent and as lost, summed over all handles ever seen. */
void ledger_reported(const struct ledger *ledger, uint64_t *ret_sent, uint64_t *ret_lost);
/** Reports, of all senders, that claimed more than is possible. */
uint64_t ledger_implausible(const struct ledger *ledger);
/** How many times each bounded table was full. */
struct ledger_full {
    uint64_t senders;        /**< rows closed to make room */
    uint64_t handles;        /**< reports of handles without a place */
    uint64_t pairs;          /**< samples of a sender's service without a place, or runs of them */
    uint64_t unknown_labels; /**< keys that made room for others */
    uint64_t unknown_names;
    uint64_t folded_values;
};
struct ledger_full ledger_full(const struct ledger *ledger);

/** Rejections and folds of a family, samples and values of rows: (label_count + 1) x
 * SG_REJECT_COUNT counters, one row per label, the last without a label. NULL if the family has
 * none, or memory was lacking. */
const uint64_t *ledger_family_rejected(const struct ledger *ledger,
                                       const struct catalog_family *family);
const uint64_t *ledger_family_folded(const struct ledger *ledger,
                                     const struct catalog_family *family);

/** Rejections or folds of one family, label and reason (without a family: of a service). */
struct ledger_group {
    int64_t first_ms; /**< Unix time; 0: not known */
    int64_t last_ms;  /**< Unix time */
    double rate;      /**< per second, over about the last ten seconds */
    const struct who
        *sender; /**< who sent the last one; borrowed until the next rejection. NULL: a query */
};
/** Most groups that are kept; the one unused for longest makes room. */
enum { LEDGER_GROUPS_MAX = 4096 };
/** Find the group of the entry's service, family, label and reason, folded or rejected. False:
 * there is none. */
bool ledger_group(const struct ledger *ledger, const struct ledger_entry *entry,
                  enum verdict verdict, int64_t real_ms, struct ledger_group *ret_group);

/** What senders spell differently from the catalogs: the most frequent texts of each kind. */
enum ledger_spelling {
    LEDGER_UNKNOWN_NAMES,  /**< names that no family has */
    LEDGER_UNKNOWN_LABELS, /**< labels that the family does not declare */
    LEDGER_FOLDED_VALUES,  /**< values that were folded */
    LEDGER_SPELLING_COUNT
};
enum { LEDGER_SPELLED_MAX = 256 /**< texts kept of each kind */ };

struct ledger_spelled {
    const struct catalog *service;       /**< NULL: the socket does not say */
    const struct catalog_family *family; /**< NULL: the text is a name */
    int label;                           /**< of a folded value: its label in the family; else -1 */
    enum sg_reject reason;
    const char *text; /**< any bytes, not terminated; borrowed until the next rejection */
    size_t len;
    uint64_t count; /**< samples; up to `error` of them may have had another spelling */
    uint64_t error;
    int64_t first_ms; /**< Unix time since when it is kept */
    int64_t last_ms;
    double rate;              /**< per second, over about the last ten seconds */
    const struct who *sender; /**< who sent the last one; borrowed until the next rejection */
};
/** Read the text in place `place`, below LEDGER_SPELLED_MAX; it stays there while it is kept.
 * False: the place is empty. */
bool ledger_spelled(const struct ledger *ledger, enum ledger_spelling which, size_t place,
                    int64_t real_ms, struct ledger_spelled *ret_spelled);
/** The places in use, most frequent first. Returns how many there are. */
size_t ledger_spelled_order(const struct ledger *ledger, enum ledger_spelling which,
                            uint16_t ret_places[LEDGER_SPELLED_MAX]);
/** Samples whose spelling was not kept because too many new ones came at once. */
uint64_t ledger_spelled_left_out(const struct ledger *ledger, enum ledger_spelling which);

/** Unknown labels as rows of a family's rejections. */
enum { UNKNOWN_LABELS_MAX = LEDGER_SPELLED_MAX };

struct unknown_label {
    const struct catalog_family *family;
    uint64_t count;  /**< samples while it is kept; also in the family's row without a label */
    const char *key; /**< any bytes, not terminated; borrowed until the next rejection */
    size_t len;
};
/** Read the label in place `index`, as in ledger_spelled. Samples of a label that made room remain
 * only in the row without a label. */
bool ledger_unknown_label(const struct ledger *ledger, size_t index,
                          struct unknown_label *ret_label);
/** Samples of a family with any of the kept labels. */
uint64_t ledger_unknown_sum(const struct ledger *ledger, const struct catalog_family *family);

enum { RECENT_MAX = 256, RECENT_LINE_MAX = 256, RECENT_PER_SECOND = 64 };

/** A recent rejection. */
struct recent {
    uint64_t serial; /**< 1, 2, ... */
    int64_t at_ms;   /**< Unix time */
    enum sg_reject reason;
    const struct catalog_family *family; /**< NULL: not known */
    int label;                           /**< the family's label at fault, or -1 */
    size_t offset;
    int32_t pid;
    uint32_t uid;
    char comm[SENDER_COMM_MAX];
    char unit[SENDER_UNIT_MAX];
    uint16_t line_len; /**< bytes in `line`: any bytes, not terminated */
    bool line_cut;
    char line[RECENT_LINE_MAX];
};
/** The `index`-th newest rejection (0 = newest), or NULL. */
const struct recent *ledger_recent(const struct ledger *ledger, size_t index);
/** Forget the offending texts that are kept, and keep none from now on. */
void ledger_hide_text(struct ledger *ledger);

/* ---- rate ----
 * events per second over about the last ten seconds, from a count of the present window
 * and the part of the previous window's count that lies within ten seconds. Private to this folder.
 */

enum { RATE_WINDOW_MS = 10000 };

struct rate {
    int64_t window; /* number of the present window */
    uint64_t present;
    uint64_t before;
};

static inline void rate_count(struct rate *rate, uint64_t count, int64_t real_ms) {
    const int64_t window = real_ms / RATE_WINDOW_MS;
    if (window != rate->window) {
        rate->before = window == rate->window + 1 ? rate->present : 0;
        rate->present = 0;
        rate->window = window;
    }
    rate->present += count;
}

/** Events per second at this time. */
static inline double rate_read(const struct rate *rate, int64_t real_ms) {
    const int64_t window = real_ms / RATE_WINDOW_MS;
    const double rest = 1 - (double)(real_ms % RATE_WINDOW_MS) / RATE_WINDOW_MS;
    double count = 0;
    if (window == rate->window)
        count = (double)rate->present + (double)rate->before * rest;
    else if (window == rate->window + 1)
        count = (double)rate->present * rest;
    return count * 1000 / RATE_WINDOW_MS;
}

/* ---- sender name: who a process is of which only the number is kept. ---- */

/** Who the process `pid` was at `at_ms` (Unix time): the sender of this number that had been seen
 * by then, the last one of several. What is not known stays empty; the number is there in any case.
 * Returns the work units that the look at all senders took. */
size_t ledger_sender_name(const struct ledger *ledger, int32_t pid, int64_t at_ms,
                          struct who *ret_who);

#endif
