/*
 * verdicts.c - verdicts: every sample goes once into the total, once into its service's tally and
 * once into its sender's, so that the three sums agree at any time.
 */
#include "ledger/ledger.h"

#include <stdlib.h>

#include "base/heap.h"
#include "ledger/books.h"

const char *verdict_text(enum verdict verdict) {
    static const char *const texts[VERDICT_COUNT] = {"accepted", "folded", "rejected", "ignored"};
    return texts[verdict];
}

const char *ledger_telemetry_text(enum client_telemetry which) {
    static const char *const texts[TELEMETRY_COUNT] = {
        "metrics",         "events",     "service_checks", "packets_sent",
        "packets_dropped", "bytes_sent", "bytes_dropped"};
    return texts[which];
}

/* Cells of a family's table of label and reason. */
static size_t table_cells(const struct catalog_family *family) {
    return ((size_t)family->label_count + 1) * SG_REJECT_COUNT;
}

/* Of all families: a table of rejections and one of folds each. */
static size_t count_cells(const struct catalog_set *set) {
    size_t cells = 0;
    for (size_t i = 0; i < set->family_count; i++)
        cells += 2 * table_cells(set->families[i]);
    return cells;
}

static bool make_families(struct ledger *ledger) {
    const struct catalog_set *set = ledger->set;
    ledger->families =
        memory_array(ledger->memory, set->family_count + 1, sizeof *ledger->families);
    ledger->cells = memory_array(ledger->memory, count_cells(set), sizeof *ledger->cells);
    if (ledger->families == NULL || ledger->cells == NULL)
        return false;
    size_t at = 0;
    for (size_t i = 0; i < set->family_count; i++) {
        ledger->families[i].at = at;
        at += 2 * table_cells(set->families[i]);
    }
    return true;
}

struct ledger *ledger_new(const struct memory *memory, struct object *object,
                          const struct catalog_set *set, uint64_t seed) {
    (void)object;
    struct ledger *ledger = memory_alloc(memory, sizeof *ledger);
    if (ledger == NULL)
        return NULL;
    ledger->memory = memory;
    ledger->set = set;
    ledger->seed = seed;
    ledger->services = memory_array(memory, set->count + 1, sizeof *ledger->services);
    ledger->reasons = memory_array(memory, set->count + 1, sizeof *ledger->reasons);
    ledger->rows = memory_array(memory, set->count + 1, sizeof *ledger->rows);
    if (ledger->services == NULL || ledger->reasons == NULL || ledger->rows == NULL ||
        !make_families(ledger) || !senders_init(&ledger->senders, memory) ||
        !handles_init(&ledger->handles, memory) || !recent_init(&ledger->recent, memory) ||
        !unknown_init(&ledger->unknown, memory)) {
        ledger_free(ledger);
        return NULL;
    }
    return ledger;
}

uint64_t ledger_bytes(const struct catalog_set *set) {
    const uint64_t rows = set->count + 1;
    return heap_bytes(sizeof(struct ledger)) + heap_bytes(rows * sizeof(struct tally)) +
           2 * heap_bytes(rows * SG_REJECT_COUNT * sizeof(uint64_t)) +
           heap_bytes((set->family_count + 1) * sizeof(struct family_books)) +
           heap_bytes(count_cells(set) * sizeof(uint64_t)) + senders_bytes() + handles_bytes() +
           recent_bytes() + unknown_bytes();
}

void ledger_free(struct ledger *ledger) {
    if (ledger == NULL)
        return;
    const struct memory *memory = ledger->memory;
    memory_release(memory, ledger->cells);
    memory_release(memory, ledger->families);
    memory_release(memory, ledger->services);
    memory_release(memory, ledger->reasons);
    memory_release(memory, ledger->rows);
    senders_done(&ledger->senders, memory);
    handles_done(&ledger->handles, memory);
    recent_done(&ledger->recent, memory);
    unknown_done(&ledger->unknown, memory);
    memory_release(memory, ledger);
}

/* ---- writing ---- */

static void count_verdict(struct ledger *ledger, const struct sender *sender, size_t service,
                          enum verdict verdict, uint64_t count) {
    ledger->total.by_verdict[verdict] += count;
    ledger->services[service].by_verdict[verdict] += count;
    struct sender *row = senders_row(sender);
    row->tally.by_verdict[verdict] += count;
    if (service < ledger->set->count)
        row->service = (int32_t)service;
}

