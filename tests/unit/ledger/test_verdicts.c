/* SPDX-License-Identifier: MIT */
#include "assertions.h"
#include "fixture.h"

static struct fixture f;

static void setup(void) {
    fixture_init(&f);
}

static void teardown(void) {
    fixture_done(&f);
}

TestSuite(ledger_verdicts, .init = setup, .fini = teardown);

static const struct sg_span no_line = {NULL, 0};

Test(ledger_verdicts, each_verdict_counts_for_total_service_and_sender) {
    const struct sender *sender = seen(&f, 10);
    const struct ledger_entry entry = {.service = &f.services[1],
                                       .family = &f.families[1],
                                       .label = 0,
                                       .reason = SG_REJECT_LABEL_VALUE};
    ledger_accept(f.ledger, sender, 1, 100);
    ledger_fold(f.ledger, sender, &entry, 20);
    ledger_reject(f.ledger, sender, &entry, no_line, 0, 3, 1000);
    ledger_ignore(f.ledger, sender, &entry, 4);
    const uint64_t expected[VERDICT_COUNT] = {100, 20, 3, 4};
    for (size_t v = 0; v < VERDICT_COUNT; v++) {
        cr_expect(eq(u64, ledger_total(f.ledger)->by_verdict[v], expected[v]));
        cr_expect(eq(u64, ledger_service(f.ledger, 1)->by_verdict[v], expected[v]));
        cr_expect(eq(u64, ledger_service(f.ledger, 0)->by_verdict[v], 0));
        cr_expect(eq(u64, sender->tally.by_verdict[v], expected[v]));
    }
    cr_expect(eq(u64, tally_total(ledger_total(f.ledger)), 127));
    cr_expect(eq(i32, sender->service, 1));
    assert_sums_close(&f);
}

Test(ledger_verdicts, what_has_no_service_has_a_row_of_its_own) {
    const struct sender *sender = seen(&f, 10);
    const struct ledger_entry entry = {
        .service = NULL, .family = NULL, .label = -1, .reason = SG_REJECT_UNKNOWN_FAMILY};
    ledger_accept(f.ledger, sender, 2, 1);
    ledger_reject(f.ledger, sender, &entry, no_line, 0, 2, 1000);
    ledger_ignore(f.ledger, sender, &entry, 5);
    cr_expect(eq(u64, ledger_service(f.ledger, -1)->by_verdict[VERDICT_REJECTED], 2));
    cr_expect(eq(u64, ledger_service(f.ledger, -1)->by_verdict[VERDICT_IGNORED], 5));
    cr_expect(eq(u64, ledger_reasons(f.ledger, -1)[SG_REJECT_UNKNOWN_FAMILY], 2));
    cr_expect(eq(i32, sender->service, 2), "the service last known stays");
    assert_sums_close(&f);
}

Test(ledger_verdicts, rejections_are_reported_by_reason) {
    const struct sender *sender = seen(&f, 10);
    struct ledger_entry entry = {
        .service = &f.services[0], .family = NULL, .label = -1, .reason = SG_REJECT_BAD_VALUE};
    ledger_reject(f.ledger, sender, &entry, no_line, 0, 2, 1000);
    entry.reason = SG_REJECT_BAD_RATE;
    ledger_reject(f.ledger, sender, &entry, no_line, 0, 3, 1000);
    entry.reason = SG_REJECT_LABEL_VALUE;
    ledger_fold(f.ledger, sender, &entry, 7);
    cr_expect(eq(u64, ledger_reasons(f.ledger, 0)[SG_REJECT_BAD_VALUE], 2));
    cr_expect(eq(u64, ledger_reasons(f.ledger, 0)[SG_REJECT_BAD_RATE], 3));
    cr_expect(eq(u64, ledger_reasons(f.ledger, 0)[SG_REJECT_LABEL_VALUE], 0), "a fold is none");
    cr_expect(eq(u64, ledger_reasons(f.ledger, 1)[SG_REJECT_BAD_VALUE], 0));
}

Test(ledger_verdicts, a_family_counts_by_label_and_reason) {
    const struct sender *sender = seen(&f, 10);
    const struct catalog_family *family = &f.families[3];
    struct ledger_entry entry = {
        .service = &f.services[0], .family = family, .label = 2, .reason = SG_REJECT_LABEL_VALUE};
    cr_expect(eq(ptr, (void *)ledger_family_rejected(f.ledger, family), NULL));
    cr_expect(eq(ptr, (void *)ledger_family_folded(f.ledger, family), NULL));
    ledger_reject(f.ledger, sender, &entry, no_line, 0, 4, 1000);
    entry.label = -1;
    entry.reason = SG_REJECT_SERIES_LIMIT;
    ledger_reject(f.ledger, sender, &entry, no_line, 0, 5, 1000);
    entry.label = 3; /* beyond its labels, so it counts as none */
    ledger_reject(f.ledger, sender, &entry, no_line, 0, 1, 1000);
    entry.label = 0;
    entry.reason = SG_REJECT_LABEL_OVERFLOW;
    ledger_fold(f.ledger, sender, &entry, 6);
    const uint64_t *rejected = ledger_family_rejected(f.ledger, family);
    const uint64_t *folded = ledger_family_folded(f.ledger, family);
    cr_expect(eq(u64, rejected[2 * SG_REJECT_COUNT + SG_REJECT_LABEL_VALUE], 4));
    cr_expect(eq(u64, rejected[3 * SG_REJECT_COUNT + SG_REJECT_SERIES_LIMIT], 6));
    cr_expect(eq(u64, folded[0 * SG_REJECT_COUNT + SG_REJECT_LABEL_OVERFLOW], 6));
    cr_expect(eq(u64, rejected[0 * SG_REJECT_COUNT + SG_REJECT_LABEL_OVERFLOW], 0));
    cr_expect(eq(ptr, (void *)ledger_family_rejected(f.ledger, &f.families[0]), NULL));
}

