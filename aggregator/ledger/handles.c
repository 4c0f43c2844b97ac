/*
 * handles.c - the reports of numbering clients (`q:`), per handle and summed.
 *
 * The key is (handle, row of the sender), so a forged handle cannot touch another process's books.
 * A row's handles are listed by last report; the newest is nearly always the one that reports.
 */

#include "base/hash.h"
#include "ledger/books.h"

/* How many handles a report checks, when the table is full, to find one of a gone process. */
enum { RECLAIM_LOOK = 64 };

bool handles_init(struct handle_table *handles, const struct memory *memory) {
    handles->free = SLOTS_NONE;
    return slots_init(&handles->slots, memory, HANDLES_MAX);
}

void handles_done(struct handle_table *handles, const struct memory *memory) {
    slots_done(&handles->slots, memory);
}

uint64_t handles_bytes(void) {
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

void handles_drop(struct ledger *ledger, uint32_t row) {
    while (ledger->senders.handles[row].newest != SLOTS_NONE)
        free_handle(ledger, ledger->senders.handles[row].newest);
}

/* Free a handle of a gone process, if one is found soon. All places ever used must be in use. */
static void reclaim(struct ledger *ledger) {
    struct handle_table *table = &ledger->handles;
    const uint32_t count = ledger->books->handle_count;
    for (uint32_t looked = 0; looked < RECLAIM_LOOK && count > 0; looked++) {
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
static uint32_t take_place(struct ledger *ledger, uint32_t row) {
    struct handle_table *table = &ledger->handles;
    if (ledger->senders.handles[row].count >= HANDLES_PER_SENDER_MAX)
        free_handle(ledger, ledger->senders.handles[row].oldest);
    if (table->free == SLOTS_NONE) {
        const uint32_t index = unused_place(ledger);
        if (index != SLOTS_NONE)
            return index;
        reclaim(ledger);
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
    const uint32_t index = take_place(ledger, row);
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

bool handles_take(struct ledger *ledger, const struct handle *from) {
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
