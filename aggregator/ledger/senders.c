/* SPDX-License-Identifier: MIT */
/* senders.c - the rows of senders: found by their key, named, and those that send for several
 * services. */
#include "ledger/ledger_private.h"

#include <stdlib.h>

#include "base/hash.h"

/* ---- handles ----
 * the reports of numbering clients (`q:`), per handle and summed.
 *
 * The key is (handle, row of the sender), so a forged handle cannot touch another process's books.
 * A row's handles are listed by last report; the newest is nearly always the one that reports.
 */

/* How many handles a report checks, when the table is full, to find one of a gone process. */
enum { HANDLES_RECLAIM_LOOK = 64 };

void ledger_handles_init(struct handle_table *handles) {
    handles->free = SLOTS_NONE;
    slots_init(&handles->slots, HANDLES_MAX);
}

void ledger_handles_done(struct handle_table *handles) {
    slots_done(&handles->slots);
}

uint64_t ledger_handles_bytes(void) {
    return slots_bytes(HANDLES_MAX);
}

static uint32_t handle_hash(const struct ledger *ledger, uint64_t id, uint32_t row) {
    const uint64_t key[2] = {id, row};
    return (uint32_t)hash_bytes(key, sizeof key, ledger->seed);
}

static void unlink_handle(struct ledger *ledger, const struct handle *handle) {
    struct sender_handles *owner = &ledger->senders.handles[handle->row];
    struct handle_table *table = &ledger->handles;
    if (handle->newer != SLOTS_NONE)
        handle_at(table, handle->newer)->older = handle->older;
    else
        owner->newest = handle->older;
    if (handle->older != SLOTS_NONE)
        handle_at(table, handle->older)->newer = handle->newer;
    else
        owner->oldest = handle->newer;
    owner->count--;
}

static void link_handle(struct ledger *ledger, uint32_t index) {
    struct handle_table *table = &ledger->handles;
    struct handle *handle = handle_at(table, index);
    struct sender_handles *owner = &ledger->senders.handles[handle->row];
    handle->newer = SLOTS_NONE;
    handle->older = owner->newest;
    if (owner->newest != SLOTS_NONE)
        handle_at(table, owner->newest)->newer = index;
    else
        owner->oldest = index;
    owner->newest = index;
    owner->count++;
}

static void free_handle(struct ledger *ledger, uint32_t index) {
    struct handle_table *table = &ledger->handles;
    struct handle *handle = handle_at(table, index);
    unlink_handle(ledger, handle);
    slots_remove(&table->slots, handle->hash, index);
    undo_word(ledger->undo, &handle->row);
    handle->row = SLOTS_NONE;
    handle->older = table->free;
    table->free = index;
}

/* Free all handles of a row. */
static void handles_drop(struct ledger *ledger, uint32_t row) {
    while (ledger->senders.handles[row].newest != SLOTS_NONE)
        free_handle(ledger, ledger->senders.handles[row].newest);
}

/* Free a handle of a gone process, if one is found soon. All places ever used must be in use. */
static void handles_reclaim(struct ledger *ledger) {
    struct handle_table *table = &ledger->handles;
    const uint32_t count = ledger->books->handle_count;
    for (uint32_t looked = 0; looked < HANDLES_RECLAIM_LOOK && count > 0; looked++) {
        const uint32_t index = table->hand % count;
        table->hand = index + 1;
        if (!ledger->senders.rows[handle_at(table, index)->row].alive) {
            free_handle(ledger, index);
            return;
        }
    }
}

/* A place that was never used, or SLOTS_NONE. */
static uint32_t unused_place(struct ledger *ledger) {
    const uint32_t count = ledger->books->handle_count;
    if (!object_reach(&ledger->handles.table, (uint64_t)count + 1))
        return SLOTS_NONE;
    undo_word(ledger->undo, &ledger->books->handle_count);
    ledger->books->handle_count++;
    return count;
}

