/*
 * books.h - what the ledger's files share: the struct behind ledger.h. Private to this folder.
 *
 * What outlives the process lies in tables of the object (tables.c), which have their full size from
 * the start, as addresses. Their items refer to rows, handles, families and cells by index, never by
 * pointer. Indexes, lists and texts of rejections are beside them on the heap, also at full size.
 *
 * Each function notes the surviving words that it changes (object/undo.h). The caller commits.
 */
#ifndef STATGATE_LEDGER_BOOKS_H
#define STATGATE_LEDGER_BOOKS_H

#include "base/slots.h"
#include "ledger/heavy.h"
#include "ledger/ledger.h"
#include "object/object.h"

/** Integers that a double still tells apart: no process can claim more, however old it is. */
#define CLAIM_MAX (UINT64_C(1) << 53)

/** A handle of a sender, in the list of its sender's handles. */
struct handle {
    uint64_t id;
    uint64_t sent;
    uint64_t lost;
    uint64_t unnumbered; /**< samples that came with implausible reports since the last good one */
    uint32_t row;        /**< of its sender; SLOTS_NONE: free */
    bool met;            /**< a report was taken */
    uint32_t hash;
    uint32_t newer;
    uint32_t older; /**< free: the next free one */
};

struct handle_table {
    struct object_table table; /**< HANDLES_MAX; books.handle_count of them were ever taken */
    struct slots slots;
    uint32_t free; /**< head of the free list */
    uint32_t hand; /**< where the search for handles of gone processes goes on */
};

static inline struct handle *handle_at(const struct handle_table *handles, uint32_t index) {
    return object_at(&handles->table, index);
}

/** Beside each sender: its neighbours by recency. Apart from the rows, so that moving one touches
 * little memory. */
struct sender_link {
    uint32_t newer;
    uint32_t older;
};

/** Beside each sender: its handles, by last report. */
struct sender_handles {
    uint32_t newest;
    uint32_t oldest;
    uint32_t count;
};

struct sender_table {
    struct object_table table; /**< SENDERS_MAX; books.sender_count of them are in use */
    struct sender *rows;       /**< the table's */
    struct slots slots;
    struct sender_link *links;      /**< SENDERS_MAX */
    struct sender_handles *handles; /**< SENDERS_MAX */
    uint32_t newest;                /**< recency list */
    uint32_t oldest;
    uint32_t last;     /**< row of the last datagram; meaningless while there are no rows */
    uint32_t returned; /**< row of the datagram in hand, if it was marked gone; or SLOTS_NONE */
};

/** The row behind the read-only pointer that callers have. */
static inline struct sender *senders_row(const struct sender *sender) {
    return (struct sender *)(uintptr_t)sender;
}

struct recent_ring {
    struct recent *items; /**< RECENT_MAX */
    uint64_t serial;      /**< of the newest */
    int64_t second;       /**< the second in which `copied` were kept */
    uint32_t copied;
    bool hidden;
};

/** What senders spell otherwise than the catalogs. */
struct spellings {
    struct heavy tables[LEDGER_SPELLING_COUNT];
    bool hidden;
};

/** What is rejected or folded for the same reason at the same place. Without holes: it is hashed. */
struct group_key {
    uint32_t service; /**< a row of the services' table */
    uint32_t family;  /**< its index in the set, or OBJECT_NONE */
    uint32_t label;   /**< its index in the family; label_count: without one */
    uint16_t reason;
    uint16_t folded; /**< 0: rejected */
};

/** All but the rate and the links outlives the process. */
struct reject_group {
    struct group_key key;
    int64_t first_ms; /**< Unix time; 0: not known */
    int64_t last_ms;
    struct who who;
    bool sent; /**< the last was a sample: `who` sent it */
    struct rate rate;
    uint32_t newer;
    uint32_t older;
};

enum { GROUP_WORDS = 5 /**< total, service, sender, reason, and a cell of the family */ };

/** Entries of one group in the same millisecond, one behind the other. */
struct group_run {
    struct reject_group *group; /**< NULL: none */
    const struct catalog *service;
    const struct catalog_family *family;
    int label;
    enum sg_reject reason;
    enum verdict verdict;
    const struct sender *sender;
    int64_t real_ms;
    struct heavy *texts;          /**< where what they spell is kept */
    uint64_t *words[GROUP_WORDS]; /**< what each of them is counted in */
    size_t word_count;
};

