/* SPDX-License-Identifier: MIT */
/* ledger_private.h - what the modules of this folder and their tests share. Private. */
#ifndef STATGATE_LEDGER_LEDGER_PRIVATE_H
#define STATGATE_LEDGER_LEDGER_PRIVATE_H

#include "ledger/heavy_hitters.h"

/* ---- books ----
 * what the ledger's files share: the struct behind ledger.h. Private to this folder.
 *
 * Everything that outlives the process is in tables of the object (ledger.c), which reserve
 * addresses for their full size from the start. Their items refer to rows, handles, families and
 * cells by index, never by pointer. Indexes, lists and texts of rejections are on the heap, also at
 * full size.
 *
 * Each function notes the surviving words that it changes (object/object.h). The caller commits.
 */

/** The integers that a double represents exactly: no process can claim more, however old it is. */
#define CLAIM_MAX (UINT64_C(1) << 53)

/** A handle of a sender, linked into the list of that sender's handles. */
struct handle {
    uint64_t id;
    uint64_t sent;
    uint64_t lost;
    uint64_t
        unnumbered; /**< samples received with implausible reports since the last good report */
    uint32_t row;   /**< row of its sender; SLOTS_NONE: free */
    bool met;       /**< a report of this handle was taken */
    uint32_t hash;
    uint32_t newer;
    uint32_t older; /**< in a free handle: the next free one */
};

struct handle_table {
    struct object_table table; /**< HANDLES_MAX; the first books.handle_count were ever used */
    struct slots slots;
    uint32_t free; /**< head of the free list */
    uint32_t hand; /**< where the search for handles of gone processes continues */
};

static inline struct handle *handle_at(const struct handle_table *handles, uint32_t index) {
    return object_at(&handles->table, index);
}

/** One per sender: its neighbours by recency. Kept outside the rows, so that moving one touches
 * little memory. */
struct sender_link {
    uint32_t newer;
    uint32_t older;
};

/** One per sender: its handles, ordered by last report. */
struct sender_handles {
    uint32_t newest;
    uint32_t oldest;
    uint32_t count;
};

struct sender_table {
    struct object_table table; /**< SENDERS_MAX; books.sender_count of them are in use */
    struct sender *rows;       /**< the rows of `table` */
    struct slots slots;
    struct sender_link *links;      /**< SENDERS_MAX */
    struct sender_handles *handles; /**< SENDERS_MAX */
    uint32_t newest;                /**< recency list */
    uint32_t oldest;
    uint32_t last;     /**< row of the last datagram; meaningless while there are no rows */
    uint32_t returned; /**< row of the current datagram, if it was marked gone; or SLOTS_NONE */
};

/** The writable row for the read-only pointer that callers have. */
static inline struct sender *senders_row(const struct sender *sender) {
    return (struct sender *)(uintptr_t)sender;
}

/** What a sender of several services sent for one of them. */
struct sent_pair {
    struct tally tally;
    int64_t last_seen_ms; /**< Unix time */
    uint32_t row;         /**< row of the sender; SLOTS_NONE: free */
    uint32_t service;     /**< index in the set */
    uint32_t next;        /**< of the same row, or the next free one; SLOTS_NONE: none */
};

/** One per sender: its pairs. */
struct row_pairs {
    uint32_t first; /**< meaningless while there are none */
    uint32_t count;
};

struct pair_table {
    struct object_table table; /**< PAIRS_MAX; the first books.pair_count were ever used */
    struct slots slots;
    struct row_pairs *of_rows; /**< SENDERS_MAX */
    uint32_t free;             /**< head of the free list */
    uint32_t hand;             /**< where the search for pairs of gone processes continues */
    int64_t reclaimed_ms;      /**< Unix time of the last such search */
};

struct recent_ring {
    struct recent *items; /**< RECENT_MAX */
    uint64_t serial;      /**< serial of the newest */
    int64_t second;       /**< the second in which `copied` items were kept */
    uint32_t copied;
    bool hidden;
};

/** Names, labels and values that senders spell differently from the catalogs. */
struct spellings {
    struct heavy tables[LEDGER_SPELLING_COUNT];
    bool hidden;
};

/** Identifies what is rejected or folded for the same reason at the same place. Has no padding,
 * because it is hashed. */
