/* SPDX-License-Identifier: MIT */
/* ledger_restore.c - the books of the old process, read into those of this one.
 *
 * Nothing in an image is trusted: a count that is too high reads as 0 (ledger.c's rows say which
 * numbers are counts). The services come first, since their sum is the total, which limits what
 * senders can have. So the sums match whatever the image says; where it contradicts itself,
 * senders' rows are left out.
 */
#include "ledger/ledger_private.h"

#include <stdlib.h>

struct restore {
    struct ledger *ledger;
    const struct image *image;
    const struct match *match;
    struct books was;        /**< the image's */
    enum sg_reject *reasons; /**< present reason for each reason of the image */
    uint32_t reason_count;
    uint32_t *rows; /**< present row for each sender's row of the image, or SLOTS_NONE */
    uint32_t row_count;
};

/* The present row for a service of the image; SERVICE_FORMER for a service that no longer
 * exists. */
static size_t present_service(const struct restore *restore, uint32_t service) {
    const struct catalog *catalog = object_match_catalog(restore->match, service);
    return catalog != NULL ? SERVICE_FIRST + (size_t)catalog->index : SERVICE_FORMER;
}

/* The present index for a service of the image; -1: none, or one that no longer exists. */
static int32_t present_index(const struct restore *restore, int32_t service) {
    const struct catalog *catalog =
        service >= 0 ? object_match_catalog(restore->match, (uint32_t)service) : NULL;
    return catalog != NULL ? (int32_t)catalog->index : -1;
}

/* The present row for a sender's row of the image, or SLOTS_NONE. */
static uint32_t present_row(const struct restore *restore, uint32_t row) {
    return row < restore->row_count ? restore->rows[row] : (uint32_t)SLOTS_NONE;
}

/* ---- senders: rows, handles, and the sums of closed rows ---- */

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

static void read_row(const struct restore *restore, const struct image_records *records,
                     uint64_t record, struct sender *ret_row) {
    struct sender *row = ret_row;
    *row = (struct sender){.service = -1};
    image_record(records, record, row);
    row->service = present_index(restore, row->service);
    row->placed = row->unit[0] != '\0';
    if (restore->image->strangers) {
        row->alive = false;
        row->start_ticks = 0; /* the pid's present process may have started at the same tick */
    }
    for (uint32_t i = 0; i < VERDICT_COUNT; i++)
        if (row->none.by_verdict[i] > row->tally.by_verdict[i])
            row->none.by_verdict[i] = row->tally.by_verdict[i];
}

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

/* Take the rows that fit, which keep their places, and order them by the time when each was last
 * seen. */
static void take_rows(struct restore *restore, const struct image_records *records,
                      struct rest *rest) {
    struct seen *seen = memory_array((size_t)restore->row_count + 1, sizeof *seen);
    for (uint32_t i = 0; i < restore->row_count; i++) {
        struct sender row;
        read_row(restore, records, i, &row);
        seen[i] = (struct seen){row.last_seen_ms, i};
        const bool taken = row.pid >= 0 && fits(rest, &row);
        restore->rows[i] = taken ? senders_take(restore->ledger, &row) : SLOTS_NONE;
        if (restore->rows[i] != SLOTS_NONE)
            subtract(rest, &row);
    }
    qsort(seen, restore->row_count, sizeof *seen, by_last_seen);
    for (uint32_t i = 0; i < restore->row_count; i++)
        if (restore->rows[seen[i].record] != SLOTS_NONE)
            senders_touch(restore->ledger, restore->rows[seen[i].record]);
    free(seen);
}

uint64_t ledger_restore_bytes(void) {
    return (uint64_t)SENDERS_MAX * (sizeof(struct seen) + sizeof *((struct restore *)0)->rows);
}

/* ---- handles ---- */

static void take_handles(const struct restore *restore) {
    const struct image_records records =
        ledger_records(restore->ledger, TABLE_HANDLES, restore->image);
    const uint64_t count = restore->was.handle_count;
    for (uint64_t i = 0; i < count && i < records.table.items && i < HANDLES_MAX; i++) {
        struct handle handle = {.row = SLOTS_NONE};
        image_record(&records, i, &handle);
        handle.row = present_row(restore, handle.row);
        if (handle.row != SLOTS_NONE && handle.lost <= handle.sent)
            (void)ledger_handles_take(restore->ledger, &handle);
    }
}

