#include "assertions.h"
#include "fixture.h"

static struct fixture f;

static void setup(void) {
    fixture_init(&f);
}

static void teardown(void) {
    fixture_done(&f);
}

TestSuite(ledger_handles, .init = setup, .fini = teardown);

static uint64_t total_sent(void) {
    uint64_t sent, lost;
    ledger_reported(f.ledger, &sent, &lost);
    return sent;
}

Test(ledger_handles, growth_counts_and_the_first_report_whole) {
    struct sender *sender = seen(&f, 10);
    ledger_report(f.ledger, sender, 0xabc, 10, 2, 8);
    cr_expect(eq(u64, sender->sent, 10));
    cr_expect(eq(u64, sender->lost, 2));
    cr_expect(eq(u64, sender->numbered, 8));
    ledger_report(f.ledger, sender, 0xabc, 25, 2, 15);
    cr_expect(eq(u64, sender->sent, 25));
    cr_expect(eq(u64, sender->lost, 2));
    cr_expect(eq(u64, sender->numbered, 23));
    uint64_t sent, lost;
    ledger_reported(f.ledger, &sent, &lost);
    cr_expect(eq(u64, sent, 25));
    cr_expect(eq(u64, lost, 2));
}

Test(ledger_handles, numbers_that_fall_are_ignored) {
    struct sender *sender = seen(&f, 10);
    ledger_report(f.ledger, sender, 1, 20, 5, 15);
    ledger_report(f.ledger, sender, 1, 10, 6, 5);
    cr_expect(eq(u64, sender->sent, 20));
    cr_expect(eq(u64, sender->lost, 6));
    cr_expect(eq(u64, sender->numbered, 20), "so datagrams may come in any order");
    ledger_report(f.ledger, sender, 1, 21, 0, 1);
    cr_expect(eq(u64, sender->sent, 21));
    cr_expect(eq(u64, sender->lost, 6));
}

Test(ledger_handles, what_a_handle_delivered_to_an_earlier_daemon_does_not_count) {
    struct sender *sender = seen(&f, 10);
    ledger_report(f.ledger, sender, 1, 1000, 7, 3); /* 990 went to the daemon before this one */
    cr_expect(eq(u64, sender->sent, 10));
    cr_expect(eq(u64, sender->lost, 7));
    cr_expect(eq(u64, sender->numbered, 3));
    ledger_report(f.ledger, sender, 1, 1005, 8, 4);
    cr_expect(eq(u64, sender->sent, sender->numbered + sender->lost));
}

Test(ledger_handles, handles_of_a_process_add_up) {
    struct sender *sender = seen(&f, 10);
    ledger_report(f.ledger, sender, 1, 20, 0, 20);
    ledger_report(f.ledger, sender, 2, 30, 0, 30);
    ledger_report(f.ledger, sender, 1, 21, 0, 1);
    ledger_report(f.ledger, sender, 2, 33, 0, 3);
    cr_expect(eq(u64, sender->sent, 54));
    cr_expect(eq(u64, sender->numbered, 54));
}

Test(ledger_handles, a_forged_handle_leaves_its_owner_alone) {
    seen(&f, 10);
    seen(&f, 11);
    ledger_report(f.ledger, seen(&f, 10), 1, 20, 0, 20);
    ledger_report(f.ledger, seen(&f, 11), 1, UINT64_MAX, UINT64_MAX, 1);
    ledger_report(f.ledger, seen(&f, 10), 1, 25, 1, 4);
    const struct sender *owner = ledger_sender_at(f.ledger, 0);
    cr_expect(eq(u64, owner->sent, 25));
    cr_expect(eq(u64, owner->lost, 1));
}

Test(ledger_handles, claims_stop_at_what_a_double_can_tell) {
    const uint64_t cap = UINT64_C(1) << 53;
    struct sender *sender = seen(&f, 10);
    ledger_report(f.ledger, sender, 1, UINT64_MAX, cap + 1, 1);
    cr_expect(eq(u64, sender->sent, cap));
    cr_expect(eq(u64, sender->lost, cap));
    ledger_report(f.ledger, sender, 2, 5, 0, 1);
    cr_expect(eq(u64, sender->sent, cap), "the row's sum, too");
    cr_expect(eq(u64, total_sent(), cap));
}

Test(ledger_handles, sums_of_absurd_claims_do_not_wrap) {
    for (int32_t pid = 1; pid <= 3000; pid++)
        ledger_report(f.ledger, seen(&f, pid), 1, UINT64_MAX, 0, 1);
    cr_expect(eq(u64, total_sent(), UINT64_MAX));
    for (size_t i = 0; i < 3000; i++)
        sender_restart(f.ledger, (struct sender *)ledger_sender_at(f.ledger, i), 2000);
    uint64_t rows;
    cr_expect(eq(u64, ledger_departed(f.ledger, &rows)->sent, UINT64_MAX));
}