/* A free place for a handle of this row, or SLOTS_NONE. */
static uint32_t handles_take_place(struct ledger *ledger, uint32_t row) {
    struct handle_table *table = &ledger->handles;
    if (ledger->senders.handles[row].count >= HANDLES_PER_SENDER_MAX)
        free_handle(ledger, ledger->senders.handles[row].oldest);
    if (table->free == SLOTS_NONE) {
        const uint32_t index = unused_place(ledger);
        if (index != SLOTS_NONE)
            return index;
        handles_reclaim(ledger);
    }
    const uint32_t index = table->free;
    if (index != SLOTS_NONE)
        table->free = handle_at(table, index)->older;
    return index;
}

/* The row's handle with this number, or SLOTS_NONE. */
static uint32_t find_place(const struct ledger *ledger, uint64_t id, uint32_t row, uint32_t hash) {
    const struct handle_table *table = &ledger->handles;
    uint32_t at = hash;
    uint32_t index;
    do
        index = slots_next(&table->slots, hash, &at);
    while (index != SLOTS_NONE &&
           (handle_at(table, index)->id != id || handle_at(table, index)->row != row));
    return index;
}

/* Make a handle for a row that has none with this number. NULL if there is no place. */
static struct handle *make_handle(struct ledger *ledger, uint64_t id, uint32_t row, uint32_t hash) {
    struct handle_table *table = &ledger->handles;
    const uint32_t index = handles_take_place(ledger, row);
    if (index == SLOTS_NONE)
        return NULL;
    struct handle *handle = handle_at(table, index);
    undo_range(ledger->undo, handle, sizeof *handle); /* it may have held another handle */
    *handle = (struct handle){.id = id, .hash = hash, .row = row};
    link_handle(ledger, index);
    slots_add(&table->slots, hash, index);
    return handle;
}

/* Find or make a handle of this row, and make it the row's newest. NULL if there is no place. */
static struct handle *find_handle(struct ledger *ledger, uint64_t id, uint32_t row) {
    struct handle_table *table = &ledger->handles;
    const uint32_t newest = ledger->senders.handles[row].newest;
    if (newest != SLOTS_NONE && handle_at(table, newest)->id == id)
        return handle_at(table, newest);

    const uint32_t hash = handle_hash(ledger, id, row);
    const uint32_t index = find_place(ledger, id, row, hash);
    if (index == SLOTS_NONE)
        return make_handle(ledger, id, row, hash);
    unlink_handle(ledger, handle_at(table, index));
    link_handle(ledger, index);
    return handle_at(table, index);
}

bool ledger_handles_take(struct ledger *ledger, const struct handle *from) {
    const uint32_t hash = handle_hash(ledger, from->id, from->row);
    if (ledger->senders.handles[from->row].count >= HANDLES_PER_SENDER_MAX ||
        find_place(ledger, from->id, from->row, hash) != SLOTS_NONE)
        return false;
    struct handle *handle = make_handle(ledger, from->id, from->row, hash);
    if (handle == NULL)
        return false;
    handle->sent = from->sent;
    handle->lost = from->lost;
    handle->unnumbered = from->unnumbered;
    handle->met = from->met;
    return true;
}

/* ---- reports ---- */

static uint64_t growth(uint64_t known, uint64_t claimed) {
    return claimed > known ? claimed - known : 0;
}

/* How much a handle delivered, to an earlier daemon or row, before this first report. */
static uint64_t delivered_before(uint64_t sent, uint64_t lost, uint64_t received) {
    const uint64_t delivered = growth(lost, sent);
    return growth(received, delivered);
}

/* How many samples a process can have sent, or lost, since its first report. */
static uint64_t claimable(const struct sender *sender, int64_t mono_ms) {
    const int64_t elapsed_ms = mono_ms - sender->reports_since_ms;
    if (elapsed_ms <= 0)
        return CLAIM_START;
    if ((uint64_t)elapsed_ms > CLAIM_MAX / CLAIM_PER_MS)
        return CLAIM_START + CLAIM_MAX;
    return CLAIM_START + (uint64_t)elapsed_ms * CLAIM_PER_MS;
}

/*
 * Whether a process can have sent and lost as many samples as its row says, and this many more.
 * Samples that arrived were counted here and need no trust.
 */
