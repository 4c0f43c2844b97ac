/*
 * ledger.h - the books: every sample in exactly one verdict, per service, family, reason and
 * sender.
 *
 * "Nothing is lost in silence": received = accepted + folded + rejected + ignored, for the daemon,
 * for each service and for each sender. The gate and the ingress write here; self metrics and the
 * JSON views read. Pure: time and process facts arrive as arguments.
 *
 * The books outlive the process with the object they were made in (object/object.h). What is not carried
 * over: recent rejections, and what senders spelled. Functions note what they change (object/undo.h);
 * unless they say otherwise, their caller commits.
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

/** New books for a finished set; in `object` they outlive the process (NULL: they do not). All
 * borrowed. NULL when out of memory. Later only memory of the object is asked for; where there is none,
 * tables are as full as they are then. */
struct ledger *ledger_new(const struct memory *memory, struct object *object,
                          const struct catalog_set *set, uint64_t seed);
void ledger_free(struct ledger *ledger);
/** Bytes of the heap that a ledger takes, and those of its tables when all are full: every row taken,
 * every family with rejections and folds. */
uint64_t ledger_bytes(void);
/** What of both is for people: recent rejections, spellings, groups, processes that ended. */
uint64_t ledger_details_bytes(void);
uint64_t ledger_object_bytes(const struct catalog_set *set);
/**
 * Take over the books of another process: of a ledger that has counted nothing yet. Sums close whatever
 * is in the image. The services' counts are believed, those of services that are no more go to
 * ledger_former; the total is their sum. A sender's row is taken if the rest of the total has room for
 * it, and what no row accounts for is the departed's. Rejections of a service beyond those with a
 * reason that is known here are counted as SG_REJECT_NONE. Also books the samples that
 * the image's position has accepted and its books have not. False: out of memory.
 */
bool ledger_restore(struct ledger *ledger, const struct image *image, const struct match *match);
/** What that takes beside a full ledger, until it is over. */
uint64_t ledger_restore_bytes(void);

/* ---- verdicts ---- */

/** What the ledger notes for an entry that comes again: of one text (or none), service, family, label, reason and
 * verdict. Private; all 0 at first. */
struct ledger_mark {
    uint64_t text; /* where its text is kept; 0: it has none */
    uint64_t run;  /* in which it was counted with all that there is to count */
};

/** What is known of a sample when its verdict falls; missing parts are NULL or -1. */
struct ledger_entry {
    const struct catalog *service;       /**< NULL: no service is known */
    const struct catalog_family *family; /**< NULL: unknown */
    int label;                           /**< index in the family of the label at fault, or -1 */
    enum sg_reject reason;               /**< for a rejection, and for what caused a fold */
    /** What the sender spelled: with SG_REJECT_UNKNOWN_FAMILY the name, with SG_REJECT_UNKNOWN_LABEL the key, of a fold
     * the value. Missing: nothing is kept of it. */
    struct sg_span spelled;
    uint32_t spelled_hash; /**< of it, if there is a seeded one already, always the same; 0: none */
    bool waits;            /**< samples in a row may be counted as late as by ledger_settle */
    struct ledger_mark *mark; /**< NULL: it does not come again */
};

/** Hot path: `count` samples accepted for a service (index in the set). */
void ledger_accept(struct ledger *ledger, const struct sender *sender, uint32_t service,
                   uint64_t count);
/** Samples folded, with the label and reason (label_value, label_overflow, series_limit), when their sender was
 * seen last. */
void ledger_fold(struct ledger *ledger, const struct sender *sender,
                 const struct ledger_entry *entry, uint64_t count);
/** Samples ignored. */
void ledger_ignore(struct ledger *ledger, const struct sender *sender,
                   const struct ledger_entry *entry, uint64_t count);
/** Samples rejected; `line` and `offset` go to the ring of recent rejections (copied, cut, at most
 * a bounded number per second). */
void ledger_reject(struct ledger *ledger, const struct sender *sender,
                   const struct ledger_entry *entry, struct sg_span line, size_t offset,
                   uint64_t count, int64_t real_ms);

/** `count` more (at least 1) of an entry with this mark, by which the last of its samples was folded or rejected. That is
 * no work, while samples like it come in a row. False: nothing was counted, and the entry has to be. */
bool ledger_again(struct ledger *ledger, const struct sender *sender,
                  const struct ledger_mark *mark, uint64_t count, int64_t real_ms);

/** Who counted entries that wait, or have a mark, calls this before anybody reads what was folded, rejected or spelled.
 * The caller commits. */
void ledger_settle(struct ledger *ledger);

/** A value of a query's row, folded or rejected (entry->family is set): it counts in the family's
 * books, where it can be seen why, and in ledger_row_reasons. It is no sample: no total, service or
 * sender counts it. */
void ledger_row(struct ledger *ledger, const struct ledger_entry *entry, enum verdict verdict,
                int64_t real_ms);