Test(ledger_handles, a_process_keeps_its_newest_handles) {
    struct sender *sender = seen(&f, 10);
    for (uint64_t handle = 1; handle <= HANDLES_PER_SENDER_MAX; handle++)
        ledger_report(f.ledger, sender, handle, 10, 0, 10);
    ledger_report(f.ledger, sender, 1, 11, 0, 1); /* now 2 reported least recently */
    ledger_report(f.ledger, sender, 5000, 10, 0, 10);
    const uint64_t before = sender->sent;
    ledger_report(f.ledger, sender, 1, 11, 0, 0);
    cr_expect(eq(u64, sender->sent, before), "still known");
    ledger_report(f.ledger, sender, 2, 13, 0, 1);
    cr_expect(eq(u64, sender->sent, before + 1), "forgotten, so it is met anew");
    cr_expect(eq(u64, ledger_full(f.ledger).handles, 0));
}

/* Processes 1.. whose handles take every place. */
static void fill(void) {
    for (int32_t pid = 1; pid <= HANDLES_MAX / HANDLES_PER_SENDER_MAX; pid++) {
        struct sender *sender = seen(&f, pid);
        for (uint64_t handle = 1; handle <= HANDLES_PER_SENDER_MAX; handle++)
            ledger_report(f.ledger, sender, handle, 1, 0, 1);
    }
    cr_assert(eq(u64, ledger_full(f.ledger).handles, 0));
    cr_assert(eq(u64, total_sent(), HANDLES_MAX));
}

Test(ledger_handles, a_full_table_refuses_new_handles_and_keeps_the_known) {
    fill();
    struct sender *late = seen(&f, 9999);
    ledger_report(f.ledger, late, 1, 10, 3, 7);
    cr_expect(eq(u64, late->sent, 0));
    cr_expect(eq(u64, late->lost, 0));
    cr_expect(eq(u64, late->numbered, 0));
    cr_expect(eq(u64, ledger_full(f.ledger).handles, 1));
    struct sender *known = seen(&f, 3);
    ledger_report(f.ledger, known, 77, 2, 0, 1);
    cr_expect(eq(u64, known->sent, HANDLES_PER_SENDER_MAX + 1));
    ledger_report(f.ledger, known, 123456, 5, 0, 5);
    cr_expect(eq(u64, known->sent, HANDLES_PER_SENDER_MAX + 6), "in place of its own oldest");
    cr_expect(eq(u64, ledger_full(f.ledger).handles, 1));
}

Test(ledger_handles, gone_processes_give_their_places_up) {
    fill();
    ledger_set_alive(f.ledger, 2, false);
    struct sender *late = seen(&f, 9999);
    /* Each report looks at a bounded number of places, so it may take a few to come round. */
    for (uint64_t handle = 1; handle <= 2000; handle++)
        ledger_report(f.ledger, late, handle, 1, 0, 1);
    cr_expect(eq(u64, late->numbered + ledger_full(f.ledger).handles, 2000));
    cr_expect(eq(u64, late->numbered, 1968), "after 32 reports of 64 looks at 2048 places");
}

Test(ledger_handles, a_closed_row_frees_its_handles) {
    fill();
    for (size_t i = 0; i < 4; i++)
        sender_restart(f.ledger, (struct sender *)ledger_sender_at(f.ledger, i), 2000);
    struct sender *late = seen(&f, 9999);
    for (uint64_t handle = 1; handle <= HANDLES_PER_SENDER_MAX; handle++)
        ledger_report(f.ledger, late, handle, 1, 0, 1);
    cr_expect(eq(u64, late->numbered, HANDLES_PER_SENDER_MAX));
    cr_expect(eq(u64, ledger_full(f.ledger).handles, 0));
}

Test(ledger_handles, an_evicted_row_takes_its_handles_along) {
    ledger_report(f.ledger, seen(&f, 1), 42, 10, 1, 9);
    for (int32_t pid = 2; pid <= SENDERS_MAX + 1; pid++)
        seen(&f, pid);
    uint64_t rows;
    cr_assert(eq(u64, ledger_departed(f.ledger, &rows)->sent, 10));
    /* The newcomer stands in the old place and uses the same handle. */
    struct sender *newcomer = seen(&f, SENDERS_MAX + 1);
    cr_assert(eq(ptr, newcomer, (void *)ledger_sender_at(f.ledger, 0)));
    ledger_report(f.ledger, newcomer, 42, 4, 0, 4);
    cr_expect(eq(u64, newcomer->sent, 4));
    cr_expect(eq(u64, total_sent(), 14));
}