static bool is_plausible(const struct sender *sender, uint64_t more_sent, uint64_t more_lost,
                         uint64_t received, int64_t mono_ms) {
    const uint64_t limit = claimable(sender, mono_ms);
    const uint64_t delivered = sender->numbered + received;
    return sender->lost <= limit && more_lost <= limit - sender->lost &&
           sender->sent <= limit + delivered && more_sent <= limit + delivered - sender->sent;
}

static void add(struct ledger *ledger, uint64_t *word, uint64_t count) {
    undo_word(ledger->undo, word);
    *word += count;
}

static void set(struct ledger *ledger, uint64_t *word, uint64_t value) {
    undo_word(ledger->undo, word);
    *word = value;
}

/* The process reports for the first time. This is a fact, which stays whatever happens to the
 * report. */
static void begin_reports(struct sender *sender, int64_t mono_ms) {
    sender->reports_since_ms = mono_ms;
    undo_barrier(); /* ignored until the next store */
    sender->reports = true;
}

void ledger_report(struct ledger *ledger, const struct sender *of, const struct ledger_claim *claim,
                   int64_t mono_ms) {
    struct sender *sender = senders_row(of);
    struct books *books = ledger->books;
    struct handle *item =
        find_handle(ledger, claim->handle, (uint32_t)(sender - ledger->senders.rows));
    if (item == NULL) {
        add(ledger, &books->full.handles, 1);
        return;
    }
    if (!sender->reports)
        begin_reports(sender, mono_ms);
    const uint64_t received = item->unnumbered + claim->received;
    const uint64_t known =
        item->met ? item->sent : delivered_before(claim->sent, claim->lost, received);
    const uint64_t more_sent = growth(known, claim->sent);
    const uint64_t more_lost = growth(item->lost, claim->lost);
    if (claim->lost > claim->sent ||
        !is_plausible(sender, more_sent, more_lost, received, mono_ms)) {
        add(ledger, &sender->implausible, 1);
        add(ledger, &books->implausible, 1);
        set(ledger, &item->unnumbered, item->met ? received : 0);
        return;
    }
    undo_word(ledger->undo, &item->met);
    item->met = true;
    set(ledger, &item->unnumbered, 0);
    set(ledger, &item->sent, known + more_sent);
    add(ledger, &item->lost, more_lost);
    add(ledger, &sender->numbered, received);
    add(ledger, &sender->sent, more_sent);
    add(ledger, &sender->lost, more_lost);
    add(ledger, &books->reported_sent, more_sent);
    add(ledger, &books->reported_lost, more_lost);
}

void ledger_reported(const struct ledger *ledger, uint64_t *ret_sent, uint64_t *ret_lost) {
    *ret_sent = ledger->books->reported_sent;
    *ret_lost = ledger->books->reported_lost;
}

uint64_t ledger_implausible(const struct ledger *ledger) {
    return ledger->books->implausible;
}

/* ---- pairs ----
 * what a sender of several services sent for each of them: a table of pairs of a sender's
 * row and a service.
 *
 * Most processes send for one service, and their row says all. The first sample for a second
 * service makes two pairs: the first service gets what the row counted until then, but for what is
 * of no service.
 */

/* How many pairs a full table checks for one of a gone process, once for each time stamp. */
enum { PAIRS_RECLAIM_LOOK = 64 };

uint32_t ledger_pairs_most(const struct catalog_set *set) {
    size_t services = 0;
    for (size_t i = 0; i < set->count; i++)
        services += !set->catalogs[i]->internal;
    return services > 1 ? PAIRS_MAX : 0;
}

void ledger_pairs_init(struct pair_table *pairs, const struct catalog_set *set) {
    pairs->free = SLOTS_NONE;
    pairs->of_rows = memory_array(SENDERS_MAX, sizeof *pairs->of_rows);
    slots_init(&pairs->slots, ledger_pairs_most(set));
}

void ledger_pairs_done(struct pair_table *pairs) {
    slots_done(&pairs->slots);
    free(pairs->of_rows);
}

