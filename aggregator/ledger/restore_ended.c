/* Restores ended processes of another process's books, after its senders. */
#include "ledger/restore.h"

/* No process sees this many ends. */
#define SERIALS (UINT64_C(1) << 53)

/* The image's table, and where it has each field. */
struct former_ended {
    struct image_table table;
    struct image_field serial;
    struct image_field row;
    struct image_field service;
    struct image_field at_ms;
    struct image_field first_seen_ms;
    struct image_field samples;
    struct image_field parts;
    struct image_field jobs;
    struct image_field pid;
    struct image_field uid;
    struct image_field comm;
    struct image_field unit;
};

static void find_fields(struct former_ended *from) {
    const struct image_table *table = &from->table;
    from->serial = image_field(table, "serial", OBJECT_U64);
    from->row = image_field(table, "row", OBJECT_U32);
    from->service = image_field(table, "service", OBJECT_I32);
    from->at_ms = image_field(table, "at_ms", OBJECT_I64);
    from->first_seen_ms = image_field(table, "first_seen_ms", OBJECT_I64);
    from->samples = image_field(table, "samples", OBJECT_U64);
    from->parts = image_field(table, "parts", OBJECT_U32);
    from->jobs = image_field(table, "jobs", OBJECT_U32);
    from->pid = image_field(table, "pid", OBJECT_I32);
    from->uid = image_field(table, "uid", OBJECT_U32);
    from->comm = image_field(table, "comm", OBJECT_TEXT);
    from->unit = image_field(table, "unit", OBJECT_TEXT);
}

static uint32_t row_of(const struct restore *restore, uint64_t former) {
    return former < restore->row_count ? restore->rows[former] : (uint32_t)SLOTS_NONE;
}

static int32_t service_of(const struct restore *restore, int32_t former) {
    const struct catalog *catalog =
        former >= 0 ? match_catalog(restore->match, (uint32_t)former) : NULL;
    return catalog != NULL ? (int32_t)catalog->index : -1;
}

static void take(struct restore *restore, const struct former_ended *from, uint64_t record) {
    const struct image_table *table = &from->table;
    struct ended_ring *ring = &restore->ledger->ended;
    const uint64_t serial = image_integer(table, record, from->serial, 0);
    if (serial == 0 || serial > SERIALS)
        return;
    struct ended_process *entry = object_at(&ring->table, (serial - 1) % LEDGER_ENDED_MAX);
    if (entry->serial > serial)
        return;
    *entry = (struct ended_process){
        .serial = serial,
        .row = row_of(restore, image_integer(table, record, from->row, 0)),
        .service = service_of(restore, (int32_t)image_integer(table, record, from->service, 0)),
        .at_ms = restore_read_time(table, record, from->at_ms),
        .first_seen_ms = restore_read_time(table, record, from->first_seen_ms),
        .samples = image_integer(table, record, from->samples, 0),
        .parts = (uint32_t)image_integer(table, record, from->parts, 0),
        .jobs = (uint32_t)image_integer(table, record, from->jobs, 0)};
    entry->who.pid = (int32_t)image_integer(table, record, from->pid, 0);
    entry->who.uid = (uint32_t)image_integer(table, record, from->uid, 0);
    (void)image_text(table, record, from->comm, entry->who.comm, WHO_COMM_MAX - 1);
    (void)image_text(table, record, from->unit, entry->who.unit, WHO_UNIT_MAX - 1);
    if (serial > ring->serial)
        ring->serial = serial;
}

/* Clear the reference in rows whose entries were not restored. */
static void follow_rows(struct ledger *ledger) {
    for (size_t i = 0; i < ledger->books->sender_count; i++) {
        struct sender *row = &ledger->senders.rows[i];
        if (row->ended > ledger->ended.serial)
            row->ended = 0;
    }
}

void restore_ended(struct restore *restore) {
    struct former_ended from = {0};
    const bool found =
        image_find(restore->image, "ended_process", OBJECT_NONE, OBJECT_NONE, &from.table);
    if (found)
        find_fields(&from);
    for (uint64_t i = 0; found && i < from.table.items && i < LEDGER_ENDED_MAX; i++)
        take(restore, &from, i);
    follow_rows(restore->ledger);
}
