/*
 * heavy.h - the most frequent of many texts, in bounded memory: Space-Saving (Metwally, Agrawal and El Abbadi
 * 2005, "Efficient computation of frequent and top-k elements in data streams"). Private to this folder.
 *
 *   run of 1 ── run of 2 ── run of 7     items of equal count are a run, runs are in order
 *    │ a b c     │ d         │ e f       the first of the lowest run makes way for a new text, which
 *                                        inherits its count as the error of its own
 *
 * The true count since a text is here is `count - error`, and before that it was `error` at most. A text is found by
 * its hash, and neither a known nor a new one looks at the others. When the table is full, HEAVY_NEW_PER_SECOND texts
 * may come in a second, so that a flood of texts that never repeat costs no more than a look-up each; what is left out
 * is counted. As these are the second's first ones, what is frequent comes in all the same.
 */
#ifndef STATGATE_LEDGER_HEAVY_H
#define STATGATE_LEDGER_HEAVY_H

#include "base/memory.h"
#include "base/slots.h"
#include "ledger/ledger.h"
#include "ledger/rate.h"
#include "sg_proto.h"

enum { HEAVY_MAX = LEDGER_SPELLED_MAX, HEAVY_TEXT_MAX = SG_NAME_MAX, HEAVY_NONE = UINT16_MAX };
enum { HEAVY_NEW_PER_SECOND = 1000, HEAVY_FILTER = 8192 };

/** What an item is found by: a text, and two numbers of the table's user. */
struct heavy_key {
    uint32_t of;
    uint32_t detail;
    struct sg_span text; /**< any bytes, HEAVY_TEXT_MAX at most */
    uint64_t hash;       /**< of all that, if there is a seeded one already; 0: none */
};

struct heavy_item {
    /* What is counted by mark comes first. */
    uint64_t mark;    /* private: a number of its own above its place */
    uint64_t waiting; /* private: counts that it does not have yet */
    uint64_t count;
    struct rate rate;
    int64_t last_ms;  /**< Unix time */
    struct who who;   /**< that sent it last */
    int64_t first_ms; /**< since it is here */
    uint64_t error;   /**< so much of its count may be others' */
    uint32_t of;
    uint32_t detail;
    /* private: */
    uint32_t hash;
    uint16_t run;
    uint16_t earlier; /* in its run */
    uint16_t later;
    uint16_t len;
    char text[HEAVY_TEXT_MAX]; /* not terminated */
};

/* Items of equal count, in the order in which they came to it. */
struct heavy_run {
    uint64_t count;
    uint16_t first;
    uint16_t last;
    uint16_t lower; /* of the free ones: the next */
    uint16_t higher;
};

struct heavy {
    struct heavy_item *items; /* HEAVY_MAX */
    struct heavy_run *runs;   /* HEAVY_MAX + 1: one is begun before another ends */
    struct slots slots;
    uint16_t *filter; /* HEAVY_FILTER: how many items have these bits in their hashes */
    uint64_t seed;
    uint64_t begun;    /* items, ever */
    uint64_t left_out; /**< counts of texts that could not come in */
    int64_t second;    /* in which `made_way` items made way */
    uint32_t made_way;
    uint16_t used;
    uint16_t lowest;
    uint16_t free; /* runs */
    uint16_t waiting_count;
    uint16_t waiting[HEAVY_MAX]; /* places of items that do not have all their counts yet */
};

/** False when out of memory; heavy_done is safe then and on a zeroed struct. */
bool heavy_init(struct heavy *heavy, const struct memory *memory, uint64_t seed);
void heavy_done(struct heavy *heavy, const struct memory *memory);
uint64_t heavy_bytes(void);
/** Forget all items. */
void heavy_clear(struct heavy *heavy);

/** Count `count` more (at least 1) of a text, from this sender. A text that is too long is left out. True: another made
 * way for it. *ret_mark is for heavy_count_again, as long as the text is kept; 0: it is not. */
bool heavy_count(struct heavy *heavy, const struct heavy_key *key, const struct sender *sender,
                 uint64_t count, int64_t real_ms, uint64_t *ret_mark);
/** The item's text came from this sender. */
void heavy_meet(struct heavy_item *item, const struct sender *sender, uint64_t count,
                int64_t real_ms);
/** The same of a text that was counted before, and whose last one came from the same sender in the same millisecond. */
static inline bool heavy_count_same(struct heavy *heavy, uint64_t mark, uint64_t count) {
    const uint16_t place = (uint16_t)mark % HEAVY_MAX;
    struct heavy_item *item = &heavy->items[place];
    if (item->mark != mark)
        return false;
    if (item->waiting == 0)
        heavy->waiting[heavy->waiting_count++] = place;
    item->waiting += count;
    item->rate.present += count;
    return true;
}
/** The same of a text that was counted before, by its mark, which is no work. It is ranked by heavy_settle, before
 * which nobody may read. False: the text is not kept any more, and was not counted. */
static inline bool heavy_count_again(struct heavy *heavy, uint64_t mark,
                                     const struct sender *sender, uint64_t count, int64_t real_ms) {
    const uint16_t place = (uint16_t)mark % HEAVY_MAX;
    struct heavy_item *item = &heavy->items[place];
    if (mark == 0 || item->mark != mark)
        return false;
    if (item->waiting == 0)
        heavy->waiting[heavy->waiting_count++] = place;
    item->waiting += count;
    if (item->last_ms == real_ms && item->who.pid == sender->pid)
        item->rate.present += count;
    else
        heavy_meet(item, sender, count, real_ms);
    return true;
}
void heavy_settle(struct heavy *heavy);

/** The item in place `index`, where it stays while it is kept; NULL: the place is empty. */
const struct heavy_item *heavy_at(const struct heavy *heavy, size_t index);
/** The places of all items, the most frequent first. Returns how many. */
size_t heavy_order(const struct heavy *heavy, uint16_t ret_places[HEAVY_MAX]);

#endif
