/*
 * tables.c - the part of the books that outlives the process: one table of the object for each kind
 * of record, with fields that the next process reads by their names (restore.c).
 *
 * Verdicts are fields, and reasons have a table of their names, because a reader may have other
 * lists.
 */
#include <string.h>

#include "ledger/books.h"

#define FIELD(type, member, name, kind)                                                            \
    { (name), (kind), offsetof(type, member), 1 }
#define ARRAY(type, member, name, kind, count)                                                     \
    { (name), (kind), offsetof(type, member), (count) }
#define VERDICT(type, which, name) FIELD(type, tally.by_verdict[VERDICT_##which], name, OBJECT_U64)
#define VERDICTS(type)                                                                             \
    VERDICT(type, ACCEPTED, "accepted"), VERDICT(type, FOLDED, "folded"),                          \
        VERDICT(type, REJECTED, "rejected"), VERDICT(type, IGNORED, "ignored")
#define TELEMETRY(which, name) FIELD(struct sender, telemetry[TELEMETRY_##which], name, OBJECT_U64)

static const struct object_field books_fields[] = {
    FIELD(struct books, full.senders, "senders_full", OBJECT_U64),
    FIELD(struct books, full.handles, "handles_full", OBJECT_U64),
    FIELD(struct books, spellings_full[LEDGER_UNKNOWN_LABELS], "unknown_labels_full", OBJECT_U64),
    FIELD(struct books, spellings_full[LEDGER_UNKNOWN_NAMES], "unknown_names_full", OBJECT_U64),
    FIELD(struct books, spellings_full[LEDGER_FOLDED_VALUES], "folded_values_full", OBJECT_U64),
    FIELD(struct books, full.pairs, "pairs_full", OBJECT_U64),
    FIELD(struct books, held.count, "fold_count", OBJECT_U64),
    FIELD(struct books, held.row, "fold_sender", OBJECT_U32),
    FIELD(struct books, held.service, "fold_service", OBJECT_U32),
    FIELD(struct books, held.family, "fold_family", OBJECT_U32),
    FIELD(struct books, held.label, "fold_label", OBJECT_U32),
    FIELD(struct books, held.reason, "fold_reason", OBJECT_U32),
    FIELD(struct books, held.rejected, "fold_rejected", OBJECT_U32),
    FIELD(struct books, reported_sent, "reported_sent", OBJECT_U64),
    FIELD(struct books, reported_lost, "reported_lost", OBJECT_U64),
    FIELD(struct books, implausible, "implausible", OBJECT_U64),
    FIELD(struct books, traffic.datagrams, "datagrams", OBJECT_U64),
    FIELD(struct books, traffic.bytes, "bytes", OBJECT_U64),
    FIELD(struct books, traffic.truncated_datagrams, "truncated_datagrams", OBJECT_U64),
    FIELD(struct books, traffic.truncated_bytes, "truncated_bytes", OBJECT_U64),
    FIELD(struct books, departed_rows, "departed_rows", OBJECT_U64),
    FIELD(struct books, sender_count, "sender_count", OBJECT_U32),
    FIELD(struct books, handle_count, "handle_count", OBJECT_U32),
    FIELD(struct books, pair_count, "pair_count", OBJECT_U32),
};

/* Fields of rows and of the departed. `no_owner_until_ms` is left out because the next process may
 * have room, `placed` because it searches again where no unit was found. */
static const struct object_field sender_fields[] = {
    FIELD(struct sender, pid, "pid", OBJECT_I32),
    FIELD(struct sender, uid, "uid", OBJECT_U32),
    FIELD(struct sender, gid, "gid", OBJECT_U32),
    FIELD(struct sender, service, "service", OBJECT_I32),
    FIELD(struct sender, alive, "alive", OBJECT_U8),
    FIELD(struct sender, described, "described", OBJECT_U8),
    FIELD(struct sender, owner, "owner", OBJECT_U32),
    FIELD(struct sender, datagrams, "datagrams", OBJECT_U64),
    FIELD(struct sender, last_seen_ms, "last_seen_ms", OBJECT_I64),
    VERDICTS(struct sender),
    ARRAY(struct sender, none, "no_service", OBJECT_U64, VERDICT_COUNT),
    FIELD(struct sender, numbered, "numbered", OBJECT_U64),
    FIELD(struct sender, sent, "sent", OBJECT_U64),
    FIELD(struct sender, lost, "lost", OBJECT_U64),
    FIELD(struct sender, implausible, "implausible", OBJECT_U64),
    FIELD(struct sender, reports_since_ms, "reports_since_ms", OBJECT_MONO_MS),
    FIELD(struct sender, reports, "reports", OBJECT_U8),
    TELEMETRY(METRICS, "client_metrics"),
    TELEMETRY(EVENTS, "client_events"),
    TELEMETRY(SERVICE_CHECKS, "client_service_checks"),
    TELEMETRY(PACKETS_SENT, "client_packets_sent"),
    TELEMETRY(PACKETS_DROPPED, "client_packets_dropped"),
    TELEMETRY(BYTES_SENT, "client_bytes_sent"),
    TELEMETRY(BYTES_DROPPED, "client_bytes_dropped"),
    FIELD(struct sender, first_seen_ms, "first_seen_ms", OBJECT_I64),
    FIELD(struct sender, start_ticks, "start_ticks", OBJECT_U64),
    ARRAY(struct sender, comm, "comm", OBJECT_TEXT, SENDER_COMM_MAX),
    ARRAY(struct sender, unit, "unit", OBJECT_TEXT, SENDER_UNIT_MAX),
    ARRAY(struct sender, took, "took", OBJECT_U32, TOOK_COUNT),
    FIELD(struct sender, ended, "ended", OBJECT_U64),
};

