/* Senders of another process's books: their rows, handles, and those whose rows were closed. */
#include <stdlib.h>

#include "ledger/restore.h"

/* Wall clocks beyond it are none: it is some hundred thousand years. */
#define TIME_MAX_MS (INT64_C(1) << 52)

/* What the rows and the departed have to add up to. */
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

static int64_t read_time(const struct image_table *table, uint64_t record, const char *name) {
    const int64_t time_ms = (int64_t)restore_read_integer(table, record, name, OBJECT_I64);
    return time_ms >= 0 && time_ms <= TIME_MAX_MS ? time_ms : 0;
}

static void read_telemetry(const struct image_table *table, uint64_t record,
                           uint64_t ret_telemetry[TELEMETRY_COUNT]) {
    static const char *const names[TELEMETRY_COUNT] = {
        [TELEMETRY_METRICS] = "client_metrics",
        [TELEMETRY_EVENTS] = "client_events",
        [TELEMETRY_SERVICE_CHECKS] = "client_service_checks",
        [TELEMETRY_PACKETS_SENT] = "client_packets_sent",
        [TELEMETRY_PACKETS_DROPPED] = "client_packets_dropped",
        [TELEMETRY_BYTES_SENT] = "client_bytes_sent",
        [TELEMETRY_BYTES_DROPPED] = "client_bytes_dropped"};
    for (int i = 0; i < TELEMETRY_COUNT; i++)
        ret_telemetry[i] = restore_read_integer(table, record, names[i], OBJECT_U64);
}

/* What rows and the departed both have. */
static void read_sums(const struct image_table *table, uint64_t record, struct sender *ret_row) {
    restore_read_tally(table, record, &ret_row->tally);
    ret_row->datagrams = restore_read_count(table, record, "datagrams");
    ret_row->numbered = restore_read_count(table, record, "numbered");
    ret_row->sent = restore_read_count(table, record, "sent");
    ret_row->lost = restore_read_count(table, record, "lost");
    ret_row->implausible = restore_read_count(table, record, "implausible");
    ret_row->first_seen_ms = read_time(table, record, "first_seen_ms");
    ret_row->last_seen_ms = read_time(table, record, "last_seen_ms");
    read_telemetry(table, record, ret_row->telemetry);
}

static int32_t read_service(const struct restore *restore, const struct image_table *table,
                            uint64_t record) {
    const int32_t service = (int32_t)restore_read_integer(table, record, "service", OBJECT_I32);
    const struct catalog *catalog =
        service >= 0 ? match_catalog(restore->match, (uint32_t)service) : NULL;
    return catalog != NULL ? (int32_t)catalog->index : -1;
}

static void read_row(const struct restore *restore, const struct image_table *table,
                     uint64_t record, struct sender *ret_row) {
    *ret_row = (struct sender){.service = read_service(restore, table, record)};
    ret_row->pid = (int32_t)restore_read_integer(table, record, "pid", OBJECT_I32);
    ret_row->uid = (uint32_t)restore_read_integer(table, record, "uid", OBJECT_U32);
    ret_row->gid = (uint32_t)restore_read_integer(table, record, "gid", OBJECT_U32);
    ret_row->alive =
        !restore->image->strangers && restore_read_integer(table, record, "alive", OBJECT_U8) != 0;
    ret_row->described = restore_read_integer(table, record, "described", OBJECT_U8) != 0;
    ret_row->reports = restore_read_integer(table, record, "reports", OBJECT_U8) != 0;
    ret_row->owner = (uint32_t)restore_read_integer(table, record, "owner", OBJECT_U32);
    if (!restore->image->strangers) /* who has the number now may have started at the same tick */
        ret_row->start_ticks = restore_read_integer(table, record, "start_ticks", OBJECT_U64);
    ret_row->reports_since_ms =
        (int64_t)restore_read_integer(table, record, "reports_since_ms", OBJECT_MONO_MS);
    (void)image_text(table, record, image_field(table, "comm", OBJECT_TEXT), ret_row->comm,
                     SENDER_COMM_MAX - 1);
    read_sums(table, record, ret_row);
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

static void take_rows(struct restore *restore, const struct image_table *table, struct rest *rest) {
    struct sender row;
    for (uint32_t i = 0; i < restore->row_count; i++) {
        read_row(restore, table, i, &row);
        const bool taken = row.pid >= 0 && fits(rest, &row);
        restore->rows[i] = taken ? senders_take(restore->ledger, &row) : SLOTS_NONE;
        if (restore->rows[i] != SLOTS_NONE)
            subtract(rest, &row);
    }
}

/* Rows keep their places; which was seen last is told by the time. */
static bool order_rows(const struct restore *restore, const struct image_table *table) {
    const struct memory *memory = restore->ledger->memory;
    struct seen *seen = memory_array(memory, restore->row_count, sizeof *seen);
    if (seen == NULL)
        return false;
    for (uint32_t i = 0; i < restore->row_count; i++)
        seen[i] = (struct seen){read_time(table, i, "last_seen_ms"), i};
    qsort(seen, restore->row_count, sizeof *seen, by_last_seen);
    for (uint32_t i = 0; i < restore->row_count; i++)
        if (restore->rows[seen[i].record] != SLOTS_NONE)
            senders_touch(restore->ledger, restore->rows[seen[i].record]);
    memory_release(memory, seen);
    return true;
}

/* ---- handles ---- */

static void take_handle(const struct restore *restore, const struct image_table *table,
                        uint64_t record) {
    const uint32_t row = (uint32_t)restore_read_integer(table, record, "row", OBJECT_U32);
    if (row >= restore->row_count || restore->rows[row] == SLOTS_NONE)
        return;
    const struct handle handle = {
        .id = restore_read_integer(table, record, "id", OBJECT_U64),
        .sent = restore_read_integer(table, record, "sent", OBJECT_U64),
        .lost = restore_read_integer(table, record, "lost", OBJECT_U64),
        .unnumbered = restore_read_count(table, record, "unnumbered"),
        .row = restore->rows[row],
        .met = restore_read_integer(table, record, "met", OBJECT_U8) != 0,
    };
    if (handle.lost <= handle.sent)
        (void)handles_take(restore->ledger, &handle);
}

static void take_handles(const struct restore *restore, uint64_t count) {
    struct image_table table;
    if (!image_find(restore->image, "handle", OBJECT_NONE, OBJECT_NONE, &table))
        return;
    for (uint64_t i = 0; i < count && i < table.items && i < HANDLES_MAX; i++)
        take_handle(restore, &table, i);
}

/* ---- the departed ---- */

static void take_departed(const struct restore *restore, const struct rest *rest) {
    struct sender *departed = restore->ledger->departed;
    struct image_table table;
    if (image_find(restore->image, "departed", OBJECT_NONE, OBJECT_NONE, &table))
        read_sums(&table, 0, departed);
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
    take_rows(restore, &table, &rest);
    take_handles(restore, restore_read_integer(&once, 0, "handle_count", OBJECT_U32));
    take_departed(restore, &rest);
    return order_rows(restore, &table);
}
