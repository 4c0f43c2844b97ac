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

Test(ledger_senders, a_process_has_one_row) {
    bool is_new = false;
    const struct sender *first = ledger_sender(f.ledger, 10, 1000, 100, 5000, &is_new);
    cr_assert(is_new);
    cr_expect(eq(i32, first->service, -1));
    cr_expect(first->alive);
    cr_expect(not(first->described));
    const struct sender *other = ledger_sender(f.ledger, 11, 1000, 100, 6000, &is_new);
    cr_assert(is_new);
    cr_assert(ne(ptr, (void *)other, (void *)first));
    const struct sender *again = ledger_sender(f.ledger, 10, 1000, 100, 7000, &is_new);
    cr_assert(not(is_new));
    cr_assert(eq(ptr, (void *)again, (void *)first));
    again = ledger_sender(f.ledger, 10, 1000, 100, 7500, &is_new);
    cr_assert(not(is_new));
    cr_expect(eq(u64, again->datagrams, 3));
    cr_expect(eq(i64, again->first_seen_ms, 5000));
    cr_expect(eq(i64, again->last_seen_ms, 7500));
    cr_expect(eq(sz, ledger_sender_count(f.ledger), 2));
}

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

Test(ledger_senders, each_credential_distinguishes_processes) {
    bool is_new;
    ledger_sender(f.ledger, 10, 1000, 100, 0, &is_new);
    ledger_sender(f.ledger, 10, 1001, 100, 0, &is_new);
    cr_expect(is_new);
    ledger_sender(f.ledger, 10, 1001, 101, 0, &is_new);
    cr_expect(is_new);
    ledger_sender(f.ledger, 0, UINT32_MAX, UINT32_MAX, 0, &is_new);
    cr_expect(is_new);
    cr_expect(eq(sz, ledger_sender_count(f.ledger), 4));
}

Test(ledger_senders, rows_are_in_the_order_of_creation) {
    for (int32_t pid = 500; pid > 400; pid--)
        seen(&f, pid);
    seen(&f, 450);
    for (size_t i = 0; i < 100; i++)
        cr_assert(eq(i32, ledger_sender_at(f.ledger, i)->pid, 500 - (int32_t)i));
    cr_assert(eq(ptr, (void *)ledger_sender_at(f.ledger, 100), NULL));
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

Test(ledger_senders, a_gone_process_that_speaks_is_looked_at_again) {
    bool is_new;
    seen(&f, 10);
    ledger_sender_own(f.ledger, ledger_sender_at(f.ledger, 0), 7);
    const struct sender *sender = ledger_sender(f.ledger, 10, 1000, 100, 2000, &is_new);
    cr_expect(eq(u32, sender->owner, 7));
    ledger_set_alive(f.ledger, 0, false);
    sender = ledger_sender(f.ledger, 10, 1000, 100, 2000, &is_new);
    cr_expect(is_new);
    cr_expect(not(sender->alive));
    cr_expect(eq(u32, sender->owner, 0), "it may be another process");
    sender = ledger_sender(f.ledger, 10, 1000, 100, 2000, &is_new);
    cr_expect(is_new, "until it is described");
    ledger_sender_describe(sender, "back", 1);
    cr_expect(sender->alive);
    ledger_sender(f.ledger, 10, 1000, 100, 2000, &is_new);
    cr_expect(not(is_new));
    ledger_set_alive(f.ledger, 1, false); /* no such row */
}

Test(ledger_senders, a_reused_pid_starts_again_with_the_datagram_in_hand) {
    bool is_new;
    const struct sender *sender = seen(&f, 10);
    ledger_sender_describe(sender, "old", 1);
    seen(&f, 10);
    ledger_accept(f.ledger, sender, 1, 5);
    ledger_sender_telemetry(f.ledger, sender, TELEMETRY_METRICS, 9);
    report(&f, sender, 77, 6, 1, 5);
    ledger_set_alive(f.ledger, 0, false);

    sender = ledger_sender(f.ledger, 10, 1000, 100, 9000, &is_new);
    ledger_sender_restart(f.ledger, sender, 9000);
    ledger_sender_describe(sender, "new", 2);
    ledger_accept(f.ledger, sender, 2, 3);

    cr_expect(eq(sz, ledger_sender_count(f.ledger), 1));
    cr_expect(eq(u64, sender->datagrams, 1));
    cr_expect(eq(u64, sender->tally.by_verdict[VERDICT_ACCEPTED], 3));
    cr_expect(eq(u64, sender->sent, 0));
    cr_expect(eq(u64, sender->telemetry[TELEMETRY_METRICS], 0));
    cr_expect(eq(i64, sender->first_seen_ms, 9000));
    uint64_t rows;
    const struct sender *departed = ledger_departed(f.ledger, &rows);
    cr_expect(eq(u64, rows, 1));
    cr_expect(eq(u64, departed->datagrams, 2));
    cr_expect(eq(u64, departed->tally.by_verdict[VERDICT_ACCEPTED], 5));
    cr_expect(eq(u64, departed->numbered, 5));
    cr_expect(eq(u64, departed->sent, 6));
    cr_expect(eq(u64, departed->lost, 1));
    cr_expect(eq(u64, departed->telemetry[TELEMETRY_METRICS], 9));
    cr_expect(eq(i64, departed->first_seen_ms, 1000));
    assert_sums_close(&f);

    /* Its handles were closed, too: the same handle of the new process starts from zero. */
    report(&f, sender, 77, 4, 0, 4);
    cr_expect(eq(u64, sender->sent, 4));
}

Test(ledger_senders, the_departed_span_the_times_of_all) {
    const int64_t seen_ms[3] = {5000, 2000, 9000};
    bool is_new;
    for (int i = 0; i < 3; i++) {
        const struct sender *sender = ledger_sender(f.ledger, i, 1, 1, seen_ms[i], &is_new);
        ledger_sender_restart(f.ledger, sender, 10000);
    }
    uint64_t rows;
    const struct sender *departed = ledger_departed(f.ledger, &rows);
    cr_expect(eq(u64, rows, 3));
    cr_expect(eq(i64, departed->first_seen_ms, 2000));
    cr_expect(eq(i64, departed->last_seen_ms, 9000));
}

Test(ledger_senders, a_restart_between_datagrams_takes_all_of_them) {
    const struct sender *sender = seen(&f, 10);
    seen(&f, 10);
    ledger_sender_restart(f.ledger, sender, 9000);
    uint64_t rows;
    cr_expect(eq(u64, ledger_departed(f.ledger, &rows)->datagrams, 2));
    cr_expect(eq(u64, sender->datagrams, 0));
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

Test(ledger_senders, every_process_is_found_after_long_churn) {
    bool is_new;
    for (int32_t pid = 1; pid <= 5 * SENDERS_MAX; pid++)
        ledger_sender(f.ledger, pid * 7, 1000, 100, pid, &is_new);
    cr_expect(eq(u64, ledger_full(f.ledger).senders, UINT64_C(4) * SENDERS_MAX));
    for (int32_t pid = 4 * SENDERS_MAX + 1; pid <= 5 * SENDERS_MAX; pid++) {
        ledger_sender(f.ledger, pid * 7, 1000, 100, pid, &is_new);
        cr_assert(not(is_new), "pid %d was lost", pid * 7);
    }
}