struct group_table {
    struct object_table table; /**< LEDGER_GROUPS_MAX; `used` of them were ever taken */
    struct slots slots;
    uint32_t used;
    uint32_t newest;
    uint32_t oldest;
    bool forgot; /**< a group that is not here may have been met before */
    struct group_run run;
    uint64_t run_number; /**< another one once a run begins, or what is held of it was counted */
};

/** A process that ended; all of it outlives this one. */
struct ended_process {
    uint64_t serial; /**< 0: there is none here */
    int64_t at_ms;
    int64_t first_seen_ms;
    uint64_t samples;
    struct who who;
    int32_t service;
    uint32_t row; /**< of the sender, as long as its `ended` is this serial */
    uint32_t parts;
    uint32_t jobs;
};

struct ended_ring {
    struct object_table table; /**< LEDGER_ENDED_MAX, by serial */
    uint64_t serial;           /**< of the last */
};

/** Samples folded or rejected one behind the other, of one sender and group, that no tally has yet. */
struct held_run {
    uint64_t count;   /**< 0: none, and nothing else is true */
    uint32_t row;     /**< of the sender */
    uint32_t service; /**< a row of the services' table */
    uint32_t family;  /**< as in group_key, as are these: */
    uint32_t label;
    uint32_t reason;
    uint32_t rejected; /**< 0: folded */
};

/** What there is once. */
struct books {
    struct tally total; /**< the sum of all services */
    uint64_t reported_sent;
    uint64_t reported_lost;
    uint64_t implausible;
    struct ledger_full full;
    uint64_t spellings_full[LEDGER_SPELLING_COUNT]; /**< texts that made way for others */
    struct ledger_traffic traffic;
    struct held_run held;
    uint64_t departed_rows;
    uint64_t put_off;      /**< looks for a unit */
    uint32_t sender_count; /**< rows in use */
    uint32_t handle_count; /**< handles ever taken: they are in use or in the free list */
};

/** What each service has. */
struct service_books {
    struct tally tally;
    uint64_t reasons[SG_REJECT_COUNT]; /**< of rejected samples */
    uint64_t rows[SG_REJECT_COUNT];    /**< of rejected values of rows */
};

/** Rows of the services' table: two that are none, then the set's. */
enum { SERVICE_NONE, SERVICE_FORMER, SERVICE_FIRST };

/** Where a family's rejections are in the cells: (label_count + 1) x SG_REJECT_COUNT of them, then as
 * many of its folds. */
struct family_books {
    uint64_t cells; /**< 1 + the first one; 0: it has none yet */
    bool rejected;  /**< it has rejections */
    bool folded;
};

struct cell_table {
    struct object_table table; /**< as many as all families can have; each a count */
    uint64_t used;
};

enum { REASON_NAME_MAX = 32 };

/** A reason, spelled out for a reader that has another list of them. */
struct reason_name {
    char name[REASON_NAME_MAX];
};

struct ledger {
    const struct memory *memory;
    const struct catalog_set *set;
    uint64_t seed;
    struct undo *undo;
    struct books *books;
    struct sender *departed;        /**< sums of closed rows */
    struct service_books *services; /**< SERVICE_FIRST + set->count */
    struct family_books *families;  /**< by index in the set */
    struct cell_table cells;
    struct object_table books_table; /**< of the four above */
    struct object_table departed_table;
    struct object_table services_table;
    struct object_table families_table;
    struct object_table reasons_table;
    struct sender_table senders;
    struct handle_table handles;
    struct recent_ring recent;
    struct spellings spellings;
    struct group_table groups;
    struct ended_ring ended;
};

