/*
 * pairs.c - what a sender of several services sent for each of them: a table of pairs of a sender's
 * row and a service.
 *
 * Most processes send for one service, and their row says all. The first sample for a second
 * service makes two pairs: the first service gets what the row counted until then, but for what is
 * of no service.
 */
#include "base/hash.h"
#include "ledger/books.h"

/* How many pairs a full table checks for one of a gone process, once for each time stamp. */
enum { RECLAIM_LOOK = 64 };

uint32_t pairs_most(const struct catalog_set *set) {
    size_t services = 0;
    for (size_t i = 0; i < set->count; i++)
        services += !set->catalogs[i]->internal;
    return services > 1 ? PAIRS_MAX : 0;
}

bool pairs_init(struct pair_table *pairs, const struct memory *memory,
                const struct catalog_set *set) {
    pairs->free = SLOTS_NONE;
    pairs->of_rows = memory_array(memory, SENDERS_MAX, sizeof *pairs->of_rows);
    return slots_init(&pairs->slots, memory, pairs_most(set)) && pairs->of_rows != NULL;
}

void pairs_done(struct pair_table *pairs, const struct memory *memory) {
    slots_done(&pairs->slots, memory);
    memory_release(memory, pairs->of_rows);
}

uint64_t pairs_bytes(const struct catalog_set *set) {
    return slots_bytes(pairs_most(set)) + heap_bytes(SENDERS_MAX * sizeof(struct row_pairs));
}

static struct sent_pair *pair_at(const struct pair_table *pairs, uint32_t index) {
    return object_at(&pairs->table, index);
}

static uint32_t pair_hash(const struct ledger *ledger, uint32_t row, uint32_t service) {
    const uint32_t key[2] = {row, service};
    return (uint32_t)hash_bytes(key, sizeof key, ledger->seed);
}

/* The index of the row's pair for this service, or SLOTS_NONE. */
static uint32_t find_pair(const struct ledger *ledger, uint32_t row, uint32_t service) {
    const struct pair_table *pairs = &ledger->pairs;
    const uint32_t hash = pair_hash(ledger, row, service);
    uint32_t at = hash;
    uint32_t index;
    do
        index = slots_next(&pairs->slots, hash, &at);
    while (index != SLOTS_NONE &&
           (pair_at(pairs, index)->row != row || pair_at(pairs, index)->service != service));
    return index;
}

/* ---- making and freeing ---- */

/* Free a pair that its row's list no longer has. */
static void free_pair(struct ledger *ledger, uint32_t index) {
    struct pair_table *pairs = &ledger->pairs;
    struct sent_pair *pair = pair_at(pairs, index);
    slots_remove(&pairs->slots, pair_hash(ledger, pair->row, pair->service), index);
    undo_word(ledger->undo, &pair->row);
    pair->row = SLOTS_NONE;
    pair->next = pairs->free;
    pairs->free = index;
}

void pairs_drop(struct ledger *ledger, uint32_t row) {
    struct row_pairs *of_row = &ledger->pairs.of_rows[row];
    runs_forget(ledger);
    while (of_row->count > 0) {
        const uint32_t index = of_row->first;
        of_row->first = pair_at(&ledger->pairs, index)->next;
        of_row->count--;
        free_pair(ledger, index);
    }
    ledger->senders.rows[row].several = false;
}

/* Free the pairs of a gone process, if one is found soon. */
static void reclaim(struct ledger *ledger, int64_t real_ms) {
    struct pair_table *pairs = &ledger->pairs;
    const uint32_t count = ledger->books->pair_count;
    if (real_ms == pairs->reclaimed_ms)
        return;
    pairs->reclaimed_ms = real_ms;
    for (uint32_t looked = 0; looked < RECLAIM_LOOK && count > 0; looked++) {
        const uint32_t row = pair_at(pairs, pairs->hand++ % count)->row;
        if (row != SLOTS_NONE && !ledger->senders.rows[row].alive) {
            pairs_drop(ledger, row);
            return;
        }
    }
}

/* A free place, or SLOTS_NONE. */
static uint32_t take_place(struct ledger *ledger, int64_t real_ms) {
    struct pair_table *pairs = &ledger->pairs;
    const uint32_t count = ledger->books->pair_count;
    if (pairs->free == SLOTS_NONE) {
        if (object_reach(&pairs->table, (uint64_t)count + 1)) {
            undo_word(ledger->undo, &ledger->books->pair_count);
            return ledger->books->pair_count++;
        }
        reclaim(ledger, real_ms);
    }
    const uint32_t index = pairs->free;
    if (index != SLOTS_NONE)
        pairs->free = pair_at(pairs, index)->next;
    return index;
}

