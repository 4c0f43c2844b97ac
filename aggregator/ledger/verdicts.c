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

struct ledger *ledger_new(const struct catalog_set *set, uint64_t seed) {
    struct ledger *ledger = calloc(1, sizeof *ledger);
    if (ledger == NULL)
        return NULL;
    ledger->set = set;
    ledger->seed = seed;
    ledger->services = calloc(set->count + 1, sizeof *ledger->services);
    ledger->reasons = calloc(set->count + 1, sizeof *ledger->reasons);
    ledger->rows = calloc(set->count + 1, sizeof *ledger->rows);
    ledger->families = calloc(set->family_count + 1, sizeof *ledger->families);
    if (ledger->services == NULL || ledger->reasons == NULL || ledger->rows == NULL ||
        ledger->families == NULL || !senders_init(&ledger->senders) ||
        !handles_init(&ledger->handles) || !recent_init(&ledger->recent) ||
        !unknown_init(&ledger->unknown)) {
        ledger_free(ledger);
        return NULL;
    }
    return ledger;
}

/* A family's table of label and reason. */
static size_t table_bytes(const struct catalog_family *family) {
    return ((size_t)family->label_count + 1) * SG_REJECT_COUNT * sizeof(uint64_t);
}

uint64_t ledger_bytes(const struct catalog_set *set) {
    const uint64_t rows = set->count + 1;
    uint64_t bytes = heap_bytes(sizeof(struct ledger)) + heap_bytes(rows * sizeof(struct tally)) +
                     2 * heap_bytes(rows * SG_REJECT_COUNT * sizeof(uint64_t)) +
                     heap_bytes((set->family_count + 1) * sizeof(struct family_books)) +
                     senders_bytes() + handles_bytes() + recent_bytes() + unknown_bytes();
    for (size_t i = 0; i < set->family_count; i++)
        bytes += 2 * heap_bytes(table_bytes(set->families[i]));
    return bytes;
}

void ledger_free(struct ledger *ledger) {
    if (ledger == NULL)
        return;
    if (ledger->families != NULL) {
        for (size_t i = 0; i < ledger->set->family_count; i++) {
            free(ledger->families[i].rejected);
            free(ledger->families[i].folded);
        }
    }
    free(ledger->families);
    free(ledger->services);
    free(ledger->reasons);
    free(ledger->rows);
    senders_done(&ledger->senders);
    handles_done(&ledger->handles);
    recent_done(&ledger->recent);
    unknown_done(&ledger->unknown);
    free(ledger);
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

/*
 * Add to a family's table of label and reason, made at the first need. Without memory the detail is
 * not kept; the totals do not depend on it.
 */
static void count_family(uint64_t **table, const struct ledger_entry *entry, uint64_t count) {
    const uint32_t labels = entry->family->label_count;
    if (*table == NULL) {
        *table = calloc(1, table_bytes(entry->family));
        if (*table == NULL)
            return;
    }
    const uint32_t row =
        entry->label >= 0 && (uint32_t)entry->label < labels ? (uint32_t)entry->label : labels;
    (*table)[(size_t)row * SG_REJECT_COUNT + entry->reason] += count;
}

void ledger_accept(struct ledger *ledger, const struct sender *sender, uint32_t service,
                   uint64_t count) {
    count_verdict(ledger, sender, service, VERDICT_ACCEPTED, count);
}

void ledger_fold(struct ledger *ledger, const struct sender *sender,
                 const struct ledger_entry *entry, uint64_t count) {
    count_verdict(ledger, sender, service_row(ledger, entry), VERDICT_FOLDED, count);
    if (entry->family != NULL)
        count_family(&ledger->families[entry->family->index].folded, entry, count);
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
        count_family(&ledger->families[entry->family->index].rejected, entry, count);
    if (entry->family != NULL && entry->unknown.at != NULL)
        unknown_count(ledger, entry, count);
    recent_keep(&ledger->recent, sender, entry->reason, line, offset, real_ms);
}

void ledger_row(struct ledger *ledger, const struct ledger_entry *entry, enum verdict verdict) {
    struct family_books *books = &ledger->families[entry->family->index];
    if (verdict == VERDICT_FOLDED) {
        count_family(&books->folded, entry, 1);
    } else if (verdict == VERDICT_REJECTED) {
        count_family(&books->rejected, entry, 1);
        ledger->rows[service_row(ledger, entry)][entry->reason]++;
    }
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
    return ledger->families[family->index].rejected;
}

const uint64_t *ledger_family_folded(const struct ledger *ledger,
                                     const struct catalog_family *family) {
    return ledger->families[family->index].folded;
}
