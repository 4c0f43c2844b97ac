/* SPDX-License-Identifier: MIT */
#include "books.h"

#include <stdio.h>

#include "assertions.h"

static void put(struct strbuf *out, const char *name, uint64_t value) {
    if (value != 0)
        strbuf_printf(out, " %s=%llu", name, (unsigned long long)value);
}

static void put_tally(struct strbuf *out, const struct tally *tally) {
    for (int i = 0; i < VERDICT_COUNT; i++)
        put(out, ledger_verdict_text((enum verdict)i), tally->by_verdict[i]);
}

static void put_reasons(struct strbuf *out, const char *what, const uint64_t *reasons) {
    for (int i = 0; reasons != NULL && i < SG_REJECT_COUNT; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "%s.%s", what, sg_reject_label((enum sg_reject)i));
        put(out, name, reasons[i]);
    }
}

static void put_cells(struct strbuf *out, const struct catalog_family *family, const char *what,
                      const uint64_t *cells) {
    for (uint32_t label = 0; cells != NULL && label <= family->label_count; label++) {
        char name[32];
        (void)snprintf(name, sizeof name, "%s%u", what, label);
        put_reasons(out, name, cells + (size_t)label * SG_REJECT_COUNT);
    }
}

static void put_sums(struct strbuf *out, const struct sender *row) {
    put_tally(out, &row->tally);
    put(out, "datagrams", row->datagrams);
    put(out, "numbered", row->numbered);
    put(out, "sent", row->sent);
    put(out, "lost", row->lost);
    put(out, "implausible", row->implausible);
    put(out, "first", (uint64_t)row->first_seen_ms);
    put(out, "last", (uint64_t)row->last_seen_ms);
    for (int i = 0; i < TELEMETRY_COUNT; i++)
        put(out, ledger_telemetry_text((enum client_telemetry)i), row->telemetry[i]);
    strbuf_putc(out, '\n');
}

static void put_row(struct strbuf *out, const struct sender *row) {
    strbuf_printf(out, "%d %u %u service %d %s%s%s '%s' %llu reports %d %lld", row->pid, row->uid,
                  row->gid, row->service, row->owner != 0 ? "owner" : "",
                  row->alive ? " alive" : "", row->described ? " described" : "", row->comm,
                  (unsigned long long)row->start_ticks, row->reports,
                  (long long)row->reports_since_ms);
    put_sums(out, row);
}

/* Put what a sender of several services sent for each. */
static void put_sent(struct strbuf *out, const struct ledger *ledger, const struct catalog_set *set,
                     size_t row) {
    struct ledger_sent sent;
    for (uint32_t i = 0; ledger_sender_services(ledger, row) > 1 && i < set->count; i++) {
        if (!ledger_sent_for(ledger, row, i, &sent))
            continue;
        strbuf_printf(out, "  for %u", i);
        put_tally(out, &sent.tally);
        strbuf_putc(out, '\n');
    }
}

static void put_services(const struct ledger *ledger, const struct catalog_set *set,
                         struct strbuf *out) {
    for (int i = -1; i < (int)set->count; i++) {
        strbuf_printf(out, "service %d", i);
        put_tally(out, ledger_service(ledger, i));
        put_reasons(out, "rejected", ledger_reasons(ledger, i));
        put_reasons(out, "row", ledger_row_reasons(ledger, i));
        strbuf_putc(out, '\n');
    }
    strbuf_puts(out, "former");
    put_tally(out, ledger_former(ledger));
    strbuf_puts(out, "\ntotal");
    put_tally(out, ledger_total(ledger));
    strbuf_putc(out, '\n');
}

static void put_families(const struct ledger *ledger, const struct catalog_set *set,
                         struct strbuf *out) {
    for (size_t i = 0; i < set->family_count; i++) {
        const struct catalog_family *family = set->families[i];
        strbuf_puts(out, family->name);
        put_cells(out, family, "rejected", ledger_family_rejected(ledger, family));
        put_cells(out, family, "folded", ledger_family_folded(ledger, family));
        strbuf_putc(out, '\n');
    }
}

static void put_once(struct ledger *ledger, struct strbuf *out) {
    const struct ledger_full full = ledger_full(ledger);
    const struct ledger_traffic *traffic = ledger_traffic(ledger);
    uint64_t sent, lost;
    ledger_reported(ledger, &sent, &lost);
    put(out, "sent", sent);
    put(out, "lost", lost);
    put(out, "implausible", ledger_implausible(ledger));
    put(out, "full_senders", full.senders);
    put(out, "full_handles", full.handles);
    put(out, "full_pairs", full.pairs);
    put(out, "full_labels", full.unknown_labels);
    put(out, "datagrams", traffic->datagrams);
    put(out, "bytes", traffic->bytes);
    put(out, "truncated", traffic->truncated_datagrams);
    put(out, "truncated_bytes", traffic->truncated_bytes);
    strbuf_putc(out, '\n');
}

void books_dump(struct ledger *ledger, const struct catalog_set *set, struct strbuf *ret_text) {
    uint64_t rows;
    const struct sender *departed = ledger_departed(ledger, &rows);
    put_once(ledger, ret_text);
    put_services(ledger, set, ret_text);
    put_families(ledger, set, ret_text);
    for (size_t i = 0; i < ledger_sender_count(ledger); i++) {
        put_row(ret_text, ledger_sender_at(ledger, i));
        put_sent(ret_text, ledger, set, i);
    }
    strbuf_printf(ret_text, "departed %llu", (unsigned long long)rows);
    put_sums(ret_text, departed);
}

/* ---- sums ---- */

static void add(struct tally *sum, const struct tally *tally) {
    for (int i = 0; i < VERDICT_COUNT; i++)
        sum->by_verdict[i] += tally->by_verdict[i];
}

static void expect_reasons(const struct ledger *ledger, int service) {
    const uint64_t *reasons = ledger_reasons(ledger, service);
    uint64_t sum = 0;
    for (int i = 0; i < SG_REJECT_COUNT; i++)
        sum += reasons[i];
    cr_expect(eq(u64, sum, ledger_service(ledger, service)->by_verdict[VERDICT_REJECTED]));
}

void books_expect_closed(const struct ledger *ledger, const struct catalog_set *set) {
    uint64_t rows, reported_sent, reported_lost;
    const struct sender *departed = ledger_departed(ledger, &rows);
    struct tally services = *ledger_former(ledger);
    struct tally senders = departed->tally;
    uint64_t sent = departed->sent;
    uint64_t lost = departed->lost;
    uint64_t implausible = departed->implausible;
    for (int i = -1; i < (int)set->count; i++) {
        add(&services, ledger_service(ledger, i));
        expect_reasons(ledger, i);
    }
    for (size_t i = 0; i < ledger_sender_count(ledger); i++) {
        const struct sender *row = ledger_sender_at(ledger, i);
        add(&senders, &row->tally);
        sent += row->sent;
        lost += row->lost;
        implausible += row->implausible;
    }
    ledger_reported(ledger, &reported_sent, &reported_lost);
    for (int i = 0; i < VERDICT_COUNT; i++) {
        cr_expect(eq(u64, services.by_verdict[i], ledger_total(ledger)->by_verdict[i]));
        cr_expect(eq(u64, senders.by_verdict[i], ledger_total(ledger)->by_verdict[i]));
    }
    cr_expect(eq(u64, sent, reported_sent));
    cr_expect(eq(u64, lost, reported_lost));
    cr_expect(eq(u64, implausible, ledger_implausible(ledger)));
}
