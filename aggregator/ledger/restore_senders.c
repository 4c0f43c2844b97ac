/* Restores senders of another process's books: rows, handles, and the sums of closed rows. */
#include <stdlib.h>

#include "ledger/restore.h"

/* The part of the totals that the remaining rows and the departed have to add up to. */
struct rest {
    struct tally tally;
    uint64_t sent;
    uint64_t lost;
    uint64_t implausible;
};

static bool fits(const struct rest *rest, const struct sender *row) {
    for (int i = 0; i < VERDICT_COUNT; i++)
        if (row->tally.by_verdict[i] > rest->tally.by_verdict[i])
            return false;
    return row->sent <= rest->sent && row->lost <= rest->lost &&
           row->implausible <= rest->implausible;
}

static void subtract(struct rest *rest, const struct sender *row) {
    for (int i = 0; i < VERDICT_COUNT; i++)
        rest->tally.by_verdict[i] -= row->tally.by_verdict[i];
    rest->sent -= row->sent;
    rest->lost -= row->lost;
    rest->implausible -= row->implausible;
}

/* ---- rows ---- */

/* Where the image has the fields that rows and the departed share. Looked up once, since there may
 * be many rows. */
struct former_sums {
    struct image_table table;
    struct image_field verdicts[VERDICT_COUNT];
    struct image_field telemetry[TELEMETRY_COUNT];
    struct image_field datagrams;
    struct image_field numbered;
    struct image_field sent;
    struct image_field lost;
    struct image_field implausible;
    struct image_field first_seen_ms;
    struct image_field last_seen_ms;
};

/* The fields that only rows have. */
struct former_rows {
    struct former_sums sums;
    struct image_field service;
    struct image_field pid;
    struct image_field uid;
    struct image_field gid;
    struct image_field alive;
    struct image_field described;
    struct image_field reports;
    struct image_field owner;
    struct image_field start_ticks;
    struct image_field reports_since_ms;
    struct image_field comm;
    struct image_field unit;
    struct image_field took;
    struct image_field ended;
    struct image_field none;
};

static void find_sums(const struct image_table *table, struct former_sums *ret_sums) {
    static const char *const telemetry[TELEMETRY_COUNT] = {
        [TELEMETRY_METRICS] = "client_metrics",
        [TELEMETRY_EVENTS] = "client_events",
        [TELEMETRY_SERVICE_CHECKS] = "client_service_checks",
        [TELEMETRY_PACKETS_SENT] = "client_packets_sent",
        [TELEMETRY_PACKETS_DROPPED] = "client_packets_dropped",
        [TELEMETRY_BYTES_SENT] = "client_bytes_sent",
        [TELEMETRY_BYTES_DROPPED] = "client_bytes_dropped"};
    *ret_sums =
        (struct former_sums){.table = *table,
                             .datagrams = image_field(table, "datagrams", OBJECT_U64),
                             .numbered = image_field(table, "numbered", OBJECT_U64),
                             .sent = image_field(table, "sent", OBJECT_U64),
                             .lost = image_field(table, "lost", OBJECT_U64),
                             .implausible = image_field(table, "implausible", OBJECT_U64),
                             .first_seen_ms = image_field(table, "first_seen_ms", OBJECT_I64),
                             .last_seen_ms = image_field(table, "last_seen_ms", OBJECT_I64)};
    for (int i = 0; i < VERDICT_COUNT; i++)
        ret_sums->verdicts[i] = image_field(table, verdict_text((enum verdict)i), OBJECT_U64);
    for (int i = 0; i < TELEMETRY_COUNT; i++)
        ret_sums->telemetry[i] = image_field(table, telemetry[i], OBJECT_U64);
}

