/* SPDX-License-Identifier: MIT */
/*
 * heavy_hitters.h - the most frequent of many texts, in bounded memory: Space-Saving (Metwally,
 * Agrawal and El Abbadi 2005, "Efficient computation of frequent and top-k elements in data
 * streams"). Private to this folder.
 *
 *   run of 1 ── run of 2 ── run of 7     items of equal count form a run; runs are sorted by count
 *    │ a b c     │ d         │ e f       the first item of the lowest run makes way for a new text,
 *                                        which inherits its count as its own error
 *
 * Since a text was entered, it was counted `count - error` times; before that, at most `error`
 * times. A text is found by its hash, and neither a known nor a new text requires a look at the
 * others. When the table is full, at most HEAVY_NEW_PER_SECOND texts are entered per second, so
 * that a flood of texts that never repeat costs no more than a look-up each; the texts left out are
 * counted. Because the first new texts of each second are entered, frequent texts get in all the
 * same.
 */
#ifndef STATGATE_LEDGER_HEAVY_HITTERS_H
#define STATGATE_LEDGER_HEAVY_HITTERS_H

#include "base/memory.h"
#include "base/slots.h"
#include "ledger/ledger.h"
#include "sg_proto.h"

enum { HEAVY_MAX = LEDGER_SPELLED_MAX, HEAVY_TEXT_MAX = SG_NAME_MAX, HEAVY_NONE = UINT16_MAX };
enum { HEAVY_NEW_PER_SECOND = 1000, HEAVY_FILTER = 8192 };

/** The key of an item: a text, and two numbers that the table's user chooses. */
struct heavy_key {
    uint32_t of;
    uint32_t detail;
    struct sg_span text; /**< any bytes, at most HEAVY_TEXT_MAX */
};

struct heavy_item {
    uint64_t count;
    struct rate rate;
    int64_t last_ms;  /**< Unix time */
    struct who who;   /**< the sender of the last one */
    int64_t first_ms; /**< when the text was entered */
    uint64_t error;   /**< how much of `count` may belong to other texts */
    uint32_t of;
    uint32_t detail;
    /* private: */
    uint32_t hash;
    uint16_t run;
    uint16_t earlier; /* neighbours in its run */
    uint16_t later;
    uint16_t len;
    char text[HEAVY_TEXT_MAX]; /* not terminated */
};

/* Items of equal count, in the order in which they reached it. */
struct heavy_run {
    uint64_t count;
    uint16_t first;
    uint16_t last;
    uint16_t lower; /* for a free run: the next free one */
    uint16_t higher;
};

struct heavy {
    struct heavy_item *items; /* HEAVY_MAX */
    struct heavy_run *runs;   /* HEAVY_MAX + 1, as one begins before another ends */
    struct slots slots;
    uint16_t *filter; /* HEAVY_FILTER counters: how many items have these bits in their hashes */
    uint64_t seed;
    uint64_t left_out; /**< counts of texts that were not entered */
    int64_t second;    /* the second in which `made_way` items made way */
    uint32_t made_way;
    uint16_t used;
    uint16_t lowest;
    uint16_t free; /* first free run */
};

/** Make an empty table. */
void ledger_heavy_init(struct heavy *heavy, uint64_t seed);
void ledger_heavy_done(struct heavy *heavy);
uint64_t ledger_heavy_bytes(void);
/** Forget all items. */
void ledger_heavy_clear(struct heavy *heavy);

/** Count `count` more (at least 1) of a text from this sender. A text that is too long is left out.
 * True: another text made way for it. */
bool ledger_heavy_count(struct heavy *heavy, const struct heavy_key *key,
                        const struct sender *sender, uint64_t count, int64_t real_ms);

/** The item in place `index`, where it stays while it is kept. NULL: the place is empty. */
const struct heavy_item *ledger_heavy_at(const struct heavy *heavy, size_t index);
/** The places of all items, most frequent first. Returns how many there are. */
size_t ledger_heavy_order(const struct heavy *heavy, uint16_t ret_places[HEAVY_MAX]);

#endif
