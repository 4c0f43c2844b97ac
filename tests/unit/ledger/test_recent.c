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

Test(ledger_recent, a_rejection_keeps_its_text_place_and_sender) {
    ledger_sender_describe(seen(&f, 10), "worker", 1);
    reject("a:b\0c|x", 7, 3, 123456);
    const struct recent *recent = ledger_recent(f.ledger, 0);
    cr_assert(ne(ptr, (void *)recent, NULL));
    cr_expect(eq(u64, recent->serial, 1));
    cr_expect(eq(i64, recent->at_ms, 123456));
    cr_expect(eq(int, (int)recent->reason, SG_REJECT_MALFORMED));
    cr_expect(eq(sz, recent->offset, 3));
    cr_expect(eq(i32, recent->pid, 10));
    cr_expect(eq(u32, recent->uid, 1000));
    cr_expect(eq(str, (char *)recent->comm, "worker"));
    cr_assert(eq(u16, recent->line_len, 7));
    cr_expect(eq(int, memcmp(recent->line, "a:b\0c|x", 7), 0));
    cr_expect(not(recent->line_cut));
    cr_expect(eq(ptr, (void *)ledger_recent(f.ledger, 1), NULL));
}

Test(ledger_recent, a_long_line_is_cut) {
    char line[RECENT_LINE_MAX + 1];
    memset(line, 'x', sizeof line);
    reject(line, RECENT_LINE_MAX, 0, 1000);
    cr_expect(eq(u16, ledger_recent(f.ledger, 0)->line_len, RECENT_LINE_MAX));
    cr_expect(not(ledger_recent(f.ledger, 0)->line_cut));
    reject(line, RECENT_LINE_MAX + 1, 0, 1000);
    cr_expect(eq(u16, ledger_recent(f.ledger, 0)->line_len, RECENT_LINE_MAX));
    cr_expect(ledger_recent(f.ledger, 0)->line_cut);
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

Test(ledger_recent, the_ring_holds_the_newest) {
    for (int64_t i = 0; i < RECENT_MAX + 10; i++)
        reject("x", 1, (size_t)i, i * 1000);
    for (size_t i = 0; i < RECENT_MAX; i++)
        cr_assert(eq(sz, ledger_recent(f.ledger, i)->offset, RECENT_MAX + 9 - i));
    cr_expect(eq(ptr, (void *)ledger_recent(f.ledger, RECENT_MAX), NULL));
}

Test(ledger_recent, hidden_text_is_forgotten_and_no_more_is_kept) {
    reject("secret-one", 10, 4, 1000);
    ledger_hide_text(f.ledger);
    const struct recent *before = ledger_recent(f.ledger, 0);
    cr_expect(eq(u16, before->line_len, 0));
    cr_expect(eq(chr, before->line[0], '\0'));
    reject("secret-two", 10, 7, 2000);
    const struct recent *after = ledger_recent(f.ledger, 0);
    cr_expect(eq(u64, after->serial, 2));
    cr_expect(eq(sz, after->offset, 7));
    cr_expect(eq(u16, after->line_len, 0));
    cr_expect(not(after->line_cut));
    cr_expect(eq(chr, after->line[0], '\0'));
}
