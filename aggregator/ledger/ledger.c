/* SPDX-License-Identifier: MIT */
/* ledger.c - the books of what was sent: verdicts, their totals, and the rows that keep them. */
#include "ledger/ledger_private.h"

#include <stdlib.h>

#include "base/heap.h"

/* ---- tables ----
 * the part of the books that outlives the process: one table of the object for each kind
 * of record, with fields that the next process reads by their names (ledger_restore.c).
 *
 * Verdicts are fields, and reasons have a table of their names, because a reader may have other
 * lists.
 */

#define VERDICT(type, which, name)                                                                 \
    OBJECT_FIELD(type, tally.by_verdict[VERDICT_##which], name, OBJECT_COUNT)
#define VERDICTS(type)                                                                             \
    VERDICT(type, ACCEPTED, "accepted"), VERDICT(type, FOLDED, "folded"),                          \
        VERDICT(type, REJECTED, "rejected"), VERDICT(type, IGNORED, "ignored")
#define TELEMETRY(which, name)                                                                     \
    OBJECT_FIELD(struct sender, telemetry[TELEMETRY_##which], name, OBJECT_U64)

static const struct object_field books_fields[] = {
    OBJECT_FIELD(struct books, full.senders, "senders_full", OBJECT_COUNT),
    OBJECT_FIELD(struct books, full.handles, "handles_full", OBJECT_COUNT),
    OBJECT_FIELD(struct books, spellings_full[LEDGER_UNKNOWN_LABELS], "unknown_labels_full",
                 OBJECT_COUNT),
    OBJECT_FIELD(struct books, spellings_full[LEDGER_UNKNOWN_NAMES], "unknown_names_full",
                 OBJECT_COUNT),
    OBJECT_FIELD(struct books, spellings_full[LEDGER_FOLDED_VALUES], "folded_values_full",
                 OBJECT_COUNT),
    OBJECT_FIELD(struct books, full.pairs, "pairs_full", OBJECT_COUNT),
    OBJECT_FIELD(struct books, reported_sent, "reported_sent", OBJECT_COUNT),
    OBJECT_FIELD(struct books, reported_lost, "reported_lost", OBJECT_COUNT),
    OBJECT_FIELD(struct books, implausible, "implausible", OBJECT_COUNT),
    OBJECT_FIELD(struct books, traffic.datagrams, "datagrams", OBJECT_COUNT),
    OBJECT_FIELD(struct books, traffic.bytes, "bytes", OBJECT_COUNT),
    OBJECT_FIELD(struct books, traffic.truncated_datagrams, "truncated_datagrams", OBJECT_COUNT),
    OBJECT_FIELD(struct books, traffic.truncated_bytes, "truncated_bytes", OBJECT_COUNT),
    OBJECT_FIELD(struct books, departed_rows, "departed_rows", OBJECT_COUNT),
    OBJECT_FIELD(struct books, sender_count, "sender_count", OBJECT_U32),
    OBJECT_FIELD(struct books, handle_count, "handle_count", OBJECT_U32),
    OBJECT_FIELD(struct books, pair_count, "pair_count", OBJECT_U32),
};

/* Fields of rows and of the departed. `no_owner_until_ms` is left out because the next process may
 * have room, `placed` because it searches again where no unit was found. */
static const struct object_field sender_fields[] = {
    OBJECT_FIELD(struct sender, pid, "pid", OBJECT_I32),
    OBJECT_FIELD(struct sender, uid, "uid", OBJECT_U32),
    OBJECT_FIELD(struct sender, gid, "gid", OBJECT_U32),
    OBJECT_FIELD(struct sender, service, "service", OBJECT_I32),
    OBJECT_FIELD(struct sender, alive, "alive", OBJECT_FLAG),
    OBJECT_FIELD(struct sender, described, "described", OBJECT_FLAG),
    OBJECT_FIELD(struct sender, owner, "owner", OBJECT_U32),
    OBJECT_FIELD(struct sender, datagrams, "datagrams", OBJECT_COUNT),
    OBJECT_FIELD(struct sender, last_seen_ms, "last_seen_ms", OBJECT_UNIX_MS),
    VERDICTS(struct sender),
    OBJECT_FIELDS(struct sender, none, "no_service", OBJECT_U64, VERDICT_COUNT),
    OBJECT_FIELD(struct sender, numbered, "numbered", OBJECT_COUNT),
    OBJECT_FIELD(struct sender, sent, "sent", OBJECT_COUNT),
    OBJECT_FIELD(struct sender, lost, "lost", OBJECT_COUNT),
    OBJECT_FIELD(struct sender, implausible, "implausible", OBJECT_COUNT),
    OBJECT_FIELD(struct sender, reports_since_ms, "reports_since_ms", OBJECT_MONO_MS),
    OBJECT_FIELD(struct sender, reports, "reports", OBJECT_FLAG),
    TELEMETRY(METRICS, "client_metrics"),
    TELEMETRY(EVENTS, "client_events"),
    TELEMETRY(SERVICE_CHECKS, "client_service_checks"),
    TELEMETRY(PACKETS_SENT, "client_packets_sent"),
    TELEMETRY(PACKETS_DROPPED, "client_packets_dropped"),
    TELEMETRY(BYTES_SENT, "client_bytes_sent"),
    TELEMETRY(BYTES_DROPPED, "client_bytes_dropped"),
    OBJECT_FIELD(struct sender, first_seen_ms, "first_seen_ms", OBJECT_UNIX_MS),
    OBJECT_FIELD(struct sender, start_ticks, "start_ticks", OBJECT_U64),
    OBJECT_FIELDS(struct sender, comm, "comm", OBJECT_TEXT, SENDER_COMM_MAX - 1),
    OBJECT_FIELDS(struct sender, unit, "unit", OBJECT_TEXT, SENDER_UNIT_MAX - 1),
    OBJECT_FIELDS(struct sender, took, "took", OBJECT_U32, TOOK_COUNT),
    OBJECT_FIELD(struct sender, ended, "ended", OBJECT_U64),
};

static const struct object_field handle_fields[] = {
    OBJECT_FIELD(struct handle, id, "id", OBJECT_U64),
    OBJECT_FIELD(struct handle, sent, "sent", OBJECT_U64),
    OBJECT_FIELD(struct handle, lost, "lost", OBJECT_U64),
    OBJECT_FIELD(struct handle, unnumbered, "unnumbered", OBJECT_COUNT),
    OBJECT_FIELD(struct handle, row, "row", OBJECT_U32),
    OBJECT_FIELD(struct handle, met, "met", OBJECT_FLAG),
};

static const struct object_field pair_fields[] = {
    OBJECT_FIELD(struct sent_pair, row, "row", OBJECT_U32),
    OBJECT_FIELD(struct sent_pair, service, "service", OBJECT_U32),
    OBJECT_FIELD(struct sent_pair, last_seen_ms, "last_seen_ms", OBJECT_UNIX_MS),
    VERDICTS(struct sent_pair),
};

static const struct object_field service_fields[] = {
    VERDICTS(struct service_books),
    OBJECT_FIELDS(struct service_books, reasons, "reasons", OBJECT_U64, SG_REJECT_COUNT),
    OBJECT_FIELDS(struct service_books, rows, "row_reasons", OBJECT_U64, SG_REJECT_COUNT),
};

static const struct object_field family_fields[] = {
    OBJECT_FIELD(struct family_books, cells, "cells", OBJECT_U64),
};

static const struct object_field cell_fields[] = {{"count", OBJECT_U64, 0, 1}};

static const struct object_field reason_fields[] = {
    OBJECT_FIELDS(struct reason_name, name, "name", OBJECT_TEXT, REASON_NAME_MAX - 1),
};

static const struct object_field group_fields[] = {
    OBJECT_FIELD(struct reject_group, key.service, "service", OBJECT_U32),
    OBJECT_FIELD(struct reject_group, key.family, "family", OBJECT_U32),
    OBJECT_FIELD(struct reject_group, key.label, "label", OBJECT_U32),
    OBJECT_FIELD(struct reject_group, key.reason, "reason", OBJECT_U16),
    OBJECT_FIELD(struct reject_group, key.folded, "folded", OBJECT_U16),
    OBJECT_FIELD(struct reject_group, first_ms, "first_ms", OBJECT_UNIX_MS),
    OBJECT_FIELD(struct reject_group, last_ms, "last_ms", OBJECT_UNIX_MS),
    OBJECT_FIELD(struct reject_group, sent, "sent", OBJECT_FLAG),
    OBJECT_FIELD(struct reject_group, who.pid, "pid", OBJECT_I32),
    OBJECT_FIELD(struct reject_group, who.uid, "uid", OBJECT_U32),
    OBJECT_FIELDS(struct reject_group, who.comm, "comm", OBJECT_TEXT, WHO_COMM_MAX - 1),
    OBJECT_FIELDS(struct reject_group, who.unit, "unit", OBJECT_TEXT, WHO_UNIT_MAX - 1),
};

static const struct object_field ended_fields[] = {
    OBJECT_FIELD(struct ended_process, serial, "serial", OBJECT_U64),
    OBJECT_FIELD(struct ended_process, at_ms, "at_ms", OBJECT_UNIX_MS),
    OBJECT_FIELD(struct ended_process, first_seen_ms, "first_seen_ms", OBJECT_UNIX_MS),
    OBJECT_FIELD(struct ended_process, samples, "samples", OBJECT_U64),
    OBJECT_FIELD(struct ended_process, service, "service", OBJECT_I32),
    OBJECT_FIELD(struct ended_process, row, "row", OBJECT_U32),
    OBJECT_FIELD(struct ended_process, parts, "parts", OBJECT_U32),
    OBJECT_FIELD(struct ended_process, jobs, "jobs", OBJECT_U32),
    OBJECT_FIELD(struct ended_process, who.pid, "pid", OBJECT_I32),
    OBJECT_FIELD(struct ended_process, who.uid, "uid", OBJECT_U32),
    OBJECT_FIELDS(struct ended_process, who.comm, "comm", OBJECT_TEXT, WHO_COMM_MAX - 1),
    OBJECT_FIELDS(struct ended_process, who.unit, "unit", OBJECT_TEXT, WHO_UNIT_MAX - 1),
};

/* The number of cells for all families, each with a table of rejections and one of folds. */
static size_t count_cells(const struct catalog_set *set) {
    size_t cells = 0;
    for (size_t i = 0; i < set->family_count; i++)
        cells += 2 * table_cells(set->families[i]);
    return cells;
}

static void make_specs(const struct catalog_set *set, struct object_spec ret_specs[LEDGER_TABLES]) {
    const struct object_spec specs[LEDGER_TABLES] = {
        [TABLE_BOOKS] = OBJECT_SPEC("books", struct books, 1, books_fields),
        [TABLE_DEPARTED] = OBJECT_SPEC("departed", struct sender, 1, sender_fields),
        [TABLE_SERVICES] = OBJECT_SPEC("service", struct service_books, SERVICE_FIRST + set->count,
                                       service_fields),
        [TABLE_FAMILIES] =
            OBJECT_SPEC("family_books", struct family_books, set->family_count, family_fields),
        [TABLE_REASONS] = OBJECT_SPEC("reason", struct reason_name, SG_REJECT_COUNT, reason_fields),
        [TABLE_SENDERS] = OBJECT_SPEC("sender", struct sender, SENDERS_MAX, sender_fields),
        [TABLE_HANDLES] = OBJECT_SPEC("handle", struct handle, HANDLES_MAX, handle_fields),
        [TABLE_PAIRS] = OBJECT_SPEC("pair", struct sent_pair, ledger_pairs_most(set), pair_fields),
        [TABLE_CELLS] = OBJECT_SPEC("family_cell", uint64_t, count_cells(set), cell_fields),
        [TABLE_ENDED] =
            OBJECT_SPEC("ended_process", struct ended_process, LEDGER_ENDED_MAX, ended_fields),
        [TABLE_GROUPS] =
            OBJECT_SPEC("reject_group", struct reject_group, LEDGER_GROUPS_MAX, group_fields),
    };
    memcpy(ret_specs, specs, sizeof specs);
}

struct image_records ledger_records(const struct ledger *ledger, enum ledger_table table,
                                    const struct image *image) {
    struct object_spec specs[LEDGER_TABLES];
    make_specs(ledger->set, specs);
    return image_records(image, &specs[table]);
}

uint64_t ledger_object_bytes(const struct catalog_set *set) {
    struct object_spec specs[LEDGER_TABLES];
    uint64_t bytes = 0;
    make_specs(set, specs);
    for (int i = 0; i < LEDGER_TABLES; i++)
        bytes += object_table_bytes(specs[i].max_items, specs[i].item_bytes);
    return bytes;
}

/* Bytes of the tables of groups and of ended processes. */
static uint64_t tables_details_bytes(void) {
    return object_table_bytes(LEDGER_GROUPS_MAX, sizeof(struct reject_group)) +
           object_table_bytes(LEDGER_ENDED_MAX, sizeof(struct ended_process));
}

static void list_tables(struct ledger *ledger, struct object_table *ret_tables[LEDGER_TABLES]) {
    ret_tables[TABLE_BOOKS] = &ledger->books_table;
    ret_tables[TABLE_DEPARTED] = &ledger->departed_table;
    ret_tables[TABLE_SERVICES] = &ledger->services_table;
    ret_tables[TABLE_FAMILIES] = &ledger->families_table;
    ret_tables[TABLE_REASONS] = &ledger->reasons_table;
    ret_tables[TABLE_SENDERS] = &ledger->senders.table;
    ret_tables[TABLE_HANDLES] = &ledger->handles.table;
    ret_tables[TABLE_PAIRS] = &ledger->pairs.table;
    ret_tables[TABLE_CELLS] = &ledger->cells.table;
    ret_tables[TABLE_GROUPS] = &ledger->groups.table;
    ret_tables[TABLE_ENDED] = &ledger->ended.table;
}

/* Reserve memory for tables that are small and always needed, and for the first sender, so that
 * there is always a row. */
static void reach_first(struct object_table *const tables[LEDGER_TABLES]) {
    for (int i = 0; i < TABLE_SENDERS; i++)
        object_need(tables[i], tables[i]->max_items);
    object_need(tables[TABLE_SENDERS], 1);
    object_need(tables[TABLE_ENDED], LEDGER_ENDED_MAX);
}

static void name_reasons(struct object_table *table) {
    for (int i = 0; i < SG_REJECT_COUNT; i++) {
        struct reason_name *item = object_at(table, (uint64_t)i);
        const char *name = sg_reject_label((enum sg_reject)i);
        memcpy(item->name, name, strnlen(name, sizeof item->name - 1));
    }
}

/* Make all tables in the object. */
static void tables_init(struct ledger *ledger, struct object *object) {
    struct object_spec specs[LEDGER_TABLES];
    struct object_table *tables[LEDGER_TABLES];
    make_specs(ledger->set, specs);
    list_tables(ledger, tables);
    for (int i = 0; i < LEDGER_TABLES; i++)
        object_table(object, &specs[i], tables[i]);
    reach_first(tables);
    ledger->undo = object_undo(object);
    ledger->books = object_at(tables[TABLE_BOOKS], 0);
    ledger->departed = object_at(tables[TABLE_DEPARTED], 0);
    ledger->departed->service = -1;
    ledger->services = object_at(tables[TABLE_SERVICES], 0);
    ledger->families = object_at(tables[TABLE_FAMILIES], 0);
    ledger->senders.rows = object_at(tables[TABLE_SENDERS], 0);
    name_reasons(tables[TABLE_REASONS]);
}

static void tables_done(struct ledger *ledger) {
    struct object_table *tables[LEDGER_TABLES];
    list_tables(ledger, tables);
    for (int i = 0; i < LEDGER_TABLES; i++)
        object_table_done(tables[i]);
}

uint64_t *ledger_tables_family(struct ledger *ledger, const struct catalog_family *family) {
    struct family_books *books = &ledger->families[family->index];
    struct cell_table *cells = &ledger->cells;
    if (books->cells == 0) {
        const uint64_t end = cells->used + 2 * table_cells(family);
        object_need(&cells->table, end);
        undo_word(ledger->undo, &books->cells);
        books->cells = 1 + cells->used;
        cells->used = end;
    }
    return object_at(&cells->table, books->cells - 1);
}

/* ---- counting: an accepted or ignored sample changes three words, others some more. ---- */

void ledger_runs_add(struct ledger *ledger, uint64_t *word, uint64_t count) {
    undo_word(ledger->undo, word);
    *word += count;
}

static void sent_last_for(struct ledger *ledger, struct sender *sender, uint32_t service) {
    if (sender->service == (int32_t)service)
        return;
    undo_word(ledger->undo, &sender->service);
    sender->service = (int32_t)service;
}

struct sent_pair *ledger_runs_sends_for(struct ledger *ledger, struct sender *sender,
                                        uint32_t service) {
    if (sender->service == (int32_t)service && !sender->several)
        return NULL;
    struct sent_pair *pair =
        sender->service >= 0 ? ledger_pairs_meet(ledger, sender, service) : NULL;
    sent_last_for(ledger, sender, service);
    return pair;
}

/* Count samples in the tally of a service, by its row. */
static void runs_count_verdict(struct ledger *ledger, const struct sender *sender, size_t service,
                               enum verdict verdict, uint64_t count) {
    struct sender *row = senders_row(sender);
    struct sent_pair *pair =
        service >= SERVICE_FIRST
            ? ledger_runs_sends_for(ledger, row, (uint32_t)service - SERVICE_FIRST)
            : NULL;
    ledger_runs_add(ledger, &ledger->books->total.by_verdict[verdict], count);
    ledger_runs_add(ledger, &ledger->services[service].tally.by_verdict[verdict], count);
    ledger_runs_add(ledger, &row->tally.by_verdict[verdict], count);
    if (pair != NULL)
        ledger_runs_add(ledger, &pair->tally.by_verdict[verdict], count);
    else if (service == SERVICE_NONE)
        ledger_runs_add(ledger, &row->none.by_verdict[verdict], count);
}

/* The entry's row of the services' table. */
static size_t runs_service_row(const struct ledger_entry *entry) {
    return entry->service == NULL ? SERVICE_NONE : SERVICE_FIRST + entry->service->index;
}

/* The counter in the family's table of labels and reasons. */
static uint64_t *family_cell(struct ledger *ledger, const struct ledger_entry *entry,
                             enum verdict verdict) {
    const struct catalog_family *family = entry->family;
    struct family_books *books = &ledger->families[family->index];
    const uint32_t labels = family->label_count;
    const uint32_t row =
        entry->label >= 0 && (uint32_t)entry->label < labels ? (uint32_t)entry->label : labels;
    size_t at = (size_t)row * SG_REJECT_COUNT + entry->reason;
    if (verdict == VERDICT_FOLDED)
        at += table_cells(family);
    uint64_t *cells = ledger_tables_family(ledger, family);
    *(verdict == VERDICT_FOLDED ? &books->folded : &books->rejected) = true;
    return &cells[at];
}

/* Count folded or rejected samples, or (without a sender) values of query rows, in every
 * counter. */
static void runs_count(struct ledger *ledger, const struct sender *sender,
                       const struct ledger_entry *entry, enum verdict verdict, uint64_t count,
                       int64_t real_ms) {
    const size_t service = runs_service_row(entry);
    uint64_t *reason = &ledger->services[service].reasons[entry->reason];
    uint64_t *cell = entry->family != NULL ? family_cell(ledger, entry, verdict) : NULL;
    const bool first = entry->family == NULL ? *reason == 0 : *cell == 0;
    ledger_reject_groups_count(ledger, sender, entry, verdict, first, count, real_ms);
    if (cell != NULL)
        ledger_runs_add(ledger, cell, count);
    if (sender == NULL)
        return;
    runs_count_verdict(ledger, sender, service, verdict, count);
    if (verdict == VERDICT_REJECTED)
        ledger_runs_add(ledger, reason, count);
}

/* ---- sender name ---- */

enum { ROWS_A_UNIT = 8 };

size_t ledger_sender_name(const struct ledger *ledger, int32_t pid, int64_t at_ms,
                          struct who *ret_who) {
    const size_t count = pid > 0 ? ledger_sender_count(ledger) : 0;
    const struct sender *found = NULL;
    for (size_t row = 0; row < count; row++) {
        const struct sender *sender = ledger_sender_at(ledger, row);
        if (sender->pid == pid && sender->first_seen_ms <= at_ms &&
            (found == NULL || sender->first_seen_ms > found->first_seen_ms))
            found = sender;
    }
    *ret_who = (struct who){.pid = pid};
    if (found != NULL)
        ledger_who(found, ret_who);
    return count / ROWS_A_UNIT + 1;
}

/* ---- recent ----
 * the newest rejections with their offending text, for people. A ring, with at most
 * RECENT_PER_SECOND copies per second, so that a flood of nonsense costs no more than its verdicts.
 */

static void recent_init(struct recent_ring *ring) {
    ring->items = memory_array(RECENT_MAX, sizeof *ring->items);
}

static void recent_done(struct recent_ring *ring) {
    free(ring->items);
}

static uint64_t recent_bytes(void) {
    return heap_bytes(RECENT_MAX * sizeof(struct recent));
}

/* Keep a rejection, unless this second's limit is reached. */
static void recent_keep(struct recent_ring *ring, const struct sender *sender,
                        const struct ledger_entry *entry, struct sg_span line, size_t offset,
                        int64_t real_ms) {
    const int64_t second = real_ms / 1000;
    if (second != ring->second) {
        ring->second = second;
        ring->copied = 0;
    }
    if (ring->copied >= RECENT_PER_SECOND)
        return;
    ring->copied++;

    struct recent *item = &ring->items[ring->serial % RECENT_MAX];
    item->serial = ++ring->serial;
    item->at_ms = real_ms;
    item->reason = entry->reason;
    item->family = entry->family;
    item->label = entry->label;
    item->offset = offset;
    item->pid = sender->pid;
    item->uid = sender->uid;
    memcpy(item->comm, sender->comm, sizeof item->comm);
    memcpy(item->unit, sender->unit, sizeof item->unit);
    const size_t kept = ring->hidden || line.at == NULL ? 0
                        : line.len < RECENT_LINE_MAX    ? line.len
                                                        : RECENT_LINE_MAX;
    if (kept > 0)
        memcpy(item->line, line.at, kept);
    item->line_len = (uint16_t)kept;
    item->line_cut = !ring->hidden && kept < line.len;
}

const struct recent *ledger_recent(const struct ledger *ledger, size_t index) {
    const struct recent_ring *ring = &ledger->recent;
    if (index >= RECENT_MAX || index >= ring->serial)
        return NULL;
    return &ring->items[(ring->serial - 1 - index) % RECENT_MAX];
}

/* Forget the kept texts, and keep none from now on. */
static void recent_hide(struct recent_ring *ring) {
    ring->hidden = true;
    for (size_t i = 0; i < RECENT_MAX; i++) {
        memset(ring->items[i].line, 0, sizeof ring->items[i].line);
        ring->items[i].line_len = 0;
        ring->items[i].line_cut = false;
    }
}

/* ---- verdicts ----
 * verdicts: every sample is counted once in the total, once for its service and once
 * for its sender, so that the three sums always agree.
 */

const char *ledger_verdict_text(enum verdict verdict) {
    static const char *const texts[VERDICT_COUNT] = {"accepted", "folded", "rejected", "ignored"};
    return texts[verdict];
}

const char *ledger_telemetry_text(enum client_telemetry which) {
    static const char *const texts[TELEMETRY_COUNT] = {
        "metrics",         "events",     "service_checks", "packets_sent",
        "packets_dropped", "bytes_sent", "bytes_dropped"};
    return texts[which];
}

struct ledger *ledger_new(struct object *object, const struct catalog_set *set, uint64_t seed) {
    struct ledger *ledger = memory_alloc(sizeof *ledger);
    ledger->set = set;
    ledger->seed = seed;
    tables_init(ledger, object);
    senders_init(&ledger->senders);
    ledger_handles_init(&ledger->handles);
    ledger_pairs_init(&ledger->pairs, set);
    recent_init(&ledger->recent);
    ledger_spellings_init(&ledger->spellings, seed);
    ledger_reject_groups_init(&ledger->groups);
    return ledger;
}

uint64_t ledger_bytes(const struct catalog_set *set) {
    return heap_bytes(sizeof(struct ledger)) + senders_bytes() + ledger_handles_bytes() +
           ledger_pairs_bytes(set) + recent_bytes() + ledger_spellings_bytes() +
           ledger_reject_groups_bytes();
}

uint64_t ledger_details_bytes(void) {
    return recent_bytes() + ledger_spellings_bytes() + ledger_reject_groups_bytes() +
           tables_details_bytes();
}

void ledger_free(struct ledger *ledger) {
    if (ledger == NULL)
        return;
    tables_done(ledger);
    senders_done(&ledger->senders);
    ledger_handles_done(&ledger->handles);
    ledger_pairs_done(&ledger->pairs);
    recent_done(&ledger->recent);
    ledger_spellings_done(&ledger->spellings);
    ledger_reject_groups_done(&ledger->groups);
    free(ledger);
}

/* ---- writing ---- */

void ledger_accept(struct ledger *ledger, const struct sender *sender, uint32_t service,
                   uint64_t count) {
    runs_count_verdict(ledger, sender, SERVICE_FIRST + service, VERDICT_ACCEPTED, count);
}

void ledger_fold(struct ledger *ledger, const struct sender *sender,
                 const struct ledger_entry *entry, uint64_t count) {
    const int64_t real_ms = sender->last_seen_ms;
    runs_count(ledger, sender, entry, VERDICT_FOLDED, count, real_ms);
    ledger_spellings_fold(ledger, sender, entry, count, real_ms);
}

void ledger_ignore(struct ledger *ledger, const struct sender *sender,
                   const struct ledger_entry *entry, uint64_t count) {
    runs_count_verdict(ledger, sender, runs_service_row(entry), VERDICT_IGNORED, count);
}

void ledger_reject(struct ledger *ledger, const struct sender *sender,
                   const struct ledger_entry *entry, struct sg_span line, size_t offset,
                   uint64_t count, int64_t real_ms) {
    runs_count(ledger, sender, entry, VERDICT_REJECTED, count, real_ms);
    ledger_spellings_reject(ledger, sender, entry, count, real_ms);
    recent_keep(&ledger->recent, sender, entry, line, offset, real_ms);
}

void ledger_row(struct ledger *ledger, const struct ledger_entry *entry, enum verdict verdict,
                int64_t real_ms) {
    if (verdict != VERDICT_FOLDED && verdict != VERDICT_REJECTED)
        return;
    runs_count(ledger, NULL, entry, verdict, 1, real_ms);
    if (verdict == VERDICT_REJECTED)
        ledger_runs_add(ledger, &ledger->services[runs_service_row(entry)].rows[entry->reason], 1);
}

void ledger_hide_text(struct ledger *ledger) {
    recent_hide(&ledger->recent);
    ledger_spellings_hide(&ledger->spellings);
}

struct ledger_traffic *ledger_traffic(struct ledger *ledger) {
    return &ledger->books->traffic;
}

/* ---- reading ---- */

const struct tally *ledger_total(const struct ledger *ledger) {
    return &ledger->books->total;
}

static const struct service_books *books_of(const struct ledger *ledger, int service) {
    const bool known = service >= 0 && (size_t)service < ledger->set->count;
    return &ledger->services[known ? (size_t)service + SERVICE_FIRST : SERVICE_NONE];
}

const struct tally *ledger_service(const struct ledger *ledger, int service) {
    return &books_of(ledger, service)->tally;
}

const struct tally *ledger_former(const struct ledger *ledger) {
    return &ledger->services[SERVICE_FORMER].tally;
}

const uint64_t *ledger_reasons(const struct ledger *ledger, int service) {
    return books_of(ledger, service)->reasons;
}

const uint64_t *ledger_row_reasons(const struct ledger *ledger, int service) {
    return books_of(ledger, service)->rows;
}

struct ledger_full ledger_full(const struct ledger *ledger) {
    struct ledger_full full = ledger->books->full;
    full.unknown_labels = ledger->books->spellings_full[LEDGER_UNKNOWN_LABELS];
    full.unknown_names = ledger->books->spellings_full[LEDGER_UNKNOWN_NAMES];
    full.folded_values = ledger->books->spellings_full[LEDGER_FOLDED_VALUES];
    return full;
}

/* The first cell of a family that has cells. */
static const uint64_t *first_cell(const struct ledger *ledger, const struct family_books *books) {
    return object_at(&ledger->cells.table, books->cells - 1);
}

const uint64_t *ledger_family_rejected(const struct ledger *ledger,
                                       const struct catalog_family *family) {
    const struct family_books *books = &ledger->families[family->index];
    return books->rejected ? first_cell(ledger, books) : NULL;
}

const uint64_t *ledger_family_folded(const struct ledger *ledger,
                                     const struct catalog_family *family) {
    const struct family_books *books = &ledger->families[family->index];
    return books->folded ? first_cell(ledger, books) + table_cells(family) : NULL;
}

/* ---- ended ----
 * the processes that ended last: who they were, what they sent, and what ended with them.
 * A ring, for people. While the row of a process exists, its entry reads the samples from
 * there, since some may still wait in a socket when the end is noticed.
 */

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

void ledger_ended_note(struct ledger *ledger, struct sender *sender, int64_t real_ms) {
    if (sender->ended != 0)
        return;
    sender->ended = ledger->ended.serial + 1; /* a reader ignores it until that entry exists */
    undo_barrier();
    struct ended_process *entry = begin(ledger, (uint32_t)(sender - ledger->senders.rows), real_ms);
    copy_row(entry, sender);
    finish(ledger, entry);
}

void ledger_ended_close(struct ledger *ledger, struct sender *sender) {
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
    ledger_ended_note(ledger, sender, real_ms);
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
    ledger_ended_note(ledger, sender, real_ms);
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