/** Traffic that is not samples. Plain counters, written by the ingress, read by views and self. */
struct ledger_traffic {
    uint64_t datagrams;
    uint64_t bytes;
    uint64_t truncated_datagrams;
    uint64_t truncated_bytes; /**< bytes that the kernel cut off */
};
struct ledger_traffic *ledger_traffic(struct ledger *ledger);

/* ---- reading ---- */

/** Totals: the sum of all services, of samples without a service and of former ones; `service` is an index in the set, or -1 for samples without a service. */
const struct tally *ledger_total(const struct ledger *ledger);
const struct tally *ledger_service(const struct ledger *ledger, int service);
/** Samples that an earlier process counted for services of its catalogs that are no more. */
const struct tally *ledger_former(const struct ledger *ledger);
/** Rejections of a service by reason: SG_REJECT_COUNT counters, the one of SG_REJECT_NONE for reasons that
 * only an earlier process knew. -1: without a service. */
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
    uint64_t unknown_names;
    uint64_t folded_values;
};
struct ledger_full ledger_full(const struct ledger *ledger);

/** Rejections and folds of a family, samples and values of rows: (label_count + 1) x
 * SG_REJECT_COUNT counters, row label, last row without a label; NULL when the family has none, or there was no memory
 * for them. */
const uint64_t *ledger_family_rejected(const struct ledger *ledger,
                                       const struct catalog_family *family);
const uint64_t *ledger_family_folded(const struct ledger *ledger,
                                     const struct catalog_family *family);

/** Rejections or folds of one family, label and reason (of a service's, without a family). */
struct ledger_group {
    int64_t first_ms; /**< Unix time; 0: not known */
    int64_t last_ms;  /**< Unix time */
    double rate;      /**< each second, over about the last ten */
    const struct who
        *sender; /**< of the last one; borrowed until the next rejection. NULL: a query's row */
};
/** Groups that are kept; the one not met for longest makes way. */
enum { LEDGER_GROUPS_MAX = 4096 };
/** The group of the entry's service, family, label and reason, folded or rejected. False: nothing is known of it. */
bool ledger_group(const struct ledger *ledger, const struct ledger_entry *entry,
                  enum verdict verdict, int64_t real_ms, struct ledger_group *ret_group);

/** What senders spell otherwise than the catalogs: the most frequent of each kind. */
enum ledger_spelling {
    LEDGER_UNKNOWN_NAMES,  /**< that no family has */
    LEDGER_UNKNOWN_LABELS, /**< that the family does not declare */
    LEDGER_FOLDED_VALUES,  /**< that became another */
    LEDGER_SPELLING_COUNT
};
enum { LEDGER_SPELLED_MAX = 256 /**< of each kind */ };

struct ledger_spelled {
    const struct catalog *service;       /**< NULL: the socket does not say */
    const struct catalog_family *family; /**< NULL: of a name */
    int label;                           /**< of a value: index in the family; else -1 */
    enum sg_reject reason;
    const char *text; /**< any bytes, not terminated; borrowed until the next rejection */
    size_t len;
    uint64_t count; /**< samples; at most `error` of them may have had another spelling */
    uint64_t error;
    int64_t first_ms; /**< Unix time; since it is kept */
    int64_t last_ms;
    double rate;              /**< each second, over about the last ten */
    const struct who *sender; /**< of the last one; borrowed likewise */
};
/** The text in place `place`, below LEDGER_SPELLED_MAX; it stays there while it is kept. False: the
 * place is empty. */
bool ledger_spelled(const struct ledger *ledger, enum ledger_spelling which, size_t place,
                    int64_t real_ms, struct ledger_spelled *ret_spelled);
/** The places that are taken, the most frequent first. Returns how many. */
size_t ledger_spelled_order(const struct ledger *ledger, enum ledger_spelling which,
                            uint16_t ret_places[LEDGER_SPELLED_MAX]);
/** Samples whose spelling was not kept since too many new ones came at a time. */
uint64_t ledger_spelled_left_out(const struct ledger *ledger, enum ledger_spelling which);

/** Unknown labels as rows of a family's rejections. */
enum { UNKNOWN_LABELS_MAX = LEDGER_SPELLED_MAX };

struct unknown_label {
    const struct catalog_family *family;
    uint64_t count;  /**< samples since it is kept; also in the family's row without a label */
    const char *key; /**< any bytes, not terminated; borrowed until the next rejection */
    size_t len;
};
/** The label in place `index`, as ledger_spelled has it. The samples of one that made way are in the row without a
 * label alone. */
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
    char unit[SENDER_UNIT_MAX];
    uint16_t line_len; /**< bytes in `line`, not terminated, any bytes */
    bool line_cut;
    char line[RECENT_LINE_MAX];
};
/** The `index`-th newest (0 = newest), or NULL. */
const struct recent *ledger_recent(const struct ledger *ledger, size_t index);
/** Keep no offending text from now on (and forget what is kept). */
void ledger_hide_text(struct ledger *ledger);

#endif
