/*
 * books.h - what the ledger's files share: the struct behind ledger.h. Private to this folder.
 *
 * ledger_new allocates all tables at their full size (untouched pages cost nothing). Their items refer
 * to rows, handles, families and cells by index, never by pointer.
 */
#ifndef STATGATE_LEDGER_BOOKS_H
#define STATGATE_LEDGER_BOOKS_H

#include "base/slots.h"
#include "ledger/ledger.h"

/** Integers that a double still tells apart: no process can claim more, however old it is. */
#define CLAIM_MAX (UINT64_C(1) << 53)

/** A handle of a sender, in the list of its sender's handles. */
struct handle {
    uint64_t id;
    bool met; /**< a report was taken */
    uint64_t sent;
    uint64_t lost;
    uint64_t unnumbered; /**< samples that came with implausible reports since the last good one */
    uint32_t hash;
    uint32_t row; /**< of its sender; SLOTS_NONE: free */
    uint32_t newer;
    uint32_t older; /**< free: the next free one */
};

struct handle_table {
    struct slots slots;
    struct handle *items; /**< HANDLES_MAX */
    uint32_t used;        /**< items ever taken; those before it are in use or in the free list */
    uint32_t free;        /**< head of the free list */
    uint32_t hand;        /**< where the search for handles of gone processes goes on */
};

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
    struct slots slots;
    struct sender *rows;            /**< SENDERS_MAX */
    struct sender_link *links;      /**< SENDERS_MAX */
    struct sender_handles *handles; /**< SENDERS_MAX */
    uint32_t count;
    uint32_t newest; /**< recency list */
    uint32_t oldest;
    uint32_t last;     /**< row of the last datagram; meaningless while there are no rows */
    uint32_t returned; /**< row of the datagram in hand, if it was marked gone; or SLOTS_NONE */
    struct sender departed; /**< sums of closed rows */
    uint64_t departed_rows;
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

/** The hashes and counts are apart from the texts, as every rejection of this kind looks through
 * them. */
struct unknown_table {
    uint32_t hashes[UNKNOWN_LABELS_MAX];
    uint64_t counts[UNKNOWN_LABELS_MAX]; /**< 0: the place is empty */
    struct unknown_text {
        uint32_t family; /**< its index in the set */
        uint32_t len;
        char key[SG_NAME_MAX];
    } * texts;     /**< UNKNOWN_LABELS_MAX */
    uint32_t hand; /**< where the search for the rarest goes on */
    bool hidden;
};

/** Where a family's rejections begin in the cells: (label_count + 1) x SG_REJECT_COUNT of them, then
 * as many of its folds. */
struct family_books {
    size_t at;
    bool rejected; /**< it has rejections */
    bool folded;
};

struct ledger {
    const struct memory *memory;
    const struct catalog_set *set;
    uint64_t seed;
    struct tally total;
    struct tally *services;               /**< set->count + 1, the last without a service */
    uint64_t (*reasons)[SG_REJECT_COUNT]; /**< likewise */
    uint64_t (*rows)[SG_REJECT_COUNT];    /**< likewise, of values of rows */
    struct family_books *families;        /**< by index in the set */
    uint64_t *cells;                      /**< of all families */
    uint64_t reported_sent;
    uint64_t reported_lost;
    uint64_t implausible;
    struct ledger_full full;
    struct ledger_traffic traffic;
    struct sender_table senders;
    struct handle_table handles;
    struct recent_ring recent;
    struct unknown_table unknown;
};

static inline uint64_t add_saturated(uint64_t a, uint64_t b) {
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/** False when out of memory; the done function is safe then and on a zeroed table. */
bool senders_init(struct sender_table *senders, const struct memory *memory);
void senders_done(struct sender_table *senders, const struct memory *memory);
uint64_t senders_bytes(void);
bool handles_init(struct handle_table *handles, const struct memory *memory);
void handles_done(struct handle_table *handles, const struct memory *memory);
uint64_t handles_bytes(void);
/** Free all handles of a row. */
void handles_drop(struct ledger *ledger, uint32_t row);
bool recent_init(struct recent_ring *ring, const struct memory *memory);
void recent_done(struct recent_ring *ring, const struct memory *memory);
uint64_t recent_bytes(void);
/** Keep a rejection, unless this second already brought its share. */
void recent_keep(struct recent_ring *ring, const struct sender *sender, enum sg_reject reason,
                 struct sg_span line, size_t offset, int64_t real_ms);
/** Forget what is kept, and keep no more. */
void recent_hide(struct recent_ring *ring);
bool unknown_init(struct unknown_table *table, const struct memory *memory);
void unknown_done(struct unknown_table *table, const struct memory *memory);
uint64_t unknown_bytes(void);
/** Count samples that were rejected for the entry's unknown label. */
void unknown_count(struct ledger *ledger, const struct ledger_entry *entry, uint64_t count);
void unknown_hide(struct unknown_table *table);

#endif