struct group_key {
    uint32_t service; /**< row in the services' table */
    uint32_t family;  /**< family's index in the set, or OBJECT_NONE */
    uint32_t label;   /**< index in the family; label_count: no label */
    uint16_t reason;
    uint16_t folded; /**< 0: rejected */
};

/** One group. Everything but the rate and the links outlives the process. */
struct reject_group {
    struct group_key key;
    int64_t first_ms; /**< Unix time; 0: not known */
    int64_t last_ms;
    struct who who;
    bool sent; /**< the last entry was a sample, which `who` sent */
    struct rate rate;
    uint32_t newer;
    uint32_t older;
};

struct group_table {
    struct object_table table; /**< LEDGER_GROUPS_MAX; the first `used` were used at some time */
    struct slots slots;
    uint32_t used;
    uint32_t newest;
    uint32_t oldest;
    bool forgot; /**< a group that is not here may have existed before */
};

/** A process that ended. The whole record outlives this process. */
struct ended_process {
    uint64_t serial; /**< 0: the record is empty */
    int64_t at_ms;
    int64_t first_seen_ms;
    uint64_t samples;
    struct who who;
    int32_t service;
    uint32_t row; /**< the sender's row, as long as its `ended` is this serial */
    uint32_t parts;
    uint32_t jobs;
};

struct ended_ring {
    struct object_table table; /**< LEDGER_ENDED_MAX, indexed by serial */
    uint64_t serial;           /**< serial of the last */
};

/** The books as a whole; there is one such record. */
struct books {
    struct tally total; /**< the sum of all services */
    uint64_t reported_sent;
    uint64_t reported_lost;
    uint64_t implausible;
    struct ledger_full full;
    uint64_t spellings_full[LEDGER_SPELLING_COUNT]; /**< texts that made room for others */
    struct ledger_traffic traffic;
    uint64_t departed_rows;
    uint64_t put_off;      /**< postponed searches for a unit */
    uint32_t sender_count; /**< rows in use */
    uint32_t handle_count; /**< handles used at some time: in use now, or in the free list */
    uint32_t pair_count;   /**< pairs, likewise */
};

/** The books of one service. */
struct service_books {
    struct tally tally;
    uint64_t reasons[SG_REJECT_COUNT]; /**< rejected samples by reason */
    uint64_t rows[SG_REJECT_COUNT];    /**< rejected values of query rows by reason */
};

/** Rows of the services' table: two special ones, then the services of the set. */
enum { SERVICE_NONE, SERVICE_FORMER, SERVICE_FIRST };

/** Where a family's counts are in the cell table: (label_count + 1) x SG_REJECT_COUNT cells of
 * rejections, then as many of folds. */
struct family_books {
    uint64_t cells; /**< 1 + the first cell; 0: none yet */
    bool rejected;  /**< the family has rejections */
    bool folded;
};

struct cell_table {
    struct object_table table; /**< enough cells for all families; each is a count */
    uint64_t used;
};

enum { REASON_NAME_MAX = 32 };

/** The name of a reason, for a reader whose list of reasons differs. */
struct reason_name {
    char name[REASON_NAME_MAX];
};

struct ledger {
    const struct catalog_set *set;
    uint64_t seed;
    struct undo *undo;
    struct books *books;
    struct sender *departed;        /**< sums of closed rows */
    struct service_books *services; /**< SERVICE_FIRST + set->count */
    struct family_books *families;  /**< by index in the set */
    struct cell_table cells;
    struct object_table
        books_table; /**< the table of `books`; those of the pointers above follow */
    struct object_table departed_table;
    struct object_table services_table;
    struct object_table families_table;
    struct object_table reasons_table;
    struct sender_table senders;
    struct handle_table handles;
    struct pair_table pairs;
    struct recent_ring recent;
    struct spellings spellings;
    struct group_table groups;
    struct ended_ring ended;
};