/* ---- services of senders of several ---- */

/* No pair has more than its row, whatever the image says. */
static bool fits_row(const struct sender *row, const struct tally *tally) {
    for (int i = 0; i < VERDICT_COUNT; i++)
        if (tally->by_verdict[i] > row->tally.by_verdict[i])
            return false;
    return true;
}

static void take_pairs(const struct restore *restore) {
    const struct image_records records =
        ledger_records(restore->ledger, TABLE_PAIRS, restore->image);
    const uint64_t count = restore->was.pair_count;
    for (uint64_t i = 0; i < count && i < records.table.items && i < PAIRS_MAX; i++) {
        struct sent_pair pair = {.row = SLOTS_NONE, .service = OBJECT_NONE};
        image_record(&records, i, &pair);
        const struct catalog *catalog = object_match_catalog(restore->match, pair.service);
        pair.row = present_row(restore, pair.row);
        if (pair.row == SLOTS_NONE || catalog == NULL ||
            !fits_row(&restore->ledger->senders.rows[pair.row], &pair.tally))
            continue;
        pair.service = catalog->index;
        ledger_pairs_take(restore->ledger, &pair);
    }
}

/* ---- the departed ---- */

static void take_departed(const struct restore *restore, const struct rest *rest) {
    struct sender *departed = restore->ledger->departed;
    const struct image_records records =
        ledger_records(restore->ledger, TABLE_DEPARTED, restore->image);
    struct sender was = {0};
    image_record(&records, 0, &was);
    departed->datagrams = was.datagrams;
    departed->numbered = was.numbered;
    departed->first_seen_ms = was.first_seen_ms;
    departed->last_seen_ms = was.last_seen_ms;
    memcpy(departed->telemetry, was.telemetry, sizeof departed->telemetry);
    departed->tally = rest->tally;
    departed->sent = rest->sent;
    departed->lost = rest->lost;
    departed->implausible = rest->implausible;
}

/* Restore senders and their handles, then the departed, who get the part of the totals that no row
 * has. Fills in `rows`. */
static void restore_senders(struct restore *restore) {
    const struct books *books = restore->ledger->books;
    struct rest rest = {books->total, books->reported_sent, books->reported_lost,
                        books->implausible};
    const struct image_records records =
        ledger_records(restore->ledger, TABLE_SENDERS, restore->image);
    const uint64_t most = records.table.items < SENDERS_MAX ? records.table.items : SENDERS_MAX;
    const uint32_t count = restore->was.sender_count;
    restore->row_count = (uint32_t)(count < most ? count : most);
    restore->rows = memory_array((size_t)restore->row_count + 1, sizeof *restore->rows);
    take_rows(restore, &records, &rest);
    take_handles(restore);
    take_pairs(restore);
    take_departed(restore, &rest);
}

/* ---- groups of rejections: for people, so implausible values are left out ---- */

