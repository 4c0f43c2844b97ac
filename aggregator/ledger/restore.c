/*
 * restore.c - takes over the books of another process from its object.
 *
 * The services come first, since their sum is the total, which limits what senders can have. So the
 * sums match whatever the image says; where it contradicts itself, senders' rows are left out.
 */
#include "ledger/restore.h"

#include <string.h>

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

static size_t service_of(const struct restore *restore, uint64_t record) {
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
        struct service_books *books = &ledger->services[service_of(restore, i)];
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
                                        : match_label(restore->match, family, label);
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
        uint64_t *cells = tables_family(restore->ledger, family);
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
        const struct catalog_family *family = match_family(restore->match, (uint32_t)i);
        const uint64_t at = restore_read_integer(&table, i, "cells", OBJECT_U64);
        if (family == NULL || at == 0 || at > from.table.items)
            continue;
        struct family_books *books = &restore->ledger->families[family->index];
        from.first = at - 1;
        from.label_count = match_label_count(restore->match, family);
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
    struct sent_pair *pair = count > 0 && service >= SERVICE_FIRST && row != SLOTS_NONE
                                 ? runs_sends_for(ledger, sender, (uint32_t)service - SERVICE_FIRST)
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
    const struct catalog_family *family = match_family(restore->match, held->family);
    uint32_t label;
    if (family == NULL || !restore_groups_label(restore, family, held->label, &label))
        return;
    uint64_t *cells = tables_family(ledger, family);
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
    const size_t service = service_of(restore, held.service);
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