static void find_rows(const struct image_table *table, struct former_rows *ret_rows) {
    find_sums(table, &ret_rows->sums);
    ret_rows->service = image_field(table, "service", OBJECT_I32);
    ret_rows->pid = image_field(table, "pid", OBJECT_I32);
    ret_rows->uid = image_field(table, "uid", OBJECT_U32);
    ret_rows->gid = image_field(table, "gid", OBJECT_U32);
    ret_rows->alive = image_field(table, "alive", OBJECT_U8);
    ret_rows->described = image_field(table, "described", OBJECT_U8);
    ret_rows->reports = image_field(table, "reports", OBJECT_U8);
    ret_rows->owner = image_field(table, "owner", OBJECT_U32);
    ret_rows->start_ticks = image_field(table, "start_ticks", OBJECT_U64);
    ret_rows->reports_since_ms = image_field(table, "reports_since_ms", OBJECT_MONO_MS);
    ret_rows->comm = image_field(table, "comm", OBJECT_TEXT);
    ret_rows->unit = image_field(table, "unit", OBJECT_TEXT);
    ret_rows->took = image_field(table, "took", OBJECT_U32);
    ret_rows->ended = image_field(table, "ended", OBJECT_U64);
    ret_rows->none = image_field(table, "no_service", OBJECT_U64);
}

static uint64_t read_count(const struct image_table *table, uint64_t record,
                           struct image_field field) {
    const uint64_t count = image_integer(table, record, field, 0);
    return count <= COUNT_MAX ? count : 0;
}

/* Read the fields that rows and the departed share. */
static void read_sums(const struct former_sums *from, uint64_t record, struct sender *ret_row) {
    const struct image_table *table = &from->table;
    for (int i = 0; i < VERDICT_COUNT; i++)
        ret_row->tally.by_verdict[i] = read_count(table, record, from->verdicts[i]);
    ret_row->datagrams = read_count(table, record, from->datagrams);
    ret_row->numbered = read_count(table, record, from->numbered);
    ret_row->sent = read_count(table, record, from->sent);
    ret_row->lost = read_count(table, record, from->lost);
    ret_row->implausible = read_count(table, record, from->implausible);
    ret_row->first_seen_ms = restore_read_time(table, record, from->first_seen_ms);
    ret_row->last_seen_ms = restore_read_time(table, record, from->last_seen_ms);
    for (int i = 0; i < TELEMETRY_COUNT; i++)
        ret_row->telemetry[i] = image_integer(table, record, from->telemetry[i], 0);
}

static int32_t read_service(const struct restore *restore, const struct former_rows *from,
                            uint64_t record) {
    const int32_t service = (int32_t)image_integer(&from->sums.table, record, from->service, 0);
    const struct catalog *catalog =
        service >= 0 ? match_catalog(restore->match, (uint32_t)service) : NULL;
    return catalog != NULL ? (int32_t)catalog->index : -1;
}

static void read_row(const struct restore *restore, const struct former_rows *from, uint64_t record,
                     struct sender *ret_row) {
    const struct image_table *table = &from->sums.table;
    const bool strangers = restore->image->strangers;
    *ret_row = (struct sender){.service = read_service(restore, from, record)};
    ret_row->pid = (int32_t)image_integer(table, record, from->pid, 0);
    ret_row->uid = (uint32_t)image_integer(table, record, from->uid, 0);
    ret_row->gid = (uint32_t)image_integer(table, record, from->gid, 0);
    ret_row->alive = !strangers && image_integer(table, record, from->alive, 0) != 0;
    ret_row->described = image_integer(table, record, from->described, 0) != 0;
    ret_row->reports = image_integer(table, record, from->reports, 0) != 0;
    ret_row->owner = (uint32_t)image_integer(table, record, from->owner, 0);
    if (!strangers) /* else the process that has the pid now may have started at the same tick */
        ret_row->start_ticks = image_integer(table, record, from->start_ticks, 0);
    ret_row->reports_since_ms = (int64_t)image_integer(table, record, from->reports_since_ms, 0);
    (void)image_text(table, record, from->comm, ret_row->comm, SENDER_COMM_MAX - 1);
    (void)image_text(table, record, from->unit, ret_row->unit, SENDER_UNIT_MAX - 1);
    ret_row->placed = ret_row->unit[0] != '\0';
    for (uint32_t i = 0; i < TOOK_COUNT; i++)
        ret_row->took[i] = (uint32_t)image_integer(table, record, from->took, i);
    ret_row->ended = image_integer(table, record, from->ended, 0);
    read_sums(&from->sums, record, ret_row);
    for (uint32_t i = 0; i < VERDICT_COUNT; i++) {
        const uint64_t none = image_integer(table, record, from->none, i);
        const uint64_t most = ret_row->tally.by_verdict[i];
        ret_row->none.by_verdict[i] = none < most ? none : most;
    }
}

