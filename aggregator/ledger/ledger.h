/*
 * ledger.h - the books: every sample in exactly one verdict, per service, family, reason and
 * sender.
 *
 * "Nothing is lost in silence": received = accepted + folded + rejected + ignored, for the daemon,
 * for each service and for each sender. The gate and the ingress write here; self metrics and the
 * JSON views read. Pure: time and process facts arrive as arguments.
 */
#ifndef STATGATE_LEDGER_LEDGER_H
#define STATGATE_LEDGER_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalog/catalog.h"
#include "sg_proto.h"

enum verdict {
    VERDICT_ACCEPTED,
    VERDICT_FOLDED,   /**< counted, with a label value that became its fallback */
    VERDICT_REJECTED, /**< with a reason */
    VERDICT_IGNORED,  /**< event, service check, client telemetry, a group that is not exposed */
    VERDICT_COUNT
};

/** "accepted", "folded", ... Static. */
const char *verdict_text(enum verdict verdict);

struct tally {
    uint64_t by_verdict[VERDICT_COUNT];
};

static inline uint64_t tally_total(const struct tally *tally) {
    return tally->by_verdict[VERDICT_ACCEPTED] + tally->by_verdict[VERDICT_FOLDED] +
           tally->by_verdict[VERDICT_REJECTED] + tally->by_verdict[VERDICT_IGNORED];
}

/* ---- senders ---- */

/** HANDLES_PER_SENDER_MAX keeps one process from taking every place: beyond it its own handle that
 * reported least recently gives way. */