static inline uint64_t add_saturated(uint64_t a, uint64_t b) {
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/** All tables of the object. False when out of memory; tables_done is safe then. */
bool tables_init(struct ledger *ledger, struct object *object);
void tables_done(struct ledger *ledger);
/** Bytes of the tables of groups and of ended processes. */
uint64_t tables_details_bytes(void);
/** Cells of a family's table of label and reason; it has one of rejections and one of folds. */
static inline size_t table_cells(const struct catalog_family *family) {
    return ((size_t)family->label_count + 1) * SG_REJECT_COUNT;
}
/** A family's cells, for one more rejection or fold. NULL: there is no memory for them. */
uint64_t *tables_family(struct ledger *ledger, const struct catalog_family *family);

/** What is beside the tables. False when out of memory; the done function is safe then and on a zeroed struct. */
bool senders_init(struct sender_table *senders, const struct memory *memory);
void senders_done(struct sender_table *senders, const struct memory *memory);
uint64_t senders_bytes(void);
/** A copy of `row` as a new row, newer than all others. SLOTS_NONE: there is one of this process, or no place. */
uint32_t senders_take(struct ledger *ledger, const struct sender *row);
/** Make a row the newest. */
void senders_touch(struct ledger *ledger, uint32_t row);
/** The row's process has ended: keep who it was, unless that is done. */
void ended_note(struct ledger *ledger, struct sender *sender, int64_t real_ms);
/** The row is about to be another's. */
void ended_close(struct ledger *ledger, struct sender *sender);
bool handles_init(struct handle_table *handles, const struct memory *memory);
void handles_done(struct handle_table *handles, const struct memory *memory);
uint64_t handles_bytes(void);
/** A copy of a handle, for the row that it names; newer than the row's others. False: the row has it, or
 * there is no place. */
bool handles_take(struct ledger *ledger, const struct handle *handle);
/** Free all handles of a row. */
void handles_drop(struct ledger *ledger, uint32_t row);
bool recent_init(struct recent_ring *ring, const struct memory *memory);
void recent_done(struct recent_ring *ring, const struct memory *memory);
uint64_t recent_bytes(void);
/** Keep a rejection. False: this second already brought its share. */
bool recent_keep(struct recent_ring *ring, const struct sender *sender, enum sg_reject reason,
                 struct sg_span line, size_t offset, int64_t real_ms);
/** Forget what is kept, and keep no more. */
void recent_hide(struct recent_ring *ring);
bool spellings_init(struct spellings *spellings, const struct memory *memory, uint64_t seed);
void spellings_done(struct spellings *spellings, const struct memory *memory);
uint64_t spellings_bytes(void);
/** Where spellings of this kind are kept. */
struct heavy *spellings_of(struct ledger *ledger, enum verdict verdict, enum sg_reject reason);
/** Count samples of the entry's spelling, if it is of a kind that is kept. True: what there will be to count of a next one,
 * its mark says. */
bool spellings_reject(struct ledger *ledger, const struct sender *sender,
                      const struct ledger_entry *entry, uint64_t count, int64_t real_ms);
bool spellings_fold(struct ledger *ledger, const struct sender *sender,
                    const struct ledger_entry *entry, uint64_t count, int64_t real_ms);
/** Count what waits (heavy_settle). */
void spellings_settle(struct spellings *spellings);
/** Forget what is kept, and keep no more. */
void spellings_hide(struct spellings *spellings);

bool reject_groups_init(struct group_table *groups, const struct memory *memory);
void reject_groups_done(struct group_table *groups, const struct memory *memory);
uint64_t reject_groups_bytes(void);
/** The group of an entry. */
struct group_key reject_groups_key(const struct ledger_entry *entry, enum verdict verdict);
/** The group, now the newest, made if new. NULL: there is no memory for the first one. */
struct reject_group *reject_groups_take(struct ledger *ledger, const struct group_key *key,
                                        bool *ret_made);
/** Begin a run with an entry from this sender (NULL: a query). `first`: none was counted before. */
void reject_groups_begin(struct ledger *ledger, const struct sender *sender,
                         const struct ledger_entry *entry, enum verdict verdict, bool first,
                         uint64_t count, int64_t real_ms);

/** `count` more in a word that survives. */
void runs_add(struct ledger *ledger, uint64_t *word, uint64_t count);
/** The entry's row of the services' table. */
size_t runs_service_row(const struct ledger_entry *entry);
/** Samples of a service, by its row. */
void runs_count_verdict(struct ledger *ledger, const struct sender *sender, size_t service,
                        enum verdict verdict, uint64_t count);
/** Samples, or values of rows (without a sender), that are folded or rejected, in all that counts them. */
void runs_count(struct ledger *ledger, const struct sender *sender,
                const struct ledger_entry *entry, enum verdict verdict, uint64_t count,
                int64_t real_ms);
/** The same of samples, in books.held from the second of a run until it ends. */
void runs_hold(struct ledger *ledger, const struct sender *sender, const struct ledger_entry *entry,
               enum verdict verdict, uint64_t count, int64_t real_ms);
/** Some more of those that are held. */
void runs_hold_more(struct ledger *ledger, uint64_t count);
void runs_end(struct ledger *ledger);

/** The entry is one more of the run. */
static inline bool reject_groups_is_run(const struct group_run *run, const struct sender *sender,
                                        const struct ledger_entry *entry, enum verdict verdict,
                                        int64_t real_ms) {
    return run->group != NULL && run->family == entry->family && run->label == entry->label &&
           run->reason == entry->reason && run->service == entry->service &&
           run->sender == sender && run->real_ms == real_ms && run->verdict == verdict;
}

#endif
