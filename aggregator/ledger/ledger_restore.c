/* ledger_restore.c - the books of the old process, read into those of this one. */
#include "ledger/ledger_private.h"

#include <stdlib.h>

/* ---- restore read: Reads numbers of another process's books. ---- */

/** No process counts that far; sums of several such counts still fit 64 bits. */
#define COUNT_MAX (UINT64_C(1) << 60)

struct restore {
    struct ledger *ledger;
    const struct image *image;
    const struct match *match;
    enum sg_reject *reasons; /**< present reason for each reason of the image */
    uint32_t reason_count;
    uint32_t *rows; /**< present row for each sender's row of the image, or SLOTS_NONE */
    uint32_t row_count;
};
/** Restore ended processes; call it after the senders. */
static void restore_ended(struct restore *restore);

/* An integer field of a record; 0 if there is no such field. */
static uint64_t restore_read_integer(const struct image_table *table, uint64_t record,
                                     const char *name, enum object_type type) {
    return image_integer(table, record, image_field(table, name, type), 0);
}

/* A count, or 0. */
static uint64_t restore_read_count(const struct image_table *table, uint64_t record,
                                   const char *name) {
    const uint64_t count = restore_read_integer(table, record, name, OBJECT_U64);
    return count <= COUNT_MAX ? count : 0;
}

/* Later times are invalid: the limit is more than a hundred thousand years away. */
#define TIME_MAX_MS (INT64_C(1) << 52)

/* A Unix time, or 0. */
static int64_t restore_read_time(const struct image_table *table, uint64_t record,
                                 struct image_field field) {
    const int64_t time_ms = (int64_t)image_integer(table, record, field, 0);
    return time_ms >= 0 && time_ms <= TIME_MAX_MS ? time_ms : 0;
}

/* Read the verdicts of a record. */
static void restore_read_tally(const struct image_table *table, uint64_t record,
                               struct tally *ret_tally) {
    for (int i = 0; i < VERDICT_COUNT; i++)
        ret_tally->by_verdict[i] =
            restore_read_count(table, record, ledger_verdict_text((enum verdict)i));
}

/* The present row for a service of the image; SERVICE_FORMER for a service that no longer
 * exists. */
static size_t restore_read_service(const struct restore *restore, uint32_t service) {
    const struct catalog *catalog = object_match_catalog(restore->match, service);
    return catalog != NULL ? SERVICE_FIRST + (size_t)catalog->index : SERVICE_FORMER;
}

/* ---- restore senders ----
 * Restores senders of another process's books: rows, handles, and the sums of closed rows.
 */

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
        ret_sums->verdicts[i] =
            image_field(table, ledger_verdict_text((enum verdict)i), OBJECT_U64);
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
        service >= 0 ? object_match_catalog(restore->match, (uint32_t)service) : NULL;
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
        (void)ledger_handles_take(restore->ledger, &handle);
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
            object_match_catalog(restore->match, (uint32_t)image_integer(&table, i, service, 0));
        if (former >= restore->row_count || restore->rows[former] == SLOTS_NONE || catalog == NULL)
            continue;
        struct sent_pair pair = {.row = restore->rows[former],
                                 .service = catalog->index,
                                 .last_seen_ms = restore_read_time(&table, i, seen)};
        restore_read_tally(&table, i, &pair.tally);
        if (fits_row(&restore->ledger->senders.rows[pair.row], &pair.tally))
            ledger_pairs_take(restore->ledger, &pair);
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

/* Restore senders and their handles, then the departed, who get the part of the totals that no row
 * has. Fills in `rows`. False: out of memory. */