/* Find the present label for a label of the image. False: it no longer exists. */
static bool present_label(const struct restore *restore, const struct catalog_family *family,
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

/* Turn the key of a former group into the present one. False: there is none. */
static bool update_key(const struct restore *restore, struct group_key *key) {
    const struct group_key was = *key;
    *key = (struct group_key){.service = SERVICE_NONE,
                              .family = OBJECT_NONE,
                              .folded = was.folded == 1,
                              .reason = was.reason < restore->reason_count
                                            ? (uint16_t)restore->reasons[was.reason]
                                            : SG_REJECT_NONE};
    if (key->reason == SG_REJECT_NONE)
        return false;
    if (was.family == OBJECT_NONE) {
        if (was.service >= SERVICE_FIRST)
            key->service = (uint32_t)present_service(restore, was.service - SERVICE_FIRST);
        return key->service != SERVICE_FORMER;
    }
    const struct catalog_family *family = object_match_family(restore->match, was.family);
    if (family == NULL || !present_label(restore, family, was.label, &key->label))
        return false;
    key->family = family->index;
    key->service = SERVICE_FIRST + family->catalog->index;
    return true;
}

/* Restore groups of rejections; call it after the reasons are matched. */
static void restore_groups(const struct restore *restore) {
    struct group_table *groups = &restore->ledger->groups;
    const struct image_records records =
        ledger_records(restore->ledger, TABLE_GROUPS, restore->image);
    for (uint64_t i = 0; i < records.table.items && i < LEDGER_GROUPS_MAX; i++) {
        struct reject_group was = {0};
        bool made;
        image_record(&records, i, &was);
        if (was.last_ms == 0 || !update_key(restore, &was.key))
            continue;
        struct reject_group *group = ledger_reject_groups_take(restore->ledger, &was.key, &made);
        if (!made)
            continue;
        group->first_ms = was.first_ms;
        group->last_ms = was.last_ms;
        group->sent = was.sent;
        group->who = was.who;
    }
    groups->forgot = records.field_count == 0 || groups->used == LEDGER_GROUPS_MAX;
}

/* ---- ended processes ---- */

/* No process sees this many ends. */
#define SERIALS (UINT64_C(1) << 53)

/* Clear the reference in rows whose entries were not restored. */
static void follow_rows(struct ledger *ledger) {
    for (size_t i = 0; i < ledger->books->sender_count; i++) {
        struct sender *row = &ledger->senders.rows[i];
        if (row->ended > ledger->ended.serial)
            row->ended = 0;
    }
}

/* Restore ended processes; call it after the senders. */
static void restore_ended(const struct restore *restore) {
    struct ended_ring *ring = &restore->ledger->ended;
    const struct image_records records =
        ledger_records(restore->ledger, TABLE_ENDED, restore->image);
    for (uint64_t i = 0; i < records.table.items && i < LEDGER_ENDED_MAX; i++) {
        struct ended_process was = {.service = -1};
        image_record(&records, i, &was);
        if (was.serial == 0 || was.serial > SERIALS)
            continue;
        struct ended_process *entry = object_at(&ring->table, (was.serial - 1) % LEDGER_ENDED_MAX);
        if (entry->serial > was.serial)
            continue;
        was.row = present_row(restore, was.row);
        was.service = present_index(restore, was.service);
        *entry = was;
        if (was.serial > ring->serial)
            ring->serial = was.serial;
    }
    follow_rows(restore->ledger);
}

/* ---- reasons ---- */

static enum sg_reject reason_of(const struct image_records *records, uint32_t record) {
    struct reason_name reason = {""};
    image_record(records, record, &reason);
    for (int i = SG_REJECT_NONE + 1; i < SG_REJECT_COUNT; i++)
        if (strcmp(reason.name, sg_reject_label((enum sg_reject)i)) == 0)
            return (enum sg_reject)i;
    return SG_REJECT_NONE;
}

/* Match the image's reasons with the present ones by name. */
static void match_reasons(struct restore *restore) {
    enum { REASONS_MAX = 256 };
    const struct image_records records =
        ledger_records(restore->ledger, TABLE_REASONS, restore->image);
    struct image_table services;
    struct image_field field = {0};
    if (image_find(restore->image, "service", OBJECT_NONE, OBJECT_NONE, &services))
        field = image_field(&services, "reasons", OBJECT_U64);
    restore->reason_count = field.count < REASONS_MAX ? field.count : REASONS_MAX;
    restore->reasons = memory_array((size_t)restore->reason_count + 1, sizeof *restore->reasons);
    for (uint32_t i = 0; i < restore->reason_count; i++)
        restore->reasons[i] = reason_of(&records, i);
}

/* Add counts by reason, under the present number of each. Unknown reasons are left out. */
static void add_reasons(const struct restore *restore, const struct image_table *table,
                        uint64_t record, const char *name, uint64_t reasons[SG_REJECT_COUNT]) {
    const struct image_field field = image_field(table, name, OBJECT_U64);
    for (uint32_t i = 0; i < restore->reason_count; i++) {
        const uint64_t count = image_integer(table, record, field, i);
        uint64_t *known = &reasons[restore->reasons[i]];
        if (restore->reasons[i] != SG_REJECT_NONE && count <= OBJECT_COUNT_MAX - *known)
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
        if (tally->by_verdict[i] > OBJECT_COUNT_MAX - *total)
            continue;
        books->tally.by_verdict[i] += tally->by_verdict[i];
        *total += tally->by_verdict[i];
    }
}

static size_t restore_service_of(const struct restore *restore, uint64_t record) {
    if (record == SERVICE_NONE || record == SERVICE_FORMER)
        return (size_t)record;
    return present_service(restore, (uint32_t)(record - SERVICE_FIRST));
}

static void read_services(const struct restore *restore) {
    struct ledger *ledger = restore->ledger;
    const struct image_records records = ledger_records(ledger, TABLE_SERVICES, restore->image);
    for (uint64_t i = 0; i < records.table.items && i < UINT32_MAX; i++) {
        struct service_books *books = &ledger->services[restore_service_of(restore, i)];
        struct service_books was = {0};
        image_record(&records, i, &was);
        add_tally(ledger, books, &was.tally);
        add_reasons(restore, &records.table, i, "reasons", books->reasons);
        add_reasons(restore, &records.table, i, "row_reasons", books->rows);
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
        if (count == 0 || count > OBJECT_COUNT_MAX)
            continue;
        uint64_t *cells = ledger_tables_family(restore->ledger, family);
        cells += folds ? table_cells(family) : 0;
        cells[(size_t)label * SG_REJECT_COUNT + restore->reasons[i]] += count;
        some = true;
    }
    return some;
}

static void read_families(const struct restore *restore) {
    const struct image_records records =
        ledger_records(restore->ledger, TABLE_FAMILIES, restore->image);
    const struct image_records cells = ledger_records(restore->ledger, TABLE_CELLS, restore->image);
    struct former_cells from = {.table = cells.table, .count = cells.at[0]};
    for (uint64_t i = 0; i < records.table.items && i < OBJECT_NONE; i++) {
        const struct catalog_family *family = object_match_family(restore->match, (uint32_t)i);
        struct family_books was = {0};
        image_record(&records, i, &was);
        if (family == NULL || was.cells == 0 || was.cells > cells.table.items)
            continue;
        struct family_books *books = &restore->ledger->families[family->index];
        from.first = was.cells - 1;
        from.label_count = object_match_label_count(restore->match, family);
        for (uint32_t label = 0; label <= family->label_count; label++) {
            books->rejected |= add_label(restore, family, &from, label, false);
            books->folded |= add_label(restore, family, &from, label, true);
        }
    }
}

/* ---- what there is once ---- */

static void read_books(struct restore *restore) {
    struct books *books = restore->ledger->books;
    struct books *was = &restore->was;
    const struct image_records records =
        ledger_records(restore->ledger, TABLE_BOOKS, restore->image);
    image_record(&records, 0, was);
    books->full = was->full;
    memcpy(books->spellings_full, was->spellings_full, sizeof books->spellings_full);
    books->reported_sent = was->reported_sent;
    books->reported_lost = was->reported_lost;
    books->implausible = was->implausible;
    books->traffic = was->traffic;
    books->departed_rows = was->departed_rows;
}

/* Add samples of a run that the image's books do not count yet; the sender is a row of the image,
 * the service a present row. Returns for how many of them there is room. */
static uint64_t add_run(const struct restore *restore, uint32_t sender_there, size_t service,
                        enum verdict verdict, uint64_t count) {
    struct ledger *ledger = restore->ledger;
    const uint32_t row = present_row(restore, sender_there);
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
    (void)add_run(restore, position->sender, present_service(restore, position->service),
                  VERDICT_ACCEPTED, position->accepted);
}

void ledger_restore(struct ledger *ledger, const struct image *image, const struct match *match) {
    struct restore restore = {.ledger = ledger, .image = image, .match = match};
    match_reasons(&restore);
    read_services(&restore);
    read_families(&restore);
    read_books(&restore);
    restore_groups(&restore);
    restore_senders(&restore);
    restore_ended(&restore);
    add_position(&restore);
    free(restore.reasons);
    free(restore.rows);
    undo_commit(ledger->undo);
}
