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
