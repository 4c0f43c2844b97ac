/*
 * ended.c - the processes that ended last: who they were, what they sent, and what ended with them.
 * A ring, for people. While the row of a process exists, its entry reads the samples from there,
 * since some may still wait in a socket when the end is noticed.
 */
#include <string.h>

#include "ledger/books.h"

static struct ended_process *entry_at(const struct ledger *ledger, uint64_t serial) {
    return object_at(&ledger->ended.table, (serial - 1) % LEDGER_ENDED_MAX);
}

/* Begin the next entry, which stays empty until finish(). */
static struct ended_process *begin(struct ledger *ledger, uint32_t row, int64_t real_ms) {
    struct ended_process *entry = entry_at(ledger, ++ledger->ended.serial);
    entry->serial = 0;
    undo_barrier();
    *entry = (struct ended_process){.row = row, .at_ms = real_ms};
    return entry;
}

/* Mark the entry as complete. */
static void finish(const struct ledger *ledger, struct ended_process *entry) {
    undo_barrier();
    entry->serial = ledger->ended.serial;
}

/* The entry of a row's process, if it is still kept. */
static struct ended_process *entry_of(const struct ledger *ledger, const struct sender *sender) {
    struct ended_process *entry = sender->ended != 0 ? entry_at(ledger, sender->ended) : NULL;
    return entry != NULL && entry->serial == sender->ended ? entry : NULL;
}

static void copy_row(struct ended_process *entry, const struct sender *sender) {
    ledger_who(sender, &entry->who);
    entry->service = sender->service;
    entry->first_seen_ms = sender->first_seen_ms;
    entry->samples = tally_total(&sender->tally);
    entry->parts = sender->took[TOOK_PARTS];
    entry->jobs = sender->took[TOOK_JOBS];
}

void ended_note(struct ledger *ledger, struct sender *sender, int64_t real_ms) {
    if (sender->ended != 0)
        return;
    sender->ended = ledger->ended.serial + 1; /* a reader ignores it until that entry exists */
    undo_barrier();
    struct ended_process *entry = begin(ledger, (uint32_t)(sender - ledger->senders.rows), real_ms);
    copy_row(entry, sender);
    finish(ledger, entry);
}

void ended_close(struct ledger *ledger, struct sender *sender) {
    struct ended_process *entry = entry_of(ledger, sender);
    if (entry == NULL)
        return;
    copy_row(entry, sender);
    entry->row = SLOTS_NONE;
}

void ledger_sender_gone(struct ledger *ledger, size_t index, int64_t real_ms) {
    if (index >= ledger->books->sender_count)
        return;
    struct sender *sender = &ledger->senders.rows[index];
    sender->alive = false;
    ended_note(ledger, sender, real_ms);
}

/* The last entry with this pid, or NULL. */
static struct ended_process *find_pid(const struct ledger *ledger, int32_t pid) {
    uint64_t serial = ledger->ended.serial;
    for (int i = 0; i < LEDGER_ENDED_MAX && serial > 0; i++, serial--) {
        struct ended_process *entry = entry_at(ledger, serial);
        if (entry->serial == serial && entry->who.pid == pid)
            return entry;
    }
    return NULL;
}

/* Add an entry for a process of which only the pid is known. */
static struct ended_process *add_number(struct ledger *ledger, int32_t pid, int64_t real_ms) {
    struct ended_process *entry = begin(ledger, SLOTS_NONE, real_ms);
    entry->who.pid = pid;
    entry->service = -1;
    finish(ledger, entry);
    return entry;
}

void ledger_sender_took(struct ledger *ledger, size_t index, int32_t pid, uint32_t parts,
                        uint32_t jobs, int64_t real_ms) {
    const bool has_row = index < ledger->books->sender_count &&
                         ledger->senders.rows[index].pid == pid &&
                         !ledger->senders.rows[index].alive;
    if (!has_row) {
        struct ended_process *entry = find_pid(ledger, pid);
        if (entry == NULL)
            entry = add_number(ledger, pid, real_ms);
        entry->parts += parts;
        entry->jobs += jobs;
        return;
    }
    struct sender *sender = &ledger->senders.rows[index];
    sender->took[TOOK_PARTS] += parts;
    sender->took[TOOK_JOBS] += jobs;
    ended_note(ledger, sender, real_ms);
}

/* ---- reading ---- */

static void read_entry(const struct ledger *ledger, const struct ended_process *entry,
                       struct ledger_ended *ret_ended) {
    struct ended_process seen = *entry;
    const bool own = entry->row < ledger->books->sender_count &&
                     ledger->senders.rows[entry->row].ended == entry->serial;
    if (own)
        copy_row(&seen, &ledger->senders.rows[entry->row]);
    *ret_ended = (struct ledger_ended){.serial = seen.serial,
                                       .who = seen.who,
                                       .service = seen.service,
                                       .at_ms = seen.at_ms,
                                       .first_seen_ms = seen.first_seen_ms,
                                       .samples = seen.samples,
                                       .row = own ? entry->row : SIZE_MAX,
                                       .parts = seen.parts,
                                       .jobs = seen.jobs};
}

bool ledger_ended(const struct ledger *ledger, uint64_t before, struct ledger_ended *ret_ended) {
    uint64_t serial = before > ledger->ended.serial ? ledger->ended.serial : before - 1;
    for (int i = 0; i < LEDGER_ENDED_MAX && serial > 0; i++, serial--) {
        const struct ended_process *entry = entry_at(ledger, serial);
        if (entry->serial != serial)
            continue;
        read_entry(ledger, entry, ret_ended);
        return true;
    }
    return false;
}

bool ledger_ended_find(const struct ledger *ledger, int32_t pid, struct who *ret_who) {
    const struct ended_process *entry = find_pid(ledger, pid);
    if (entry == NULL)
        return false;
    *ret_who = entry->who;
    return true;
}