/* ---- in the order of their last datagrams ---- */

struct seen {
    int64_t last_seen_ms;
    uint32_t record;
};

static int by_last_seen(const void *a, const void *b) {
    const struct seen *x = a;
    const struct seen *y = b;
    if (x->last_seen_ms != y->last_seen_ms)
        return x->last_seen_ms < y->last_seen_ms ? -1 : 1;
    return x->record < y->record ? -1 : 1;
}

static void take_rows(struct restore *restore, const struct former_rows *from, struct rest *rest) {
    struct sender row;
    for (uint32_t i = 0; i < restore->row_count; i++) {
        read_row(restore, from, i, &row);
        const bool taken = row.pid >= 0 && fits(rest, &row);
        restore->rows[i] = taken ? senders_take(restore->ledger, &row) : SLOTS_NONE;
        if (restore->rows[i] != SLOTS_NONE)
            subtract(rest, &row);
    }
}

uint64_t ledger_restore_bytes(void) {
    return (uint64_t)SENDERS_MAX * (sizeof(struct seen) + sizeof *((struct restore *)0)->rows);
}

/* Order rows by the time when each was last seen; they keep their places. */
static bool order_rows(const struct restore *restore, const struct former_rows *from) {
    const struct memory *memory = restore->ledger->memory;
    struct seen *seen = memory_array(memory, restore->row_count, sizeof *seen);
    if (seen == NULL)
        return false;
    for (uint32_t i = 0; i < restore->row_count; i++)
        seen[i] =
            (struct seen){restore_read_time(&from->sums.table, i, from->sums.last_seen_ms), i};
    qsort(seen, restore->row_count, sizeof *seen, by_last_seen);
    for (uint32_t i = 0; i < restore->row_count; i++)
        if (restore->rows[seen[i].record] != SLOTS_NONE)
            senders_touch(restore->ledger, restore->rows[seen[i].record]);
    memory_release(memory, seen);
    return true;
}

/* ---- handles ---- */

/* The image's table, and where it has each field. */
struct former_handles {
    struct image_table table;
    struct image_field row;
    struct image_field id;
    struct image_field sent;
    struct image_field lost;
    struct image_field unnumbered;
    struct image_field met;
};

static void take_handle(const struct restore *restore, const struct former_handles *from,
                        uint64_t record) {
    const struct image_table *table = &from->table;
    const uint32_t row = (uint32_t)image_integer(table, record, from->row, 0);
    if (row >= restore->row_count || restore->rows[row] == SLOTS_NONE)
        return;
    const struct handle handle = {
        .id = image_integer(table, record, from->id, 0),
        .sent = image_integer(table, record, from->sent, 0),
        .lost = image_integer(table, record, from->lost, 0),
        .unnumbered = read_count(table, record, from->unnumbered),
        .row = restore->rows[row],
        .met = image_integer(table, record, from->met, 0) != 0,
    };
    if (handle.lost <= handle.sent)
        (void)handles_take(restore->ledger, &handle);
}