enum {
    SENDERS_MAX = 16384,
    SENDER_COMM_MAX = 16,
    HANDLES_MAX = 65536,
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
/** "metrics", "packets_dropped", ... (the name behind the prefix). Static. */
const char *ledger_telemetry_text(enum client_telemetry which);

/** A sending process, by the kernel's credentials. What each datagram touches comes first. */
struct sender {
    int32_t pid; /**< 0: in another pid namespace, or unknown */
    uint32_t uid;
    uint32_t gid;
    int32_t service; /**< index of the catalog last sent for, -1 before the first */
    bool alive;      /**< as last looked at (ledger_set_alive) */
    bool described;  /**< comm and start_ticks were looked up */
    uint32_t owner;  /**< owner_id of the process, 0 before it owns something; may have ended */
    int64_t no_owner_until_ms; /**< Unix time; before it, becoming an owner is not tried again */
    uint64_t datagrams;
    int64_t last_seen_ms; /**< Unix time */
    struct tally tally;
    uint64_t numbered;    /**< samples received in datagrams of handles that number (`q:`) */
    uint64_t sent;        /**< what its handles report as sent ... */
    uint64_t lost;        /**< ... and as lost */
    uint64_t implausible; /**< reports that claimed more than can be */
    int64_t
        reports_since_ms; /**< when its first report came, on the monotonic clock; see reports */
    bool reports;
    uint64_t telemetry[TELEMETRY_COUNT];
    int64_t first_seen_ms;
    uint64_t start_ticks; /**< process start time, guards against pid reuse; 0 = unknown */
    char comm[SENDER_COMM_MAX];
};

struct ledger;

/** New books for a finished set (borrowed). NULL when out of memory. */
struct ledger *ledger_new(const struct catalog_set *set, uint64_t seed);
void ledger_free(struct ledger *ledger);
/** Bytes of a ledger that is full: all rows taken, every family with rejections and folds. */
uint64_t ledger_bytes(const struct catalog_set *set);

/**
 * The row of this process, made if new. Call it once per datagram: it counts the datagram and notes
 * the time. When the table is full, the row not seen for longest (a gone process first, among the
 * oldest few) is closed into ledger_departed(). Never NULL. The pointer is valid until the next
 * call.
 *
 * *ret_new asks the caller to look at the process: the row is new, or it was marked gone and now
 * speaks again. The caller describes it (ledger_sender_describe) when it can; a row whose start_ticks
 * differ from those it has is another process: see ledger_sender_restart.
 */
struct sender *ledger_sender(struct ledger *ledger, int32_t pid, uint32_t uid, uint32_t gid,
                             int64_t real_ms, bool *ret_new);
/** Name and start time of the process, which is alive; `comm` (may be NULL) is cut. */
void ledger_sender_describe(struct sender *sender, const char *comm, uint64_t start_ticks);
/** The pid now belongs to another process: close the row into the departed and start it again, alive
 * and not described. A datagram for which *ret_new was set goes with the new row. */
void ledger_sender_restart(struct ledger *ledger, struct sender *sender, int64_t real_ms);

/** Rows 0 .. ledger_sender_count()-1 in a stable order (that of their making); a row's place never
 * moves while it lives. */
size_t ledger_sender_count(const struct ledger *ledger);
const struct sender *ledger_sender_at(const struct ledger *ledger, size_t index);
/** The same row for whoever describes it (ledger_sender_describe, ledger_sender_restart). */
struct sender *ledger_sender_row(struct ledger *ledger, size_t index);
/** Mark row `index` alive or gone. */
void ledger_set_alive(struct ledger *ledger, size_t index, bool alive);
/** The sums of all rows that were closed, and how many there were. */
const struct sender *ledger_departed(const struct ledger *ledger, uint64_t *ret_rows);

/**
 * What one process may claim to have sent or lost beyond what arrived of it: a million samples from
 * the start (a handle may be older than the daemon), and ten thousand for each millisecond since
 * its first report. A thread that loses all it sends as fast as it can stays below.
 */
enum { CLAIM_START = 1000000, CLAIM_PER_MS = 10000 };

/** The `q:` report of a datagram. */
struct ledger_claim {
    uint64_t handle;
    uint64_t sent; /**< cumulative for the handle, as is `lost` */
    uint64_t lost;
    uint64_t received; /**< samples in this datagram */
};

/**
 * Apply a report; the growth of its numbers counts. A handle that is first met late in its life
 * (the daemon, or the row, is younger) delivered sent - lost - received samples before: these do
 * not count, so that sent = numbered + lost holds from the first report on. A
 * number that falls is ignored, so the order of datagrams does not matter. A handle belongs to its
 * sender: the same number from another process is another handle.
 *
 * A report that says more than its process can have done is counted as implausible and changes
 * nothing. True numbers that came too early for the bound count with a later report of the same
 * handle, and the samples that came meanwhile are `numbered` then.
 *
 * When no place is left (handles of gone processes give theirs up) the report is dropped and
 * counted in ledger_full; the samples then are not `numbered`. `mono_ms` is the monotonic clock.
 */
void ledger_report(struct ledger *ledger, struct sender *sender, const struct ledger_claim *claim,
                   int64_t mono_ms);

/* ---- verdicts ---- */

/** What is known of a sample when its verdict falls; missing parts are NULL or -1. */
struct ledger_entry {
    const struct catalog *service;       /**< NULL: no service could be told */
    const struct catalog_family *family; /**< NULL: unknown */
    int label;                           /**< index in the family of the label at fault, or -1 */
    enum sg_reject reason;               /**< for a rejection, and for what caused a fold */
    struct sg_span unknown; /**< with SG_REJECT_UNKNOWN_LABEL: the key that the family lacks */
};

/** Hot path: `count` samples accepted for a service (index in the set). */
void ledger_accept(struct ledger *ledger, struct sender *sender, uint32_t service, uint64_t count);
/** Samples folded, with the label and reason (label_value, label_overflow, series_limit). */
void ledger_fold(struct ledger *ledger, struct sender *sender, const struct ledger_entry *entry,
                 uint64_t count);
/** Samples ignored. */
void ledger_ignore(struct ledger *ledger, struct sender *sender, const struct ledger_entry *entry,
                   uint64_t count);
/** Samples rejected; `line` and `offset` go to the ring of recent rejections (copied, cut, at most
 * a bounded number per second). */
void ledger_reject(struct ledger *ledger, struct sender *sender, const struct ledger_entry *entry,
                   struct sg_span line, size_t offset, uint64_t count, int64_t real_ms);

/** A value of a query's row, folded or rejected (entry->family is set): it counts in the family's
 * books, where it can be seen why, and in ledger_row_reasons. It is no sample: no total, service or
 * sender counts it. */
void ledger_row(struct ledger *ledger, const struct ledger_entry *entry, enum verdict verdict);

/** Traffic that is not samples. Plain counters, written by the ingress, read by views and self. */
struct ledger_traffic {
    uint64_t datagrams;
    uint64_t bytes;
    uint64_t truncated_datagrams;
    uint64_t truncated_bytes; /**< bytes that the kernel cut off */
};
struct ledger_traffic *ledger_traffic(struct ledger *ledger);

/* ---- reading ---- */

/** Totals; `service` is an index in the set, or -1 for samples without a service. */
const struct tally *ledger_total(const struct ledger *ledger);
const struct tally *ledger_service(const struct ledger *ledger, int service);
/** Rejections of a service by reason: SG_REJECT_COUNT counters. -1: without a service. */
const uint64_t *ledger_reasons(const struct ledger *ledger, int service);
/** Likewise, the rejected values of rows: what the families' books have beyond ledger_reasons. */
const uint64_t *ledger_row_reasons(const struct ledger *ledger, int service);
/** Sums over all handles ever seen. */
void ledger_reported(const struct ledger *ledger, uint64_t *ret_sent, uint64_t *ret_lost);
/** Reports of all senders that claimed more than can be. */
uint64_t ledger_implausible(const struct ledger *ledger);
/** How many times each bounded table was full. */
struct ledger_full {
    uint64_t senders;        /**< rows closed to make room */
    uint64_t handles;        /**< reports without a place */
    uint64_t unknown_labels; /**< keys that made way for another */
};
struct ledger_full ledger_full(const struct ledger *ledger);

/** Rejections and folds of a family, samples and values of rows: (label_count + 1) x
 * SG_REJECT_COUNT counters, row label, last row without a label; NULL when the family has none. */
const uint64_t *ledger_family_rejected(const struct ledger *ledger,
                                       const struct catalog_family *family);
const uint64_t *ledger_family_folded(const struct ledger *ledger,
                                     const struct catalog_family *family);

/** Labels that a family does not declare, as senders spell them: the most frequent ones. */
enum { UNKNOWN_LABELS_MAX = 256 };

struct unknown_label {
    const struct catalog_family *family;
    uint64_t count;  /**< samples rejected for it; also in the family's row without a label */
    const char *key; /**< any bytes, not terminated; borrowed until the next rejection */
    size_t len;
};
/** The label in place `index`, below UNKNOWN_LABELS_MAX; it stays there while it is kept. False:
 * the place is empty. When all are taken the rarest makes way for a new one, and its samples then
 * are in the row without a label alone. */
bool ledger_unknown_label(const struct ledger *ledger, size_t index,
                          struct unknown_label *ret_label);
/** Samples of a family in all places. */
uint64_t ledger_unknown_sum(const struct ledger *ledger, const struct catalog_family *family);

enum { RECENT_MAX = 256, RECENT_LINE_MAX = 256, RECENT_PER_SECOND = 64 };

/** A recent rejection. */
struct recent {
    uint64_t serial; /**< 1, 2, ... */
    int64_t at_ms;   /**< Unix time */
    enum sg_reject reason;
    size_t offset;
    int32_t pid;
    uint32_t uid;
    char comm[SENDER_COMM_MAX];
    uint16_t line_len; /**< bytes in `line`, not terminated, any bytes */
    bool line_cut;
    char line[RECENT_LINE_MAX];
};
/** The `index`-th newest (0 = newest), or NULL. */
const struct recent *ledger_recent(const struct ledger *ledger, size_t index);
/** Keep no offending text from now on (and forget what is kept). */
void ledger_hide_text(struct ledger *ledger);

#endif