static inline uint64_t add_saturated(uint64_t a, uint64_t b) {
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/** Number of cells in a family's table of labels and reasons, of which it has one for rejections
 * and one for folds. */
static inline size_t table_cells(const struct catalog_family *family) {
    return ((size_t)family->label_count + 1) * SG_REJECT_COUNT;
}

/** A family's cells, made for its first rejection or fold. */
uint64_t *ledger_tables_family(struct ledger *ledger, const struct catalog_family *family);

/** Allocate the parts beside the tables. */
void senders_init(struct sender_table *senders);
void senders_done(struct sender_table *senders);
uint64_t senders_bytes(void);
/** Copy `row` into a new row, newer than all others. SLOTS_NONE if this process already has a row,
 * or none is free. */
uint32_t senders_take(struct ledger *ledger, const struct sender *row);
/** Make a row the newest. */
void senders_touch(struct ledger *ledger, uint32_t row);
/** The row's process has ended: record who it was, unless that is already done. */
void ledger_ended_note(struct ledger *ledger, struct sender *sender, int64_t real_ms);
/** The row is about to be reused for another sender. */
void ledger_ended_close(struct ledger *ledger, struct sender *sender);
void ledger_handles_init(struct handle_table *handles);
void ledger_handles_done(struct handle_table *handles);
uint64_t ledger_handles_bytes(void);
/** Copy a handle for the row that it names; it becomes the newest of that row. False if the row
 * already has it, or no place is free. */
bool ledger_handles_take(struct ledger *ledger, const struct handle *handle);
/** How many pairs a set needs room for: none if it has one service. */
uint32_t ledger_pairs_most(const struct catalog_set *set);
void ledger_pairs_init(struct pair_table *pairs, const struct catalog_set *set);
void ledger_pairs_done(struct pair_table *pairs);
uint64_t ledger_pairs_bytes(const struct catalog_set *set);
/** Find or make the pair of a sender that has sent for another service, or for several. NULL: there
 * is no place. */
struct sent_pair *ledger_pairs_meet(struct ledger *ledger, struct sender *sender, uint32_t service);
/** Copy a pair for the row that it names. Left out if there is one already, or no place. */
void ledger_pairs_take(struct ledger *ledger, const struct sent_pair *pair);
void ledger_spellings_init(struct spellings *spellings, uint64_t seed);
void ledger_spellings_done(struct spellings *spellings);
uint64_t ledger_spellings_bytes(void);
/** Count samples under the entry's spelling, if spellings of its kind are kept. */
void ledger_spellings_reject(struct ledger *ledger, const struct sender *sender,
                             const struct ledger_entry *entry, uint64_t count, int64_t real_ms);
void ledger_spellings_fold(struct ledger *ledger, const struct sender *sender,
                           const struct ledger_entry *entry, uint64_t count, int64_t real_ms);
/** Forget the kept texts, and keep none from now on. */
void ledger_spellings_hide(struct spellings *spellings);

void ledger_reject_groups_init(struct group_table *groups);
void ledger_reject_groups_done(struct group_table *groups);
uint64_t ledger_reject_groups_bytes(void);
/** Find or make the group, which becomes the newest. */
struct reject_group *ledger_reject_groups_take(struct ledger *ledger, const struct group_key *key,
                                               bool *ret_made);
/** Count an entry from this sender (NULL: a query). `first`: no entry of the group was counted
 * before. */
void ledger_reject_groups_count(struct ledger *ledger, const struct sender *sender,
                                const struct ledger_entry *entry, enum verdict verdict, bool first,
                                uint64_t count, int64_t real_ms);

/** Record that the sender sends for this service, an index in the set. Returns its pair if it sends
 * for several; NULL: for one, or there is no place. Call it before the sample is counted. */
struct sent_pair *ledger_runs_sends_for(struct ledger *ledger, struct sender *sender,
                                        uint32_t service);
/** Add `count` to a word that outlives the process. */
void ledger_runs_add(struct ledger *ledger, uint64_t *word, uint64_t count);
/** The tables of the books in the object; the small ones, which are always needed, come first. */
enum ledger_table {
    TABLE_BOOKS,
    TABLE_DEPARTED,
    TABLE_SERVICES,
    TABLE_FAMILIES,
    TABLE_REASONS,
    TABLE_SENDERS,
    TABLE_HANDLES,
    TABLE_PAIRS,
    TABLE_CELLS,
    TABLE_GROUPS,
    TABLE_ENDED,
    LEDGER_TABLES
};

/** The records of a table that another process wrote. */
struct image_records ledger_records(const struct ledger *ledger, enum ledger_table table,
                                    const struct image *image);

#endif