static bool restore_senders(struct restore *restore) {
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

/* ---- restore groups ----
 * Restores groups of rejections of another process's books: for people, so implausible values
 * are left out.
 */

/* The image's table, and where it has each field. */
struct former_groups {
    struct image_table table;
    struct image_field service;
    struct image_field family;
    struct image_field label;
    struct image_field reason;
    struct image_field folded;
    struct image_field first_ms;
    struct image_field last_ms;
    struct image_field sent;
    struct image_field pid;
    struct image_field uid;
    struct image_field comm;
    struct image_field unit;
};

static void restore_groups_find_fields(struct former_groups *groups) {
    const struct image_table *table = &groups->table;
    groups->service = image_field(table, "service", OBJECT_U32);
    groups->family = image_field(table, "family", OBJECT_U32);
    groups->label = image_field(table, "label", OBJECT_U32);
    groups->reason = image_field(table, "reason", OBJECT_U16);
    groups->folded = image_field(table, "folded", OBJECT_U16);
    groups->first_ms = image_field(table, "first_ms", OBJECT_I64);
    groups->last_ms = image_field(table, "last_ms", OBJECT_I64);
    groups->sent = image_field(table, "sent", OBJECT_U8);
    groups->pid = image_field(table, "pid", OBJECT_I32);
    groups->uid = image_field(table, "uid", OBJECT_U32);
    groups->comm = image_field(table, "comm", OBJECT_TEXT);
    groups->unit = image_field(table, "unit", OBJECT_TEXT);
}

/* Find the present label for a label of the image. False: it no longer exists. */
static bool restore_groups_label(const struct restore *restore, const struct catalog_family *family,
                                 uint32_t former, uint32_t *ret_label) {
    if (former == object_match_label_count(restore->match, family)) {
        *ret_label = family->label_count;
        return true;
    }
    for (uint32_t i = 0; i < family->label_count; i++)
        if (object_match_label(restore->match, family, i) == former) {
            *ret_label = i;
            return true;
        }
    return false;
}

/* The present key of a former group. False: there is none. */
static bool read_key(const struct restore *restore, const struct former_groups *from,
                     uint64_t record, struct group_key *ret_key) {
    const struct image_table *table = &from->table;
    const uint32_t former = (uint32_t)image_integer(table, record, from->family, 0);
    const uint32_t label = (uint32_t)image_integer(table, record, from->label, 0);
    const uint64_t reason = image_integer(table, record, from->reason, 0);
    const uint64_t service = image_integer(table, record, from->service, 0);
    *ret_key = (struct group_key){.service = SERVICE_NONE,
                                  .family = OBJECT_NONE,
                                  .folded = image_integer(table, record, from->folded, 0) == 1,
                                  .reason = reason < restore->reason_count
                                                ? (uint16_t)restore->reasons[reason]
                                                : SG_REJECT_NONE};
    if (ret_key->reason == SG_REJECT_NONE)
        return false;
    if (former == OBJECT_NONE) {
        if (service >= SERVICE_FIRST)
            ret_key->service =
                (uint32_t)restore_read_service(restore, (uint32_t)(service - SERVICE_FIRST));
        return ret_key->service != SERVICE_FORMER;
    }
    const struct catalog_family *family = object_match_family(restore->match, former);
    if (family == NULL || !restore_groups_label(restore, family, label, &ret_key->label))
        return false;
    ret_key->family = family->index;
    ret_key->service = SERVICE_FIRST + family->catalog->index;
    return true;
}

static void take_group(const struct restore *restore, const struct former_groups *from,
                       uint64_t record) {
    const struct image_table *table = &from->table;
    struct group_key key;
    bool made;
    const int64_t last_ms = restore_read_time(table, record, from->last_ms);
    if (last_ms == 0 || !read_key(restore, from, record, &key))
        return;
    struct reject_group *group = ledger_reject_groups_take(restore->ledger, &key, &made);
    if (group == NULL || !made)
        return;
    group->first_ms = restore_read_time(table, record, from->first_ms);
    group->last_ms = last_ms;
    group->sent = image_integer(table, record, from->sent, 0) == 1;
    group->who.pid = (int32_t)image_integer(table, record, from->pid, 0);
    group->who.uid = (uint32_t)image_integer(table, record, from->uid, 0);
    (void)image_text(table, record, from->comm, group->who.comm, WHO_COMM_MAX - 1);
    (void)image_text(table, record, from->unit, group->who.unit, WHO_UNIT_MAX - 1);
}

/* Restore groups of rejections; call it after the reasons are matched. */
static void restore_groups(struct restore *restore) {
    struct group_table *groups = &restore->ledger->groups;
    struct former_groups from = {0};
    const bool found =
        image_find(restore->image, "reject_group", OBJECT_NONE, OBJECT_NONE, &from.table);
    if (found)
        restore_groups_find_fields(&from);
    for (uint64_t i = 0; found && i < from.table.items && i < LEDGER_GROUPS_MAX; i++)
        take_group(restore, &from, i);
    groups->forgot = !found || groups->used == LEDGER_GROUPS_MAX;
}

/* ---- restore ended ----
 * Restores ended processes of another process's books, after its senders.
 */

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

static void restore_ended_find_fields(struct former_ended *from) {
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

static int32_t restore_ended_service_of(const struct restore *restore, int32_t former) {
    const struct catalog *catalog =
        former >= 0 ? object_match_catalog(restore->match, (uint32_t)former) : NULL;
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
        .service = restore_ended_service_of(
            restore, (int32_t)image_integer(table, record, from->service, 0)),
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

static void restore_ended(struct restore *restore) {
    struct former_ended from = {0};
    const bool found =
        image_find(restore->image, "ended_process", OBJECT_NONE, OBJECT_NONE, &from.table);
    if (found)
        restore_ended_find_fields(&from);
    for (uint64_t i = 0; found && i < from.table.items && i < LEDGER_ENDED_MAX; i++)
        take(restore, &from, i);
    follow_rows(restore->ledger);
}

/* ---- restore ----
 * reads the numbers of another process's books. Private to this folder.
 *
 * Nothing in an image is trusted. A count above COUNT_MAX reads as 0.
 *
 * takes over the books of another process from its object.
 *
 * The services come first, since their sum is the total, which limits what senders can have. So the
 * sums match whatever the image says; where it contradicts itself, senders' rows are left out.
 */

static bool find(const struct restore *restore, const char *name, struct image_table *ret_table) {
    return image_find(restore->image, name, OBJECT_NONE, OBJECT_NONE, ret_table);
}

/* ---- reasons ---- */

static enum sg_reject reason_of(const struct image_table *table, uint32_t record) {
    char name[sizeof(struct reason_name)] = "";
    (void)image_text(table, record, image_field(table, "name", OBJECT_TEXT), name, sizeof name - 1);
    for (int i = SG_REJECT_NONE + 1; i < SG_REJECT_COUNT; i++)
        if (strcmp(name, sg_reject_label((enum sg_reject)i)) == 0)
            return (enum sg_reject)i;
    return SG_REJECT_NONE;
}

/* Match the image's reasons with the present ones by name. False when out of memory. */
static bool match_reasons(struct restore *restore) {
    enum { REASONS_MAX = 256 };
    struct image_table table;
    const bool found = find(restore, "reason", &table);
    struct image_field field = {0};
    struct image_table services;
    if (found && find(restore, "service", &services))
        field = image_field(&services, "reasons", OBJECT_U64);
    restore->reason_count = field.count < REASONS_MAX ? field.count : REASONS_MAX;
    restore->reasons = memory_array(restore->ledger->memory, (size_t)restore->reason_count + 1,
                                    sizeof *restore->reasons);
    if (restore->reasons == NULL)
        return false;
    for (uint32_t i = 0; i < restore->reason_count; i++)
        restore->reasons[i] = reason_of(&table, i);
    return true;
}

/* Add counts by reason, under the present number of each. Unknown reasons are left out. */
static void add_reasons(const struct restore *restore, const struct image_table *table,
                        uint64_t record, const char *name, uint64_t reasons[SG_REJECT_COUNT]) {
    const struct image_field field = image_field(table, name, OBJECT_U64);
    for (uint32_t i = 0; i < restore->reason_count; i++) {
        const uint64_t count = image_integer(table, record, field, i);
        uint64_t *known = &reasons[restore->reasons[i]];
        if (restore->reasons[i] != SG_REJECT_NONE && count <= COUNT_MAX - *known)
            *known += count;
    }
}

/* Make the counts by reason add up to the rejected samples. */
static void close_reasons(struct service_books *books) {
    uint64_t rest = books->tally.by_verdict[VERDICT_REJECTED];
    for (int i = SG_REJECT_NONE + 1; i < SG_REJECT_COUNT; i++) {
        if (books->reasons[i] > rest)
            books->reasons[i] = 0;
        rest -= books->reasons[i];
    }
    books->reasons[SG_REJECT_NONE] = rest;
}

/* ---- services ---- */

/* Add verdicts to a service's and to the total. */
static void add_tally(struct ledger *ledger, struct service_books *books,
                      const struct tally *tally) {
    for (int i = 0; i < VERDICT_COUNT; i++) {
        uint64_t *total = &ledger->books->total.by_verdict[i];
        if (tally->by_verdict[i] > COUNT_MAX - *total)
            continue;
        books->tally.by_verdict[i] += tally->by_verdict[i];
        *total += tally->by_verdict[i];
    }
}

static size_t restore_service_of(const struct restore *restore, uint64_t record) {
    if (record == SERVICE_NONE || record == SERVICE_FORMER)
        return (size_t)record;
    return restore_read_service(restore, (uint32_t)(record - SERVICE_FIRST));
}

static void read_services(const struct restore *restore) {
    struct ledger *ledger = restore->ledger;
    struct image_table table;
    if (!find(restore, "service", &table))
        return;
    for (uint64_t i = 0; i < table.items && i < UINT32_MAX; i++) {
        struct service_books *books = &ledger->services[restore_service_of(restore, i)];
        struct tally tally;
        restore_read_tally(&table, i, &tally);
        add_tally(ledger, books, &tally);
        add_reasons(restore, &table, i, "reasons", books->reasons);
        add_reasons(restore, &table, i, "row_reasons", books->rows);
    }
    for (size_t i = 0; i < SERVICE_FIRST + ledger->set->count; i++)
        close_reasons(&ledger->services[i]);
}

/* ---- families ---- */

/* Where the image has the cells of a present family. */
struct former_cells {
    struct image_table table;
    struct image_field count;
    uint64_t first;
    uint32_t label_count; /* number of labels in the image */
};

/* The image's label for a present one; label_count stands for no label. */
static uint32_t former_label(const struct restore *restore, const struct catalog_family *family,
                             const struct former_cells *from, uint32_t label) {
    return label == family->label_count ? from->label_count
                                        : object_match_label(restore->match, family, label);
}

/* Add the rejections or folds of one label of a family. True if there are any. */
static bool add_label(const struct restore *restore, const struct catalog_family *family,
                      const struct former_cells *from, uint32_t label, bool folds) {
    const uint32_t own = former_label(restore, family, from, label);
    const uint64_t rows = own + (folds ? (uint64_t)from->label_count + 1 : 0);
    const uint64_t first = from->first + rows * restore->reason_count;
    bool some = false;
    for (uint32_t i = 0; own != OBJECT_NONE && i < restore->reason_count; i++) {
        const uint64_t count = image_integer(&from->table, first + i, from->count, 0);
        if (count == 0 || count > COUNT_MAX)
            continue;
        uint64_t *cells = ledger_tables_family(restore->ledger, family);
        if (cells == NULL)
            return some;
        cells += folds ? table_cells(family) : 0;
        cells[(size_t)label * SG_REJECT_COUNT + restore->reasons[i]] += count;
        some = true;
    }
    return some;
}

static void read_families(const struct restore *restore) {
    struct image_table table;
    struct former_cells from;
    if (!find(restore, "family_books", &table) || !find(restore, "family_cell", &from.table))
        return;
    from.count = image_field(&from.table, "count", OBJECT_U64);
    for (uint64_t i = 0; i < table.items && i < OBJECT_NONE; i++) {
        const struct catalog_family *family = object_match_family(restore->match, (uint32_t)i);
        const uint64_t at = restore_read_integer(&table, i, "cells", OBJECT_U64);
        if (family == NULL || at == 0 || at > from.table.items)
            continue;
        struct family_books *books = &restore->ledger->families[family->index];
        from.first = at - 1;
        from.label_count = object_match_label_count(restore->match, family);
        for (uint32_t label = 0; label <= family->label_count; label++) {
            books->rejected |= add_label(restore, family, &from, label, false);
            books->folded |= add_label(restore, family, &from, label, true);
        }
    }
}

/* ---- what there is once ---- */

static void read_books(const struct restore *restore) {
    struct books *books = restore->ledger->books;
    struct image_table table;
    if (!find(restore, "books", &table))
        return;
    books->full.senders = restore_read_count(&table, 0, "senders_full");
    books->full.handles = restore_read_count(&table, 0, "handles_full");
    books->full.pairs = restore_read_count(&table, 0, "pairs_full");
    books->spellings_full[LEDGER_UNKNOWN_LABELS] =
        restore_read_count(&table, 0, "unknown_labels_full");
    books->spellings_full[LEDGER_UNKNOWN_NAMES] =
        restore_read_count(&table, 0, "unknown_names_full");
    books->spellings_full[LEDGER_FOLDED_VALUES] =
        restore_read_count(&table, 0, "folded_values_full");
    books->reported_sent = restore_read_count(&table, 0, "reported_sent");
    books->reported_lost = restore_read_count(&table, 0, "reported_lost");
    books->implausible = restore_read_count(&table, 0, "implausible");
    books->traffic.datagrams = restore_read_count(&table, 0, "datagrams");
    books->traffic.bytes = restore_read_count(&table, 0, "bytes");
    books->traffic.truncated_datagrams = restore_read_count(&table, 0, "truncated_datagrams");
    books->traffic.truncated_bytes = restore_read_count(&table, 0, "truncated_bytes");
    books->departed_rows = restore_read_count(&table, 0, "departed_rows");
}

/* Add samples of a run that the image's books do not count yet; the sender is a row of the image,
 * the service a present row. Returns for how many of them there is room. */
static uint64_t add_run(const struct restore *restore, uint32_t sender_there, size_t service,
                        enum verdict verdict, uint64_t count) {
    struct ledger *ledger = restore->ledger;
    const uint32_t row =
        sender_there < restore->row_count ? restore->rows[sender_there] : (uint32_t)SLOTS_NONE;
    struct sender *sender = row != SLOTS_NONE ? &ledger->senders.rows[row] : ledger->departed;
    struct tally tally = {{0}};
    const uint64_t before = ledger->books->total.by_verdict[verdict];
    struct sent_pair *pair =
        count > 0 && service >= SERVICE_FIRST && row != SLOTS_NONE
            ? ledger_runs_sends_for(ledger, sender, (uint32_t)service - SERVICE_FIRST)
            : NULL;
    tally.by_verdict[verdict] = count;
    add_tally(ledger, &ledger->services[service], &tally);
    const uint64_t added = ledger->books->total.by_verdict[verdict] - before;
    sender->tally.by_verdict[verdict] += added;
    if (service == SERVICE_NONE)
        sender->none.by_verdict[verdict] += added;
    if (pair != NULL)
        pair->tally.by_verdict[verdict] += added;
    return added;
}

static void add_position(const struct restore *restore) {
    const struct undo_position *position = &restore->image->position;
    (void)add_run(restore, position->sender, restore_read_service(restore, position->service),
                  VERDICT_ACCEPTED, position->accepted);
}

/* Add the held run to a family's cells. */
static void add_held_cell(const struct restore *restore, const struct held_run *held,
                          enum sg_reject reason) {
    struct ledger *ledger = restore->ledger;
    const struct catalog_family *family = object_match_family(restore->match, held->family);
    uint32_t label;
    if (family == NULL || !restore_groups_label(restore, family, held->label, &label))
        return;
    uint64_t *cells = ledger_tables_family(ledger, family);
    if (cells == NULL)
        return;
    struct family_books *books = &ledger->families[family->index];
    *(held->rejected == 1 ? &books->rejected : &books->folded) = true;
    cells += held->rejected == 1 ? 0 : table_cells(family);
    cells[(size_t)label * SG_REJECT_COUNT + reason] += held->count;
}

static uint32_t read_held(const struct image_table *books, const char *name) {
    return (uint32_t)restore_read_integer(books, 0, name, OBJECT_U32);
}

static void add_held(const struct restore *restore) {
    struct ledger *ledger = restore->ledger;
    struct image_table books;
    if (!find(restore, "books", &books))
        return;
    const struct held_run held = {.count = restore_read_count(&books, 0, "fold_count"),
                                  .row = read_held(&books, "fold_sender"),
                                  .service = read_held(&books, "fold_service"),
                                  .family = read_held(&books, "fold_family"),
                                  .label = read_held(&books, "fold_label"),
                                  .reason = read_held(&books, "fold_reason"),
                                  .rejected = read_held(&books, "fold_rejected")};
    if (held.count == 0)
        return;
    const bool known = held.reason < restore->reason_count;
    const enum sg_reject reason = known ? restore->reasons[held.reason] : SG_REJECT_NONE;
    const size_t service = restore_service_of(restore, held.service);
    const enum verdict verdict = held.rejected == 1 ? VERDICT_REJECTED : VERDICT_FOLDED;
    const uint64_t added = add_run(restore, held.row, service, verdict, held.count);
    if (verdict == VERDICT_REJECTED)
        ledger->services[service].reasons[reason] += added;
    if (known)
        add_held_cell(restore, &held, reason);
}

static bool restore_all(struct restore *restore) {
    if (!match_reasons(restore))
        return false;
    read_services(restore);
    read_families(restore);
    read_books(restore);
    restore_groups(restore);
    if (!restore_senders(restore))
        return false;
    restore_ended(restore);
    add_position(restore);
    add_held(restore);
    return true;
}

bool ledger_restore(struct ledger *ledger, const struct image *image, const struct match *match) {
    struct restore restore = {.ledger = ledger, .image = image, .match = match};
    const bool done = restore_all(&restore);
    memory_release(ledger->memory, restore.reasons);
    memory_release(ledger->memory, restore.rows);
    undo_commit(ledger->undo);
    return done;
}