static const struct object_field handle_fields[] = {
    FIELD(struct handle, id, "id", OBJECT_U64),
    FIELD(struct handle, sent, "sent", OBJECT_U64),
    FIELD(struct handle, lost, "lost", OBJECT_U64),
    FIELD(struct handle, unnumbered, "unnumbered", OBJECT_U64),
    FIELD(struct handle, row, "row", OBJECT_U32),
    FIELD(struct handle, met, "met", OBJECT_U8),
};

static const struct object_field pair_fields[] = {
    FIELD(struct sent_pair, row, "row", OBJECT_U32),
    FIELD(struct sent_pair, service, "service", OBJECT_U32),
    FIELD(struct sent_pair, last_seen_ms, "last_seen_ms", OBJECT_I64),
    VERDICTS(struct sent_pair),
};

static const struct object_field service_fields[] = {
    VERDICTS(struct service_books),
    ARRAY(struct service_books, reasons, "reasons", OBJECT_U64, SG_REJECT_COUNT),
    ARRAY(struct service_books, rows, "row_reasons", OBJECT_U64, SG_REJECT_COUNT),
};

static const struct object_field family_fields[] = {
    FIELD(struct family_books, cells, "cells", OBJECT_U64),
};

static const struct object_field cell_fields[] = {{"count", OBJECT_U64, 0, 1}};

static const struct object_field reason_fields[] = {
    ARRAY(struct reason_name, name, "name", OBJECT_TEXT, REASON_NAME_MAX),
};

static const struct object_field group_fields[] = {
    FIELD(struct reject_group, key.service, "service", OBJECT_U32),
    FIELD(struct reject_group, key.family, "family", OBJECT_U32),
    FIELD(struct reject_group, key.label, "label", OBJECT_U32),
    FIELD(struct reject_group, key.reason, "reason", OBJECT_U16),
    FIELD(struct reject_group, key.folded, "folded", OBJECT_U16),
    FIELD(struct reject_group, first_ms, "first_ms", OBJECT_I64),
    FIELD(struct reject_group, last_ms, "last_ms", OBJECT_I64),
    FIELD(struct reject_group, sent, "sent", OBJECT_U8),
    FIELD(struct reject_group, who.pid, "pid", OBJECT_I32),
    FIELD(struct reject_group, who.uid, "uid", OBJECT_U32),
    ARRAY(struct reject_group, who.comm, "comm", OBJECT_TEXT, WHO_COMM_MAX),
    ARRAY(struct reject_group, who.unit, "unit", OBJECT_TEXT, WHO_UNIT_MAX),
};

static const struct object_field ended_fields[] = {
    FIELD(struct ended_process, serial, "serial", OBJECT_U64),
    FIELD(struct ended_process, at_ms, "at_ms", OBJECT_I64),
    FIELD(struct ended_process, first_seen_ms, "first_seen_ms", OBJECT_I64),
    FIELD(struct ended_process, samples, "samples", OBJECT_U64),
    FIELD(struct ended_process, service, "service", OBJECT_I32),
    FIELD(struct ended_process, row, "row", OBJECT_U32),
    FIELD(struct ended_process, parts, "parts", OBJECT_U32),
    FIELD(struct ended_process, jobs, "jobs", OBJECT_U32),
    FIELD(struct ended_process, who.pid, "pid", OBJECT_I32),
    FIELD(struct ended_process, who.uid, "uid", OBJECT_U32),
    ARRAY(struct ended_process, who.comm, "comm", OBJECT_TEXT, WHO_COMM_MAX),
    ARRAY(struct ended_process, who.unit, "unit", OBJECT_TEXT, WHO_UNIT_MAX),
};

/* The number of cells for all families, each with a table of rejections and one of folds. */
static size_t count_cells(const struct catalog_set *set) {
    size_t cells = 0;
    for (size_t i = 0; i < set->family_count; i++)
        cells += 2 * table_cells(set->families[i]);
    return cells;
}

#define SPEC(table, item, most, list)                                                              \
    {                                                                                              \
        .name = (table), .family = OBJECT_NONE, .label = OBJECT_NONE, .item_bytes = sizeof(item),  \
        .max_items = (most), .fields = (list), .field_count = sizeof(list) / sizeof *(list)        \
    }

enum {
    BOOKS,
    DEPARTED,
    SERVICES,
    FAMILIES,
    REASONS,
    SENDERS,
    HANDLES,
    PAIRS,
    CELLS,
    GROUPS,
    ENDED,
    TABLES
};

