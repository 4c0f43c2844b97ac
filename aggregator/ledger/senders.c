/*
 * senders.c - the table of sending processes: one row per (pid, uid, gid). The row not seen for
 * longest makes room.
 */
#include <string.h>

#include "base/hash.h"
#include "ledger/books.h"

/* How many of the oldest rows are checked for a gone process. */
enum { EVICT_LOOK = 8 };

bool senders_init(struct sender_table *senders, const struct memory *memory) {
    senders->links = memory_array(memory, SENDERS_MAX, sizeof *senders->links);
    senders->handles = memory_array(memory, SENDERS_MAX, sizeof *senders->handles);
    senders->newest = SLOTS_NONE;
    senders->oldest = SLOTS_NONE;
    senders->returned = SLOTS_NONE;
    return slots_init(&senders->slots, memory, SENDERS_MAX) && senders->links != NULL &&
           senders->handles != NULL;
}

void senders_done(struct sender_table *senders, const struct memory *memory) {
    slots_done(&senders->slots, memory);
    memory_release(memory, senders->links);
    memory_release(memory, senders->handles);
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
    runs_end(ledger); /* the run may be of this sender */
    undo_range(ledger->undo, departed, sizeof *departed);
    undo_word(ledger->undo, &books->departed_rows);
    ended_close(ledger, sender);
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
    ended_note(ledger, sender, real_ms);
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
