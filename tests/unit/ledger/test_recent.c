/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "assertions.h"
#include "fixture.h"

static struct fixture f;

static void setup(void) {
    fixture_init(&f);
}

static void teardown(void) {
    fixture_done(&f);
}

TestSuite(ledger_recent, .init = setup, .fini = teardown);

static void reject(const char *line, size_t len, size_t offset, int64_t real_ms) {
    const struct ledger_entry entry = {.label = -1, .reason = SG_REJECT_MALFORMED};
    ledger_reject(f.ledger, seen(&f, 10), &entry, (struct sg_span){line, len}, offset, 1, real_ms);
}

Test(ledger_recent, a_second_keeps_a_bounded_number) {
    for (size_t i = 0; i < 1000; i++)
        reject("first", 5, 0, 5000 + (int64_t)(i % 1000));
    cr_expect(eq(u64, ledger_recent(f.ledger, 0)->serial, RECENT_PER_SECOND));
    cr_expect(eq(ptr, (void *)ledger_recent(f.ledger, RECENT_PER_SECOND), NULL));
    reject("next", 4, 0, 6000);
    cr_expect(eq(u64, ledger_recent(f.ledger, 0)->serial, RECENT_PER_SECOND + 1));
    cr_expect(eq(u64, ledger_total(f.ledger)->by_verdict[VERDICT_REJECTED], 1001));
}