Test(ledger_verdicts, traffic_is_kept) {
    ledger_traffic(f.ledger)->bytes += 10;
    ledger_traffic(f.ledger)->bytes += 5;
    cr_expect(eq(u64, ledger_traffic(f.ledger)->bytes, 15));
}

Test(ledger_verdicts, words_are_those_of_the_views) {
    cr_expect(eq(str, (char *)ledger_verdict_text(VERDICT_ACCEPTED), "accepted"));
    cr_expect(eq(str, (char *)ledger_verdict_text(VERDICT_FOLDED), "folded"));
    cr_expect(eq(str, (char *)ledger_verdict_text(VERDICT_REJECTED), "rejected"));
    cr_expect(eq(str, (char *)ledger_verdict_text(VERDICT_IGNORED), "ignored"));
    cr_expect(eq(str, (char *)ledger_telemetry_text(TELEMETRY_METRICS), "metrics"));
    cr_expect(eq(str, (char *)ledger_telemetry_text(TELEMETRY_EVENTS), "events"));
    cr_expect(eq(str, (char *)ledger_telemetry_text(TELEMETRY_SERVICE_CHECKS), "service_checks"));
    cr_expect(eq(str, (char *)ledger_telemetry_text(TELEMETRY_PACKETS_SENT), "packets_sent"));
    cr_expect(eq(str, (char *)ledger_telemetry_text(TELEMETRY_PACKETS_DROPPED), "packets_dropped"));
    cr_expect(eq(str, (char *)ledger_telemetry_text(TELEMETRY_BYTES_SENT), "bytes_sent"));
    cr_expect(eq(str, (char *)ledger_telemetry_text(TELEMETRY_BYTES_DROPPED), "bytes_dropped"));
}

Test(ledger_verdicts, values_of_rows_count_for_their_family_only) {
    const struct catalog_family *family = &f.families[2];
    struct ledger_entry entry = {
        .service = &f.services[2], .family = family, .label = 1, .reason = SG_REJECT_LABEL_VALUE};
    ledger_row(f.ledger, &entry, VERDICT_FOLDED, 1000);
    ledger_row(f.ledger, &entry, VERDICT_REJECTED, 1000);
    ledger_row(f.ledger, &entry, VERDICT_REJECTED, 1000);
    ledger_row(f.ledger, &entry, VERDICT_ACCEPTED, 1000);
    ledger_row(f.ledger, &entry, VERDICT_IGNORED, 1000);
    entry.label = -1;
    entry.reason = SG_REJECT_BAD_VALUE;
    ledger_row(f.ledger, &entry, VERDICT_REJECTED, 1000);
    const uint64_t *rejected = ledger_family_rejected(f.ledger, family);
    cr_assert(ne(ptr, (void *)rejected, NULL));
    cr_expect(eq(u64, rejected[1 * SG_REJECT_COUNT + SG_REJECT_LABEL_VALUE], 2));
    cr_expect(eq(u64, rejected[2 * SG_REJECT_COUNT + SG_REJECT_BAD_VALUE], 1));
    const uint64_t *folded = ledger_family_folded(f.ledger, family);
    cr_expect(eq(u64, folded[1 * SG_REJECT_COUNT + SG_REJECT_LABEL_VALUE], 1));
    cr_expect(eq(u64, ledger_row_reasons(f.ledger, 2)[SG_REJECT_LABEL_VALUE], 2));
    cr_expect(eq(u64, ledger_row_reasons(f.ledger, 2)[SG_REJECT_BAD_VALUE], 1));
    cr_expect(eq(u64, ledger_row_reasons(f.ledger, 0)[SG_REJECT_LABEL_VALUE], 0));
    cr_expect(eq(u64, ledger_reasons(f.ledger, 2)[SG_REJECT_LABEL_VALUE], 0), "no samples");
    cr_expect(eq(u64, tally_total(ledger_total(f.ledger)), 0));
    cr_expect(eq(u64, tally_total(ledger_service(f.ledger, 2)), 0));
    assert_sums_close(&f);
}