static void take_handles(const struct restore *restore, uint64_t count) {
    struct image_table table;
    if (!image_find(restore->image, "handle", OBJECT_NONE, OBJECT_NONE, &table))
        return;
    const struct former_handles from = {.table = table,
                                        .row = image_field(&table, "row", OBJECT_U32),
                                        .id = image_field(&table, "id", OBJECT_U64),
                                        .sent = image_field(&table, "sent", OBJECT_U64),
                                        .lost = image_field(&table, "lost", OBJECT_U64),
                                        .unnumbered = image_field(&table, "unnumbered", OBJECT_U64),
                                        .met = image_field(&table, "met", OBJECT_U8)};
    for (uint64_t i = 0; i < count && i < table.items && i < HANDLES_MAX; i++)
        take_handle(restore, &from, i);
}

/* ---- services of senders of several ---- */

/* No pair has more than its row, whatever the image says. */
static bool fits_row(const struct sender *row, const struct tally *tally) {
    for (int i = 0; i < VERDICT_COUNT; i++)
        if (tally->by_verdict[i] > row->tally.by_verdict[i])
            return false;
    return true;
}

static void take_pairs(const struct restore *restore, uint64_t count) {
    struct image_table table;
    if (!image_find(restore->image, "pair", OBJECT_NONE, OBJECT_NONE, &table))
        return;
    const struct image_field row = image_field(&table, "row", OBJECT_U32);
    const struct image_field service = image_field(&table, "service", OBJECT_U32);
    const struct image_field seen = image_field(&table, "last_seen_ms", OBJECT_I64);
    for (uint64_t i = 0; i < count && i < table.items && i < PAIRS_MAX; i++) {
        const uint32_t former = (uint32_t)image_integer(&table, i, row, 0);
        const struct catalog *catalog =
            match_catalog(restore->match, (uint32_t)image_integer(&table, i, service, 0));
        if (former >= restore->row_count || restore->rows[former] == SLOTS_NONE || catalog == NULL)
            continue;
        struct sent_pair pair = {.row = restore->rows[former],
                                 .service = catalog->index,
                                 .last_seen_ms = restore_read_time(&table, i, seen)};
        restore_read_tally(&table, i, &pair.tally);
        if (fits_row(&restore->ledger->senders.rows[pair.row], &pair.tally))
            pairs_take(restore->ledger, &pair);
    }
}

/* ---- the departed ---- */

static void take_departed(const struct restore *restore, const struct rest *rest) {
    struct sender *departed = restore->ledger->departed;
    struct image_table table;
    struct former_sums from;
    if (image_find(restore->image, "departed", OBJECT_NONE, OBJECT_NONE, &table)) {
        find_sums(&table, &from);
        read_sums(&from, 0, departed);
    }
    departed->tally = rest->tally;
    departed->sent = rest->sent;
    departed->lost = rest->lost;
    departed->implausible = rest->implausible;
}

bool restore_senders(struct restore *restore) {
    const struct books *books = restore->ledger->books;
    const struct memory *memory = restore->ledger->memory;
    struct rest rest = {books->total, books->reported_sent, books->reported_lost,
                        books->implausible};
    struct image_table once;
    struct image_table table;
    struct former_rows from;
    if (!image_find(restore->image, "books", OBJECT_NONE, OBJECT_NONE, &once) ||
        !image_find(restore->image, "sender", OBJECT_NONE, OBJECT_NONE, &table)) {
        take_departed(restore, &rest);
        return true;
    }
    const uint64_t count = restore_read_integer(&once, 0, "sender_count", OBJECT_U32);
    const uint64_t most = table.items < SENDERS_MAX ? table.items : SENDERS_MAX;
    restore->row_count = (uint32_t)(count < most ? count : most);
    restore->rows = memory_array(memory, (size_t)restore->row_count + 1, sizeof *restore->rows);
    if (restore->rows == NULL)
        return false;
    find_rows(&table, &from);
    take_rows(restore, &from, &rest);
    take_handles(restore, restore_read_integer(&once, 0, "handle_count", OBJECT_U32));
    take_pairs(restore, restore_read_integer(&once, 0, "pair_count", OBJECT_U32));
    take_departed(restore, &rest);
    return order_rows(restore, &from);
}
