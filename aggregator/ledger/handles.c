/*
 * handles.c - what numbering clients report about themselves (`q:`), per handle and summed.
 *
 * The key is (handle, row of the sender), so a forged handle cannot touch another process' books. A
 * row's handles are listed by last report; the newest is nearly always the one that reports.
 */
#include "base/hash.h"
#include "ledger/books.h"

/* How many handles a report looks at, when the table is full, for one of a gone process. */
enum { RECLAIM_LOOK = 64 };

bool handles_init(struct handle_table *handles) {
    handles->items = calloc(HANDLES_MAX, sizeof *handles->items);
    handles->free = SLOTS_NONE;
    return slots_init(&handles->slots, HANDLES_MAX) && handles->items != NULL;
}

void handles_done(struct handle_table *handles) {
    slots_done(&handles->slots);
    free(handles->items);
}

static uint32_t handle_hash(const struct ledger *ledger, uint64_t id, uint32_t row) {
    const uint64_t key[2] = {id, row};
    return (uint32_t)hash_bytes(key, sizeof key, ledger->seed);
}

static void unlink_handle(struct ledger *ledger, const struct handle *handle) {
    struct sender_handles *owner = &ledger->senders.handles[handle->row];
    struct handle *items = ledger->handles.items;
    if (handle->newer != SLOTS_NONE)
        items[handle->newer].older = handle->older;
    else
        owner->newest = handle->older;
    if (handle->older != SLOTS_NONE)
        items[handle->older].newer = handle->newer;
    else
        owner->oldest = handle->newer;
    owner->count--;
}

static void link_handle(struct ledger *ledger, struct handle *handle) {
    struct sender_handles *owner = &ledger->senders.handles[handle->row];
    struct handle *items = ledger->handles.items;
    const uint32_t index = (uint32_t)(handle - items);
    handle->newer = SLOTS_NONE;
    handle->older = owner->newest;
    if (owner->newest != SLOTS_NONE)
        items[owner->newest].newer = index;
    else
        owner->oldest = index;
    owner->newest = index;
    owner->count++;
}

static void free_handle(struct ledger *ledger, uint32_t index) {
    struct handle_table *table = &ledger->handles;
    struct handle *handle = &table->items[index];
    unlink_handle(ledger, handle);
    slots_remove(&table->slots, handle->hash, index);
    handle->row = SLOTS_NONE;
    handle->older = table->free;
    table->free = index;
}

void handles_drop(struct ledger *ledger, uint32_t row) {
    while (ledger->senders.handles[row].newest != SLOTS_NONE)
        free_handle(ledger, ledger->senders.handles[row].newest);
}

/* Free a handle of a process that is gone, if one is near. */
static void reclaim(struct ledger *ledger) {
    struct handle_table *table = &ledger->handles;
    for (int looked = 0; looked < RECLAIM_LOOK; looked++) {
        const uint32_t index = table->hand;
        table->hand = (table->hand + 1) % HANDLES_MAX;
        if (!ledger->senders.rows[table->items[index].row].alive) {
            free_handle(ledger, index);
            return;
        }
    }
}

/* A free place for a handle of this row, or SLOTS_NONE. */
static uint32_t take_place(struct ledger *ledger, uint32_t row) {
    struct handle_table *table = &ledger->handles;
    if (ledger->senders.handles[row].count >= HANDLES_PER_SENDER_MAX)
        free_handle(ledger, ledger->senders.handles[row].oldest);
    if (table->free == SLOTS_NONE && table->used < HANDLES_MAX)
        return table->used++;
    if (table->free == SLOTS_NONE)
        reclaim(ledger);
    const uint32_t index = table->free;
    if (index != SLOTS_NONE)
        table->free = table->items[index].older;
    return index;
}

/* The handle of this row, now its newest; made if new; NULL when there is no place. */
static struct handle *find_handle(struct ledger *ledger, uint64_t id, uint32_t row) {
    struct handle_table *table = &ledger->handles;
    const uint32_t newest = ledger->senders.handles[row].newest;
    if (newest != SLOTS_NONE && table->items[newest].id == id)
        return &table->items[newest];

    const uint32_t hash = handle_hash(ledger, id, row);
    uint32_t at = hash;
    uint32_t index;
    do
        index = slots_next(&table->slots, hash, &at);
    while (index != SLOTS_NONE && (table->items[index].id != id || table->items[index].row != row));
    if (index != SLOTS_NONE) {
        unlink_handle(ledger, &table->items[index]);
        link_handle(ledger, &table->items[index]);
        return &table->items[index];
    }
    index = take_place(ledger, row);
    if (index == SLOTS_NONE)
        return NULL;
    struct handle *handle = &table->items[index];
    *handle = (struct handle){.id = id, .hash = hash, .row = row};
    link_handle(ledger, handle);
    slots_add(&table->slots, hash, index);
    return handle;
}

/* Raise *known to what is claimed now, and the sums by as much. */
static void raise_claim(uint64_t *known, uint64_t claimed, uint64_t *row_sum, uint64_t *total) {
    if (claimed > CLAIM_MAX)
        claimed = CLAIM_MAX;
    if (claimed <= *known)
        return;
    uint64_t growth = claimed - *known;
    *known = claimed;
    if (growth > CLAIM_MAX - *row_sum)
        growth = CLAIM_MAX - *row_sum;
    *row_sum += growth;
    *total = add_saturated(*total, growth);
}

/* What a handle delivered before this first report, to an earlier daemon or row. */
static uint64_t delivered_before(uint64_t sent, uint64_t lost, uint64_t received) {
    uint64_t here;
    if (__builtin_add_overflow(lost, received, &here) || sent > CLAIM_MAX || here >= sent)
        return 0;
    return sent - here;
}

void ledger_report(struct ledger *ledger, struct sender *sender, uint64_t handle, uint64_t sent,
                   uint64_t lost, uint64_t received) {
    struct handle *item = find_handle(ledger, handle, (uint32_t)(sender - ledger->senders.rows));
    if (item == NULL) {
        ledger->full.handles++;
        return;
    }
    if (!item->met) {
        item->met = true;
        item->sent = delivered_before(sent, lost, received);
    }
    sender->numbered += received;
    raise_claim(&item->sent, sent, &sender->sent, &ledger->reported_sent);
    raise_claim(&item->lost, lost, &sender->lost, &ledger->reported_lost);
}

void ledger_reported(const struct ledger *ledger, uint64_t *ret_sent, uint64_t *ret_lost) {
    *ret_sent = ledger->reported_sent;
    *ret_lost = ledger->reported_lost;
}
