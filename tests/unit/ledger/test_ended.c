/* SPDX-License-Identifier: MIT */
/* Processes that ended: who they were, and what ended with them. */
#include "assertions.h"
#include "fixture.h"

static struct fixture f;

static void setup(void) {
    fixture_init(&f);
}

static void teardown(void) {
    fixture_done(&f);
}

TestSuite(ledger_ended, .init = setup, .fini = teardown);

static size_t meet(int32_t pid, const char *comm, const char *unit) {
    const struct sender *sender = seen(&f, pid);
    ledger_sender_describe(sender, comm, 5);
    ledger_sender_place(sender, unit);
    return ledger_sender_index(f.ledger, sender);
}

static struct ledger_ended last(void) {
    struct ledger_ended ended;
    cr_assert(ledger_ended(f.ledger, UINT64_MAX, &ended));
    return ended;
}

static size_t count_ended(void) {
    struct ledger_ended ended;
    size_t count = 0;
    for (uint64_t before = UINT64_MAX; ledger_ended(f.ledger, before, &ended);
         before = ended.serial)
        count++;
    return count;
}

Test(ledger_ended, the_oldest_goes) {
    struct who who;
    for (int32_t pid = 1; pid <= LEDGER_ENDED_MAX + 10; pid++)
        ledger_sender_gone(f.ledger, meet(pid, "worker", ""), 1000 + pid);
    cr_expect(eq(sz, count_ended(), LEDGER_ENDED_MAX));
    cr_expect(eq(i32, last().who.pid, LEDGER_ENDED_MAX + 10));
    cr_expect(not(ledger_ended_find(f.ledger, 10, &who)));
    cr_expect(ledger_ended_find(f.ledger, 11, &who));
    cr_expect(eq(i32, who.pid, 11));
}

Test(ledger_ended, a_row_that_makes_room_leaves_its_entry) {
    ledger_sender_gone(f.ledger, meet(1, "first", "one.service"), 2000);
    for (int32_t pid = 2; pid <= SENDERS_MAX + 1; pid++)
        (void)seen(&f, pid);
    ledger_accept(f.ledger, seen(&f, SENDERS_MAX + 1), 1, 8);
    cr_expect(eq(u64, ledger_full(f.ledger).senders, 1));
    cr_expect(eq(str, (char *)last().who.comm, "first"));
    cr_expect(eq(u64, last().samples, 0));
}
