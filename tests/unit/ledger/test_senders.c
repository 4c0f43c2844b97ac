/* SPDX-License-Identifier: MIT */
#include "assertions.h"
#include "fixture.h"
#include "ledger/ledger.h"

static struct fixture f;

static void setup(void) {
    fixture_init(&f);
}

static void teardown(void) {
    fixture_done(&f);
}

TestSuite(ledger_senders, .init = setup, .fini = teardown);

Test(ledger_senders, a_number_is_whose_it_was_by_then) {
    bool is_new;
    struct who who;
    ledger_sender_describe(ledger_sender(f.ledger, 10, 1000, 100, 1000, &is_new), "worker", 1);
    ledger_sender_describe(ledger_sender(f.ledger, 10, 1001, 100, 5000, &is_new), "other", 2);
    (void)ledger_sender_name(f.ledger, 10, 4999, &who);
    cr_expect(eq(str, who.comm, "worker"));
    (void)ledger_sender_name(f.ledger, 10, 5000, &who);
    cr_expect(eq(str, who.comm, "other"));
    cr_expect(eq(u32, who.uid, 1001));
    /* A process that was not seen yet at that time, and one without a number. */
    (void)ledger_sender_name(f.ledger, 10, 999, &who);
    cr_expect(eq(str, who.comm, ""));
    cr_expect(eq(i32, who.pid, 10));
    (void)ledger_sender_name(f.ledger, 0, 5000, &who);
    cr_expect(eq(i32, who.pid, 0));
}

Test(ledger_senders, a_described_row_knows_its_process) {
    const struct sender *sender = seen(&f, 10);
    ledger_sender_describe(sender, "a-name-longer-than-fifteen", 4711);
    cr_expect(eq(str, (char *)sender->comm, "a-name-longer-t"));
    cr_expect(eq(u64, sender->start_ticks, 4711));
    cr_expect(sender->described);
    ledger_sender_describe(sender, "short", 4711);
    cr_expect(eq(str, (char *)sender->comm, "short"));
    ledger_sender_describe(sender, NULL, 4711);
    cr_expect(eq(str, (char *)sender->comm, ""));
}

Test(ledger_senders, a_full_table_closes_the_row_not_seen_for_longest) {
    for (int32_t pid = 1; pid <= SENDERS_MAX; pid++)
        ledger_accept(f.ledger, seen(&f, pid), 0, 1);
    cr_expect(eq(u64, ledger_full(f.ledger).senders, 0));
    seen(&f, 1); /* now pid 2 is the oldest */

    bool is_new;
    ledger_sender(f.ledger, SENDERS_MAX + 1, 1000, 100, 3000, &is_new);
    cr_expect(is_new);
    cr_expect(eq(sz, ledger_sender_count(f.ledger), SENDERS_MAX));
    cr_expect(eq(u64, ledger_full(f.ledger).senders, 1));
    cr_expect(eq(i32, ledger_sender_at(f.ledger, 1)->pid, SENDERS_MAX + 1));
    uint64_t rows;
    cr_expect(eq(u64, ledger_departed(f.ledger, &rows)->tally.by_verdict[VERDICT_ACCEPTED], 1));
    cr_expect(eq(u64, rows, 1));
    assert_sums_close(&f);

    ledger_sender(f.ledger, 1, 1000, 100, 3000, &is_new);
    cr_expect(not(is_new), "kept: it was seen lately");
    ledger_sender(f.ledger, 2, 1000, 100, 3000, &is_new);
    cr_expect(is_new, "closed, so it comes as new, in place of 3");
    ledger_sender(f.ledger, 3, 1000, 100, 3000, &is_new);
    cr_expect(is_new);
}

Test(ledger_senders, a_full_table_prefers_to_close_a_gone_process) {
    for (int32_t pid = 1; pid <= SENDERS_MAX; pid++)
        seen(&f, pid);
    ledger_set_alive(f.ledger, 5, false);               /* pid 6, among the oldest few */
    ledger_set_alive(f.ledger, SENDERS_MAX / 2, false); /* seen too recently to be considered */
    bool is_new;
    seen(&f, 50001);
    cr_expect(eq(i32, ledger_sender_at(f.ledger, 5)->pid, 50001));
    seen(&f, 50002);
    cr_expect(eq(i32, ledger_sender_at(f.ledger, 0)->pid, 50002));
    ledger_sender(f.ledger, SENDERS_MAX / 2 + 1, 1000, 100, 3000, &is_new);
    cr_expect(eq(i32, ledger_sender_at(f.ledger, SENDERS_MAX / 2)->pid, SENDERS_MAX / 2 + 1));
}
