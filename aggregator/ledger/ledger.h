/*
 * ledger.h - the books: every sample in exactly one verdict, per service, family, reason and
 * sender.
 *
 * "Nothing is lost in silence": received = accepted + folded + rejected + ignored, for the daemon,
 * for each service and for each sender. The gate and the ingress write here; self metrics and the
 * JSON views read. Pure: time and process facts arrive as arguments.
 *
 * The books outlive the process in the object they were made in (object/object.h), except recent
 * rejections and senders' spellings. Functions note what they change (object/undo.h); unless they
 * say otherwise, their caller commits.
 */
#ifndef STATGATE_LEDGER_LEDGER_H
#define STATGATE_LEDGER_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"
#include "catalog/catalog.h"
#include "ledger/sender.h"
#include "ledger/tally.h"
#include "object/match.h"
#include "object/object.h"
#include "sg_proto.h"

struct ledger;

/** Create books for a finished set; in `object` they outlive the process (NULL: they do not). All
 * arguments are borrowed. NULL when out of memory. Later the ledger asks only for memory of the
 * object; without it, a table counts as full. */
struct ledger *ledger_new(const struct memory *memory, struct object *object,
                          const struct catalog_set *set, uint64_t seed);
void ledger_free(struct ledger *ledger);
/** Bytes of a ledger on the heap. ledger_object_bytes: bytes of its tables when all are full, with
 * every row taken, and rejections and folds in every family. */
uint64_t ledger_bytes(const struct catalog_set *set);
/** How much of both is for people: recent rejections, spellings, groups, processes that ended. */
uint64_t ledger_details_bytes(void);
uint64_t ledger_object_bytes(const struct catalog_set *set);
/**
 * Take over the books of another process, into a ledger that has counted nothing yet. All sums
 * match afterwards, whatever the image holds. The services' counts are trusted; those of services
 * that no longer exist go to ledger_former; the total is the sum of both. A sender's row is taken
 * if the rest of the total has room for it; what no row accounts for goes to the departed.
 * Rejections of a service for reasons unknown here count as SG_REJECT_NONE. Samples that the
 * image's position has accepted, but its books have not counted, are counted too. False: out of
 * memory.
 */
bool ledger_restore(struct ledger *ledger, const struct image *image, const struct match *match);
/** Bytes that ledger_restore needs beside a full ledger, until it returns. */
uint64_t ledger_restore_bytes(void);

/* ---- verdicts ---- */

/** What the ledger remembers for an entry that recurs, with one text (or none), service, family,
 * label, reason and verdict. Private; all 0 at first. */
struct ledger_mark {
    uint64_t text; /* where its text is kept; 0: no text */
    uint64_t run;  /* the run in which it was counted completely */
};

/** What is known of a sample at its verdict; unknown parts are NULL or -1. */
struct ledger_entry {
    const struct catalog *service;       /**< NULL: no service is known */
    const struct catalog_family *family; /**< NULL: no family is known */
    int label;                           /**< family's index of the label at fault, or -1 */
    enum sg_reject reason;               /**< of a rejection or a fold */
    /** What the sender wrote: the name with SG_REJECT_UNKNOWN_FAMILY, the key with
     * SG_REJECT_UNKNOWN_LABEL, the value of a fold. Missing: no text is kept. */
    struct sg_span spelled;
    uint32_t spelled_hash;    /**< seeded hash of `spelled`, always the same for a text; 0: none */
    bool waits;               /**< consecutive samples may be counted as late as in ledger_settle */
    struct ledger_mark *mark; /**< NULL: the entry does not recur */
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

/** Count `count` more samples (at least 1) of an entry with this mark, as its last one was folded
 * or rejected. Cheap while such samples are consecutive. False: nothing was counted, and the entry
 * must be counted by ledger_fold or ledger_reject. */
bool ledger_again(struct ledger *ledger, const struct sender *sender,
                  const struct ledger_mark *mark, uint64_t count, int64_t real_ms);

/** Whoever counts entries that wait or have a mark calls this before anybody reads what was folded,
 * rejected or spelled. The caller commits. */
void ledger_settle(struct ledger *ledger);

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

#endif