/* The row of the entry's service; the last row without one. */
static size_t service_row(const struct ledger *ledger, const struct ledger_entry *entry) {
    return entry->service == NULL ? ledger->set->count : entry->service->index;
}

/* Count samples, or values of rows, in the family's table of label and reason. */
static void count_family(struct ledger *ledger, const struct ledger_entry *entry,
                         enum verdict verdict, uint64_t count) {
    const struct catalog_family *family = entry->family;
    struct family_books *books = &ledger->families[family->index];
    const uint32_t labels = family->label_count;
    const uint32_t row =
        entry->label >= 0 && (uint32_t)entry->label < labels ? (uint32_t)entry->label : labels;
    size_t at = books->at + (size_t)row * SG_REJECT_COUNT + entry->reason;
    if (verdict == VERDICT_FOLDED)
        at += table_cells(family);
    *(verdict == VERDICT_FOLDED ? &books->folded : &books->rejected) = true;
    ledger->cells[at] += count;
}

void ledger_accept(struct ledger *ledger, const struct sender *sender, uint32_t service,
                   uint64_t count) {
    count_verdict(ledger, sender, service, VERDICT_ACCEPTED, count);
}

void ledger_fold(struct ledger *ledger, const struct sender *sender,
                 const struct ledger_entry *entry, uint64_t count) {
    count_verdict(ledger, sender, service_row(ledger, entry), VERDICT_FOLDED, count);
    if (entry->family != NULL)
        count_family(ledger, entry, VERDICT_FOLDED, count);
}

void ledger_ignore(struct ledger *ledger, const struct sender *sender,
                   const struct ledger_entry *entry, uint64_t count) {
    count_verdict(ledger, sender, service_row(ledger, entry), VERDICT_IGNORED, count);
}

void ledger_reject(struct ledger *ledger, const struct sender *sender,
                   const struct ledger_entry *entry, struct sg_span line, size_t offset,
                   uint64_t count, int64_t real_ms) {
    const size_t service = service_row(ledger, entry);
    count_verdict(ledger, sender, service, VERDICT_REJECTED, count);
    ledger->reasons[service][entry->reason] += count;
    if (entry->family != NULL)
        count_family(ledger, entry, VERDICT_REJECTED, count);
    if (entry->family != NULL && entry->unknown.at != NULL)
        unknown_count(ledger, entry, count);
    recent_keep(&ledger->recent, sender, entry->reason, line, offset, real_ms);
}

void ledger_row(struct ledger *ledger, const struct ledger_entry *entry, enum verdict verdict) {
    if (verdict != VERDICT_FOLDED && verdict != VERDICT_REJECTED)
        return;
    count_family(ledger, entry, verdict, 1);
    if (verdict == VERDICT_REJECTED)
        ledger->rows[service_row(ledger, entry)][entry->reason]++;
}

void ledger_hide_text(struct ledger *ledger) {
    recent_hide(&ledger->recent);
    unknown_hide(&ledger->unknown);
}

struct ledger_traffic *ledger_traffic(struct ledger *ledger) {
    return &ledger->traffic;
}

/* ---- reading ---- */

const struct tally *ledger_total(const struct ledger *ledger) {
    return &ledger->total;
}

static size_t row_of_service(const struct ledger *ledger, int service) {
    return service >= 0 && (size_t)service < ledger->set->count ? (size_t)service
                                                                : ledger->set->count;
}

const struct tally *ledger_service(const struct ledger *ledger, int service) {
    return &ledger->services[row_of_service(ledger, service)];
}

const uint64_t *ledger_reasons(const struct ledger *ledger, int service) {
    return ledger->reasons[row_of_service(ledger, service)];
}

const uint64_t *ledger_row_reasons(const struct ledger *ledger, int service) {
    return ledger->rows[row_of_service(ledger, service)];
}

struct ledger_full ledger_full(const struct ledger *ledger) {
    return ledger->full;
}

const uint64_t *ledger_family_rejected(const struct ledger *ledger,
                                       const struct catalog_family *family) {
    const struct family_books *books = &ledger->families[family->index];
    return books->rejected ? &ledger->cells[books->at] : NULL;
}

const uint64_t *ledger_family_folded(const struct ledger *ledger,
                                     const struct catalog_family *family) {
    const struct family_books *books = &ledger->families[family->index];
    return books->folded ? &ledger->cells[books->at + table_cells(family)] : NULL;
}