uint64_t ledger_pairs_bytes(const struct catalog_set *set) {
    return slots_bytes(ledger_pairs_most(set)) + heap_bytes(SENDERS_MAX * sizeof(struct row_pairs));
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

/* Free all pairs of a row. */
static void pairs_drop(struct ledger *ledger, uint32_t row) {
    struct row_pairs *of_row = &ledger->pairs.of_rows[row];
    while (of_row->count > 0) {
        const uint32_t index = of_row->first;
        of_row->first = pair_at(&ledger->pairs, index)->next;
        of_row->count--;
        free_pair(ledger, index);
    }
    ledger->senders.rows[row].several = false;
}

/* Free the pairs of a gone process, if one is found soon. */
static void pairs_reclaim(struct ledger *ledger, int64_t real_ms) {
    struct pair_table *pairs = &ledger->pairs;
    const uint32_t count = ledger->books->pair_count;
    if (real_ms == pairs->reclaimed_ms)
        return;
    pairs->reclaimed_ms = real_ms;
    for (uint32_t looked = 0; looked < PAIRS_RECLAIM_LOOK && count > 0; looked++) {
        const uint32_t row = pair_at(pairs, pairs->hand++ % count)->row;
        if (row != SLOTS_NONE && !ledger->senders.rows[row].alive) {
            pairs_drop(ledger, row);
            return;
        }
    }
}

/* A free place, or SLOTS_NONE. */
static uint32_t pairs_take_place(struct ledger *ledger, int64_t real_ms) {
    struct pair_table *pairs = &ledger->pairs;
    const uint32_t count = ledger->books->pair_count;
    if (pairs->free == SLOTS_NONE) {
        if (object_reach(&pairs->table, (uint64_t)count + 1)) {
            undo_word(ledger->undo, &ledger->books->pair_count);
            return ledger->books->pair_count++;
        }
        pairs_reclaim(ledger, real_ms);
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
    const uint32_t index = pairs_take_place(ledger, real_ms);
    if (index == SLOTS_NONE) {
        ledger_runs_add(ledger, &ledger->books->full.pairs, 1);
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

struct sent_pair *ledger_pairs_meet(struct ledger *ledger, struct sender *sender,
                                    uint32_t service) {
    const uint32_t row = (uint32_t)(sender - ledger->senders.rows);
    const int64_t real_ms = sender->last_seen_ms;
    if (!sender->several) {
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

void ledger_pairs_take(struct ledger *ledger, const struct sent_pair *from) {
    struct sender *sender = &ledger->senders.rows[from->row];
    if (sender->service < 0) /* the one that it sent for last is no more */
        sender->service = (int32_t)from->service;
    if (ledger_pairs_most(ledger->set) == 0 ||
        find_pair(ledger, from->row, from->service) != SLOTS_NONE)
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

/* ---- senders ----
 * the table of sending processes: one row per (pid, uid, gid). The row not seen for
 * longest makes room.
 */

/* How many of the oldest rows are checked for a gone process. */
enum { EVICT_LOOK = 8 };

void senders_init(struct sender_table *senders) {
    senders->links = memory_array(SENDERS_MAX, sizeof *senders->links);
    senders->handles = memory_array(SENDERS_MAX, sizeof *senders->handles);
    senders->newest = SLOTS_NONE;
    senders->oldest = SLOTS_NONE;
    senders->returned = SLOTS_NONE;
    slots_init(&senders->slots, SENDERS_MAX);
}

void senders_done(struct sender_table *senders) {
    slots_done(&senders->slots);
    free(senders->links);
    free(senders->handles);
}

uint64_t senders_bytes(void) {
    return slots_bytes(SENDERS_MAX) + heap_bytes(SENDERS_MAX * sizeof(struct sender_link)) +
           heap_bytes(SENDERS_MAX * sizeof(struct sender_handles));
}

static uint32_t row_of(const struct sender_table *senders, const struct sender *sender) {
    return (uint32_t)(sender - senders->rows);
}

static bool same_process(const struct sender *sender, int32_t pid, uint32_t uid, uint32_t gid) {
    return sender->pid == pid && sender->uid == uid && sender->gid == gid;
}

static uint32_t sender_hash(const struct ledger *ledger, int32_t pid, uint32_t uid, uint32_t gid) {
    const uint32_t key[3] = {(uint32_t)pid, uid, gid};
    return (uint32_t)hash_bytes(key, sizeof key, ledger->seed);
}

/* ---- recency ---- */

static void unlink_row(struct sender_table *senders, uint32_t row) {
    const struct sender_link link = senders->links[row];
    if (link.newer != SLOTS_NONE)
        senders->links[link.newer].older = link.older;
    else
        senders->newest = link.older;
    if (link.older != SLOTS_NONE)
        senders->links[link.older].newer = link.newer;
    else
        senders->oldest = link.newer;
}

static void link_newest(struct sender_table *senders, uint32_t row) {
    senders->links[row] = (struct sender_link){SLOTS_NONE, senders->newest};
    if (senders->newest != SLOTS_NONE)
        senders->links[senders->newest].newer = row;
    else
        senders->oldest = row;
    senders->newest = row;
}

static void touch(struct sender_table *senders, uint32_t row) {
    if (senders->newest == row)
        return;
    unlink_row(senders, row);
    link_newest(senders, row);
}

/* ---- closing rows ---- */

/* Add a row to the departed. Their sums of telemetry saturate rather than wrap. */
static void close_row(struct ledger *ledger, struct sender *sender) {
    struct sender *departed = ledger->departed;
    struct books *books = ledger->books;
    undo_range(ledger->undo, departed, sizeof *departed);
    undo_word(ledger->undo, &books->departed_rows);
    ledger_ended_close(ledger, sender);
    departed->datagrams += sender->datagrams;
    for (size_t i = 0; i < VERDICT_COUNT; i++)
        departed->tally.by_verdict[i] += sender->tally.by_verdict[i];
    departed->numbered += sender->numbered;
    departed->sent += sender->sent;
    departed->lost += sender->lost;
    departed->implausible += sender->implausible;
    for (size_t i = 0; i < TELEMETRY_COUNT; i++)
        departed->telemetry[i] = add_saturated(departed->telemetry[i], sender->telemetry[i]);
    if (books->departed_rows == 0 || sender->first_seen_ms < departed->first_seen_ms)
        departed->first_seen_ms = sender->first_seen_ms;
    if (books->departed_rows == 0 || sender->last_seen_ms > departed->last_seen_ms)
        departed->last_seen_ms = sender->last_seen_ms;
    books->departed_rows++;
    handles_drop(ledger, row_of(&ledger->senders, sender));
    pairs_drop(ledger, row_of(&ledger->senders, sender));
    undo_range(ledger->undo, sender, sizeof *sender); /* another sender begins there */
}

static void start_row(struct sender *sender, int32_t pid, uint32_t uid, uint32_t gid,
                      int64_t real_ms) {
    *sender = (struct sender){.pid = pid,
                              .uid = uid,
                              .gid = gid,
                              .alive = true,
                              .service = -1,
                              .first_seen_ms = real_ms,
                              .last_seen_ms = real_ms};
}

/* The row to give up: the oldest, or a gone process among the oldest few. */
static struct sender *row_to_evict(struct sender_table *senders) {
    uint32_t row = senders->oldest;
    for (int looked = 0; looked < EVICT_LOOK && row != SLOTS_NONE; looked++) {
        if (!senders->rows[row].alive)
            return &senders->rows[row];
        row = senders->links[row].newer;
    }
    return &senders->rows[senders->oldest];
}

/* A row that was never used, or NULL if there is none. */
static struct sender *unused_row(struct ledger *ledger) {
    struct sender_table *senders = &ledger->senders;
    struct books *books = ledger->books;
    if (!object_reach(&senders->table, (uint64_t)books->sender_count + 1))
        return NULL;
    senders->handles[books->sender_count] = (struct sender_handles){SLOTS_NONE, SLOTS_NONE, 0};
    undo_word(ledger->undo, &books->sender_count);
    return &senders->rows[books->sender_count++];
}

static struct sender *evicted_row(struct ledger *ledger) {
    struct sender_table *senders = &ledger->senders;
    struct sender *sender = row_to_evict(senders);
    close_row(ledger, sender);
    undo_word(ledger->undo, &ledger->books->full.senders);
    ledger->books->full.senders++;
    slots_remove(&senders->slots, sender_hash(ledger, sender->pid, sender->uid, sender->gid),
                 row_of(senders, sender));
    unlink_row(senders, row_of(senders, sender));
    return sender;
}

/* Make a row with complete content the newest, and findable. */
static void enter(struct ledger *ledger, struct sender *sender, uint32_t hash) {
    struct sender_table *senders = &ledger->senders;
    link_newest(senders, row_of(senders, sender));
    slots_add(&senders->slots, hash, row_of(senders, sender));
}

static struct sender *new_row(struct ledger *ledger, int32_t pid, uint32_t uid, uint32_t gid,
                              uint32_t hash, int64_t real_ms) {
    struct sender *sender = unused_row(ledger);
    if (sender == NULL)
        sender = evicted_row(ledger);
    start_row(sender, pid, uid, gid, real_ms);
    enter(ledger, sender, hash);
    return sender;
}

/* The row of this process, or SLOTS_NONE. */
static uint32_t find_row(const struct ledger *ledger, int32_t pid, uint32_t uid, uint32_t gid,
                         uint32_t hash) {
    const struct sender_table *senders = &ledger->senders;
    uint32_t at = hash;
    uint32_t row;
    do
        row = slots_next(&senders->slots, hash, &at);
    while (row != SLOTS_NONE && !same_process(&senders->rows[row], pid, uid, gid));
    return row;
}

uint32_t senders_take(struct ledger *ledger, const struct sender *row) {
    const uint32_t hash = sender_hash(ledger, row->pid, row->uid, row->gid);
    if (find_row(ledger, row->pid, row->uid, row->gid, hash) != SLOTS_NONE)
        return SLOTS_NONE;
    struct sender *sender = unused_row(ledger);
    if (sender == NULL)
        return SLOTS_NONE;
    *sender = *row;
    enter(ledger, sender, hash);
    return row_of(&ledger->senders, sender);
}

void senders_touch(struct ledger *ledger, uint32_t row) {
    touch(&ledger->senders, row);
    ledger->senders.last = row;
}

/* ---- public ---- */

/* Find or make the row of a process other than the one that sent last; it becomes the newest. */
static __attribute__((noinline)) struct sender *turn_to(struct ledger *ledger, int32_t pid,
                                                        uint32_t uid, uint32_t gid, int64_t real_ms,
                                                        bool *ret_new) {
    struct sender_table *senders = &ledger->senders;
    struct sender *sender;
    const uint32_t hash = sender_hash(ledger, pid, uid, gid);
    const uint32_t row = find_row(ledger, pid, uid, gid, hash);
    if (row != SLOTS_NONE) {
        sender = &senders->rows[row];
        touch(senders, row);
    } else {
        sender = new_row(ledger, pid, uid, gid, hash, real_ms);
        *ret_new = true;
    }
    senders->last = row_of(senders, sender);
    return sender;
}

static inline struct sender *meet(struct ledger *ledger, int32_t pid, uint32_t uid, uint32_t gid,
                                  int64_t real_ms, bool *ret_new) {
    struct sender *last = &ledger->senders.rows[ledger->senders.last];
    *ret_new = false;
    if (ledger->books->sender_count > 0 && same_process(last, pid, uid, gid))
        return last;
    return turn_to(ledger, pid, uid, gid, real_ms, ret_new);
}

/* A sender that was marked gone sends again. */
static __attribute__((noinline)) void come_back(struct ledger *ledger, struct sender *sender) {
    ledger->senders.returned = row_of(&ledger->senders, sender);
    undo_word(ledger->undo, &sender->owner);
    sender->owner = 0;
}

const struct sender *ledger_sender(struct ledger *ledger, int32_t pid, uint32_t uid, uint32_t gid,
                                   int64_t real_ms, bool *ret_new) {
    struct sender *sender = meet(ledger, pid, uid, gid, real_ms, ret_new);
    ledger->senders.returned = SLOTS_NONE;
    if (!sender->alive) {
        come_back(ledger, sender);
        *ret_new = true;
    }
    undo_word(ledger->undo, &sender->datagrams);
    sender->datagrams++;
    if (sender->last_seen_ms == real_ms)
        return sender;
    undo_word(ledger->undo, &sender->last_seen_ms);
    sender->last_seen_ms = real_ms;
    return sender;
}

const struct sender *ledger_sender_again(struct ledger *ledger, int32_t pid, uint32_t uid,
                                         uint32_t gid, int64_t real_ms, bool *ret_new) {
    ledger->senders.returned = SLOTS_NONE;
    return meet(ledger, pid, uid, gid, real_ms, ret_new);
}

void ledger_sender_describe(const struct sender *of, const char *comm, uint64_t start_ticks) {
    struct sender *sender = senders_row(of);
    const size_t len = comm == NULL ? 0 : strnlen(comm, SENDER_COMM_MAX - 1);
    if (len > 0)
        memcpy(sender->comm, comm, len);
    sender->comm[len] = '\0';
    sender->start_ticks = start_ticks;
    sender->described = true;
    sender->alive = true;
}

void ledger_sender_runs(const struct sender *of, uint32_t program) {
    senders_row(of)->program = program;
}

void ledger_sender_restart(struct ledger *ledger, const struct sender *of, int64_t real_ms) {
    struct sender *sender = senders_row(of);
    const bool alone = undo_count(ledger->undo) == 0;
    const uint64_t in_hand = ledger->senders.returned == row_of(&ledger->senders, sender) ? 1 : 0;
    undo_word(ledger->undo, &sender->datagrams);
    sender->datagrams -= in_hand;
    ledger_ended_note(ledger, sender, real_ms);
    close_row(ledger, sender);
    start_row(sender, sender->pid, sender->uid, sender->gid, real_ms);
    sender->datagrams = in_hand;
    ledger->senders.returned = SLOTS_NONE;
    if (alone)
        undo_commit(ledger->undo);
}

void ledger_sender_place(const struct sender *of, const char *unit) {
    struct sender *sender = senders_row(of);
    const size_t len = strnlen(unit, SENDER_UNIT_MAX - 1);
    memcpy(sender->unit, unit, len);
    sender->unit[len] = '\0';
    sender->placed = true;
}

void ledger_sender_put_off(struct ledger *ledger) {
    ledger->books->put_off++;
}

uint64_t ledger_put_off(const struct ledger *ledger) {
    return ledger->books->put_off;
}

void ledger_sender_own(struct ledger *ledger, const struct sender *sender, uint32_t owner) {
    undo_word(ledger->undo, &sender->owner);
    senders_row(sender)->owner = owner;
}

void ledger_sender_disown(const struct sender *sender, int64_t until_ms) {
    senders_row(sender)->no_owner_until_ms = until_ms;
}

void ledger_sender_telemetry(struct ledger *ledger, const struct sender *sender,
                             enum client_telemetry which, uint64_t count) {
    undo_word(ledger->undo, &sender->telemetry[which]);
    senders_row(sender)->telemetry[which] += count;
}

size_t ledger_sender_count(const struct ledger *ledger) {
    return ledger->books->sender_count;
}

const struct sender *ledger_sender_at(const struct ledger *ledger, size_t index) {
    return index < ledger->books->sender_count ? &ledger->senders.rows[index] : NULL;
}

size_t ledger_sender_index(const struct ledger *ledger, const struct sender *sender) {
    return row_of(&ledger->senders, sender);
}

void ledger_set_alive(struct ledger *ledger, size_t index, bool alive) {
    if (index < ledger->books->sender_count)
        ledger->senders.rows[index].alive = alive;
}

const struct sender *ledger_departed(const struct ledger *ledger, uint64_t *ret_rows) {
    *ret_rows = ledger->books->departed_rows;
    return ledger->departed;
}
