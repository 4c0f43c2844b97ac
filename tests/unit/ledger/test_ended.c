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

Test(ledger_ended, a_process_is_kept_with_what_it_sent_and_took) {
    const size_t row = meet(7, "worker", "shop.service");
    ledger_accept(f.ledger, seen(&f, 7), 1, 5);
    cr_expect(eq(sz, count_ended(), 0));
    ledger_sender_gone(f.ledger, row, 4000);
    cr_expect(not(ledger_sender_at(f.ledger, row)->alive));
    ledger_sender_took(f.ledger, row, 7, 3, 2, 4001);
    ledger_sender_gone(f.ledger, row, 5000);
    cr_expect(eq(sz, count_ended(), 1), "once");
    const struct ledger_ended ended = last();
    cr_expect(eq(i32, ended.who.pid, 7));
    cr_expect(eq(str, (char *)ended.who.comm, "worker"));
    cr_expect(eq(str, (char *)ended.who.unit, "shop.service"));
    cr_expect(eq(i64, ended.at_ms, 4000));
    cr_expect(eq(i64, ended.first_seen_ms, 1000));
    cr_expect(eq(i32, ended.service, 1));
    cr_expect(eq(u64, ended.samples, 5));
    cr_expect(eq(u32, ended.parts, 3));
    cr_expect(eq(u32, ended.jobs, 2));
    cr_expect(eq(u32, ledger_sender_at(f.ledger, row)->took[TOOK_PARTS], 3));
}

Test(ledger_ended, last_datagrams_count) {
    const size_t row = meet(7, "worker", "");
    ledger_sender_gone(f.ledger, row, 4000);
    ledger_accept(f.ledger, seen(&f, 7), 1, 5);
    cr_expect(eq(u64, last().samples, 5));
    ledger_sender_restart(f.ledger, seen(&f, 7), 6000);
    ledger_accept(f.ledger, seen(&f, 7), 1, 100);
    cr_expect(eq(sz, count_ended(), 1));
    cr_expect(eq(u64, last().samples, 5), "those of the next process are its own");
    ledger_sender_gone(f.ledger, row, 7000);
    cr_expect(eq(sz, count_ended(), 2));
    cr_expect(eq(u64, last().samples, 100));
}

Test(ledger_ended, a_number_that_is_anothers_by_now_had_a_process_that_ended) {
    (void)meet(7, "first", "");
    ledger_sender_restart(f.ledger, seen(&f, 7), 6000);
    const struct ledger_ended ended = last();
    cr_expect(eq(str, (char *)ended.who.comm, "first"));
    cr_expect(eq(i64, ended.at_ms, 6000));
    /* What it owned is counted for it, not for the process that has its number now. */
    ledger_sender_took(f.ledger, 0, 7, 4, 0, 6001);
    cr_expect(eq(u32, last().parts, 4));
    cr_expect(eq(sz, count_ended(), 1));
    cr_expect(eq(u32, ledger_sender_at(f.ledger, 0)->took[TOOK_PARTS], 0));
}

Test(ledger_ended, an_owner_without_a_row_is_a_number) {
    ledger_sender_took(f.ledger, SIZE_MAX, 9, 1, 1, 3000);
    const struct ledger_ended ended = last();
    cr_expect(eq(i32, ended.who.pid, 9));
    cr_expect(eq(str, (char *)ended.who.comm, ""));
    cr_expect(eq(i32, ended.service, -1));
    cr_expect(eq(u32, ended.jobs, 1));
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

Test(ledger_ended, units_are_cut_and_what_is_put_off_counts) {
    char unit[2 * SENDER_UNIT_MAX];
    memset(unit, 'u', sizeof unit);
    unit[sizeof unit - 1] = '\0';
    const struct sender *sender = seen(&f, 7);
    cr_expect(not(sender->placed));
    ledger_sender_place(sender, unit);
    cr_expect(sender->placed);
    cr_expect(eq(sz, strlen(sender->unit), SENDER_UNIT_MAX - 1));
    ledger_sender_put_off(f.ledger);
    cr_expect(eq(u64, ledger_put_off(f.ledger), 1));
}
