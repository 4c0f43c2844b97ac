/*
 * verdicts.c - verdicts: every sample is counted once in the total, once for its service and once
 * for its sender, so that the three sums always agree.
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

struct ledger *ledger_new(const struct memory *memory, struct object *object,
                          const struct catalog_set *set, uint64_t seed) {
    struct ledger *ledger = memory_alloc(memory, sizeof *ledger);
    if (ledger == NULL)
        return NULL;
    ledger->memory = memory;
    ledger->set = set;
    ledger->seed = seed;
    if (!tables_init(ledger, object) || !senders_init(&ledger->senders, memory) ||
        !handles_init(&ledger->handles, memory) || !pairs_init(&ledger->pairs, memory, set) ||
        !recent_init(&ledger->recent, memory) ||
        !spellings_init(&ledger->spellings, memory, seed) ||
        !reject_groups_init(&ledger->groups, memory)) {
        ledger_free(ledger);
        return NULL;
    }
    return ledger;
}

uint64_t ledger_bytes(const struct catalog_set *set) {
    return heap_bytes(sizeof(struct ledger)) + senders_bytes() + handles_bytes() +
           pairs_bytes(set) + recent_bytes() + spellings_bytes() + reject_groups_bytes();
}

uint64_t ledger_details_bytes(void) {
    return recent_bytes() + spellings_bytes() + reject_groups_bytes() + tables_details_bytes();
}

void ledger_free(struct ledger *ledger) {
    if (ledger == NULL)
        return;
    const struct memory *memory = ledger->memory;
    tables_done(ledger);
    senders_done(&ledger->senders, memory);
    handles_done(&ledger->handles, memory);
    pairs_done(&ledger->pairs, memory);
    recent_done(&ledger->recent, memory);
    spellings_done(&ledger->spellings, memory);
    reject_groups_done(&ledger->groups, memory);
    memory_release(memory, ledger);
}

/* ---- writing ---- */

void ledger_accept(struct ledger *ledger, const struct sender *sender, uint32_t service,
                   uint64_t count) {
    runs_count_verdict(ledger, sender, SERVICE_FIRST + service, VERDICT_ACCEPTED, count);
}

static void count_or_hold(struct ledger *ledger, const struct sender *sender,
                          const struct ledger_entry *entry, enum verdict verdict, uint64_t count,
                          int64_t real_ms) {
    if (entry->waits)
        runs_hold(ledger, sender, entry, verdict, count, real_ms);
    else
        runs_count(ledger, sender, entry, verdict, count, real_ms);
}

/* Record whether the entry's next samples in this run need only ledger_again. */
static void note_run(const struct ledger *ledger, const struct ledger_entry *entry, bool complete) {
    if (entry->mark != NULL)
        entry->mark->run =
            complete && ledger->books->held.count > 0 ? ledger->groups.run_number : 0;
}

void ledger_fold(struct ledger *ledger, const struct sender *sender,
                 const struct ledger_entry *entry, uint64_t count) {
    const int64_t real_ms = sender->last_seen_ms;
    count_or_hold(ledger, sender, entry, VERDICT_FOLDED, count, real_ms);
    note_run(ledger, entry, spellings_fold(ledger, sender, entry, count, real_ms));
}

void ledger_settle(struct ledger *ledger) {
    runs_end(ledger);
    spellings_settle(&ledger->spellings);
}

void ledger_ignore(struct ledger *ledger, const struct sender *sender,
                   const struct ledger_entry *entry, uint64_t count) {
    runs_count_verdict(ledger, sender, runs_service_row(entry), VERDICT_IGNORED, count);
}

void ledger_reject(struct ledger *ledger, const struct sender *sender,
                   const struct ledger_entry *entry, struct sg_span line, size_t offset,
                   uint64_t count, int64_t real_ms) {
    count_or_hold(ledger, sender, entry, VERDICT_REJECTED, count, real_ms);
    const bool spelled = spellings_reject(ledger, sender, entry, count, real_ms);
    const bool kept = recent_keep(&ledger->recent, sender, entry->reason, line, offset, real_ms);
    note_run(ledger, entry, spelled && !kept);
}

bool ledger_again(struct ledger *ledger, const struct sender *sender,
                  const struct ledger_mark *mark, uint64_t count, int64_t real_ms) {
    const struct group_run *run = &ledger->groups.run;
    if (mark->run != ledger->groups.run_number || run->sender != sender || run->real_ms != real_ms)
        return false;
    if (mark->text != 0 && !heavy_count_same(run->texts, mark->text, count))
        return false;
    runs_hold_more(ledger, count);
    return true;
}

void ledger_row(struct ledger *ledger, const struct ledger_entry *entry, enum verdict verdict,
                int64_t real_ms) {
    if (verdict != VERDICT_FOLDED && verdict != VERDICT_REJECTED)
        return;
    runs_count(ledger, NULL, entry, verdict, 1, real_ms);
    if (verdict == VERDICT_REJECTED)
        runs_add(ledger, &ledger->services[runs_service_row(entry)].rows[entry->reason], 1);
}

void ledger_hide_text(struct ledger *ledger) {
    recent_hide(&ledger->recent);
    spellings_hide(&ledger->spellings);
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