static void make_specs(const struct catalog_set *set, struct object_spec ret_specs[TABLES]) {
    const struct object_spec specs[TABLES] = {
        [BOOKS] = SPEC("books", struct books, 1, books_fields),
        [DEPARTED] = SPEC("departed", struct sender, 1, sender_fields),
        [SERVICES] =
            SPEC("service", struct service_books, SERVICE_FIRST + set->count, service_fields),
        [FAMILIES] = SPEC("family_books", struct family_books, set->family_count, family_fields),
        [REASONS] = SPEC("reason", struct reason_name, SG_REJECT_COUNT, reason_fields),
        [SENDERS] = SPEC("sender", struct sender, SENDERS_MAX, sender_fields),
        [HANDLES] = SPEC("handle", struct handle, HANDLES_MAX, handle_fields),
        [PAIRS] = SPEC("pair", struct sent_pair, pairs_most(set), pair_fields),
        [CELLS] = SPEC("family_cell", uint64_t, count_cells(set), cell_fields),
        [ENDED] = SPEC("ended_process", struct ended_process, LEDGER_ENDED_MAX, ended_fields),
        [GROUPS] = SPEC("reject_group", struct reject_group, LEDGER_GROUPS_MAX, group_fields),
    };
    memcpy(ret_specs, specs, sizeof specs);
}

uint64_t ledger_object_bytes(const struct catalog_set *set) {
    struct object_spec specs[TABLES];
    uint64_t bytes = 0;
    make_specs(set, specs);
    for (int i = 0; i < TABLES; i++)
        bytes += object_table_bytes(specs[i].max_items, specs[i].item_bytes);
    return bytes;
}

uint64_t tables_details_bytes(void) {
    return object_table_bytes(LEDGER_GROUPS_MAX, sizeof(struct reject_group)) +
           object_table_bytes(LEDGER_ENDED_MAX, sizeof(struct ended_process));
}

static void list_tables(struct ledger *ledger, struct object_table *ret_tables[TABLES]) {
    ret_tables[BOOKS] = &ledger->books_table;
    ret_tables[DEPARTED] = &ledger->departed_table;
    ret_tables[SERVICES] = &ledger->services_table;
    ret_tables[FAMILIES] = &ledger->families_table;
    ret_tables[REASONS] = &ledger->reasons_table;
    ret_tables[SENDERS] = &ledger->senders.table;
    ret_tables[HANDLES] = &ledger->handles.table;
    ret_tables[PAIRS] = &ledger->pairs.table;
    ret_tables[CELLS] = &ledger->cells.table;
    ret_tables[GROUPS] = &ledger->groups.table;
    ret_tables[ENDED] = &ledger->ended.table;
}

/* Reserve memory for tables that are small and always needed, and for the first sender, so that
 * there is always a row. */
static bool reach_first(struct object_table *const tables[TABLES]) {
    for (int i = 0; i < SENDERS; i++)
        if (!object_reach(tables[i], tables[i]->max_items))
            return false;
    return object_reach(tables[SENDERS], 1) && object_reach(tables[ENDED], LEDGER_ENDED_MAX);
}

static void name_reasons(struct object_table *table) {
    for (int i = 0; i < SG_REJECT_COUNT; i++) {
        struct reason_name *item = object_at(table, (uint64_t)i);
        const char *name = sg_reject_label((enum sg_reject)i);
        memcpy(item->name, name, strnlen(name, sizeof item->name - 1));
    }
}

bool tables_init(struct ledger *ledger, struct object *object) {
    struct object_spec specs[TABLES];
    struct object_table *tables[TABLES];
    make_specs(ledger->set, specs);
    list_tables(ledger, tables);
    for (int i = 0; i < TABLES; i++)
        if (!object_table(object, ledger->memory, &specs[i], tables[i]))
            return false;
    if (!reach_first(tables))
        return false;
    ledger->undo = object_undo(object);
    ledger->books = object_at(tables[BOOKS], 0);
    ledger->departed = object_at(tables[DEPARTED], 0);
    ledger->departed->service = -1;
    ledger->services = object_at(tables[SERVICES], 0);
    ledger->families = object_at(tables[FAMILIES], 0);
    ledger->senders.rows = object_at(tables[SENDERS], 0);
    name_reasons(tables[REASONS]);
    return true;
}

void tables_done(struct ledger *ledger) {
    struct object_table *tables[TABLES];
    list_tables(ledger, tables);
    for (int i = 0; i < TABLES; i++)
        object_table_done(tables[i], ledger->memory);
}

uint64_t *tables_family(struct ledger *ledger, const struct catalog_family *family) {
    struct family_books *books = &ledger->families[family->index];
    struct cell_table *cells = &ledger->cells;
    if (books->cells == 0) {
        const uint64_t end = cells->used + 2 * table_cells(family);
        if (!object_reach(&cells->table, end))
            return NULL;
        undo_word(ledger->undo, &books->cells);
        books->cells = 1 + cells->used;
        cells->used = end;
    }
    return object_at(&cells->table, books->cells - 1);
}