/* Make a pair that counted nothing. NULL: there is no place. */
static struct sent_pair *make_pair(struct ledger *ledger, struct sender *sender, uint32_t service,
                                   int64_t real_ms) {
    struct pair_table *pairs = &ledger->pairs;
    const uint32_t row = (uint32_t)(sender - ledger->senders.rows);
    const uint32_t index = take_place(ledger, real_ms);
    if (index == SLOTS_NONE) {
        runs_add(ledger, &ledger->books->full.pairs, 1);
        return NULL;
    }
    struct row_pairs *of_row = &pairs->of_rows[row];
    struct sent_pair *pair = pair_at(pairs, index);
    undo_range(ledger->undo, pair, sizeof *pair);
    *pair = (struct sent_pair){.row = row,
                               .service = service,
                               .last_seen_ms = real_ms,
                               .next = of_row->count > 0 ? of_row->first : SLOTS_NONE};
    of_row->first = index;
    of_row->count++;
    slots_add(&pairs->slots, pair_hash(ledger, row, service), index);
    sender->several = true;
    return pair;
}

struct sent_pair *pairs_meet(struct ledger *ledger, struct sender *sender, uint32_t service) {
    const uint32_t row = (uint32_t)(sender - ledger->senders.rows);
    const int64_t real_ms = sender->last_seen_ms;
    if (!sender->several) {
        runs_forget(ledger); /* what a run holds is counted in the row first */
        struct sent_pair *first = make_pair(ledger, sender, (uint32_t)sender->service, real_ms);
        if (first == NULL)
            return NULL;
        for (int i = 0; i < VERDICT_COUNT; i++)
            first->tally.by_verdict[i] = sender->tally.by_verdict[i] - sender->none.by_verdict[i];
    }
    const uint32_t index = find_pair(ledger, row, service);
    struct sent_pair *pair = index != SLOTS_NONE ? pair_at(&ledger->pairs, index)
                                                 : make_pair(ledger, sender, service, real_ms);
    if (pair != NULL && pair->last_seen_ms != real_ms) {
        undo_word(ledger->undo, &pair->last_seen_ms);
        pair->last_seen_ms = real_ms;
    }
    return pair;
}

void pairs_take(struct ledger *ledger, const struct sent_pair *from) {
    struct sender *sender = &ledger->senders.rows[from->row];
    if (sender->service < 0) /* the one that it sent for last is no more */
        sender->service = (int32_t)from->service;
    if (pairs_most(ledger->set) == 0 || find_pair(ledger, from->row, from->service) != SLOTS_NONE)
        return;
    struct sent_pair *pair = make_pair(ledger, sender, from->service, from->last_seen_ms);
    if (pair != NULL)
        pair->tally = from->tally;
}

/* ---- reading ---- */

static void read_pair(const struct sent_pair *pair, struct ledger_sent *ret_sent) {
    *ret_sent = (struct ledger_sent){
        .service = pair->service, .tally = pair->tally, .last_seen_ms = pair->last_seen_ms};
}

/* Read a row's own words, as what it sent for the service that it sent for last. */
static void read_row(const struct sender *sender, struct ledger_sent *ret_sent) {
    *ret_sent = (struct ledger_sent){.service = (uint32_t)sender->service,
                                     .tally = sender->tally,
                                     .last_seen_ms = sender->last_seen_ms};
}

uint32_t ledger_sender_services(const struct ledger *ledger, size_t index) {
    const struct sender *sender = &ledger->senders.rows[index];
    return sender->several ? ledger->pairs.of_rows[index].count : sender->service >= 0;
}

bool ledger_sent_for(const struct ledger *ledger, size_t index, uint32_t service,
                     struct ledger_sent *ret_sent) {
    const struct sender *sender = &ledger->senders.rows[index];
    if (!sender->several) {
        if (sender->service != (int32_t)service)
            return false;
        read_row(sender, ret_sent);
        return true;
    }
    const uint32_t place = find_pair(ledger, (uint32_t)index, service);
    if (place != SLOTS_NONE)
        read_pair(pair_at(&ledger->pairs, place), ret_sent);
    return place != SLOTS_NONE;
}

bool ledger_sent_next(const struct ledger *ledger, size_t index, uint32_t *at,
                      struct ledger_sent *ret_sent) {
    const struct sender *sender = &ledger->senders.rows[index];
    const struct row_pairs *of_row = &ledger->pairs.of_rows[index];
    if (!sender->several) {
        if (sender->service < 0 || *at != 0)
            return false;
        *at = 1;
        read_row(sender, ret_sent);
        return true;
    }
    if (*at == SLOTS_NONE)
        return false;
    const struct sent_pair *pair = pair_at(&ledger->pairs, *at == 0 ? of_row->first : *at - 1);
    *at = pair->next == SLOTS_NONE ? SLOTS_NONE : pair->next + 1;
    read_pair(pair, ret_sent);
    return true;
}
