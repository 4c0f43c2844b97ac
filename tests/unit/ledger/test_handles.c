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

TestSuite(ledger_handles, .init = setup, .fini = teardown);

static uint64_t total_sent(void) {
    uint64_t sent, lost;
    ledger_reported(f.ledger, &sent, &lost);
    return sent;
}

Test(ledger_handles, a_forged_handle_leaves_its_owner_alone) {
    seen(&f, 10);
    seen(&f, 11);
    report(&f, seen(&f, 10), 1, 20, 0, 20);
    report(&f, seen(&f, 11), 1, 70000, 60000, 1);
    report(&f, seen(&f, 10), 1, 25, 1, 4);
    const struct sender *owner = ledger_sender_at(f.ledger, 0);
    cr_expect(eq(u64, owner->sent, 25));
    cr_expect(eq(u64, owner->lost, 1));
}

/* Makes processes 1, 2, ..., whose handles take every place. */
static void fill(void) {
    for (int32_t pid = 1; pid <= HANDLES_MAX / HANDLES_PER_SENDER_MAX; pid++) {
        const struct sender *sender = seen(&f, pid);
        for (uint64_t handle = 1; handle <= HANDLES_PER_SENDER_MAX; handle++)
            report(&f, sender, handle, 1, 0, 1);
    }
    cr_assert(eq(u64, ledger_full(f.ledger).handles, 0));
    cr_assert(eq(u64, total_sent(), HANDLES_MAX));
}

Test(ledger_handles, a_full_table_refuses_new_handles_and_keeps_the_known) {
    fill();
    const struct sender *late = seen(&f, 9999);
    report(&f, late, 1, 10, 3, 7);
    cr_expect(eq(u64, late->sent, 0));
    cr_expect(eq(u64, late->lost, 0));
    cr_expect(eq(u64, late->numbered, 0));
    cr_expect(eq(u64, ledger_full(f.ledger).handles, 1));
    const struct sender *known = seen(&f, 3);
    report(&f, known, 77, 2, 0, 1);
    cr_expect(eq(u64, known->sent, HANDLES_PER_SENDER_MAX + 1));
    report(&f, known, 123456, 5, 0, 5);
    cr_expect(eq(u64, known->sent, HANDLES_PER_SENDER_MAX + 6), "in place of its own oldest");
    cr_expect(eq(u64, ledger_full(f.ledger).handles, 1));
}

Test(ledger_handles, gone_processes_give_their_places_up) {
    fill();
    ledger_set_alive(f.ledger, 2, false);
    const struct sender *late = seen(&f, 9999);
    /* Each report looks at a bounded number of places, so it may take several reports to find the
     * free ones. */
    for (uint64_t handle = 1; handle <= 2000; handle++)
        report(&f, late, handle, 1, 0, 1);
    cr_expect(eq(u64, late->numbered + ledger_full(f.ledger).handles, 2000));
    cr_expect(eq(u64, late->numbered, 1968), "after 32 reports of 64 looks at 2048 places");
}

/* ---- implausible claims ---- */

Test(ledger_handles, a_report_of_more_than_can_be_changes_nothing) {
    static const uint64_t claims[][2] = {
        {UINT64_C(9007199254740992), UINT64_C(9007199254740991)},
        {UINT64_MAX, UINT64_MAX},
        {CLAIM_START + 3, CLAIM_START + 1},
        {5, 6}, /* more lost than sent */
    };
    const struct sender *sender = seen(&f, 10);
    uint64_t implausible = 0;
    for (size_t i = 0; i < sizeof claims / sizeof claims[0]; i++) {
        report(&f, sender, 1, claims[i][0], claims[i][1], 1);
        cr_expect(eq(u64, ledger_implausible(f.ledger), ++implausible), "case %zu", i);
    }
    cr_expect(eq(u64, sender->implausible, implausible));
    cr_expect(eq(u64, sender->lost, 0));
    cr_expect(eq(u64, sender->numbered, 0));
    cr_expect(eq(u64, total_sent(), 0));
    report(&f, sender, 1, 7, 3, 4);
    cr_expect(eq(u64, sender->sent, 7), "the handle is as good as before");
    cr_expect(eq(u64, sender->lost, 3));
    report(&f, sender, 1, UINT64_MAX, 3, 1);
    report(&f, sender, 1, 8, UINT64_MAX, 1);
    cr_expect(eq(u64, ledger_implausible(f.ledger), implausible + 2), "later on, too");
    cr_expect(eq(u64, total_sent(), 7));
}

/* A first report may have any numbers, because its samples may have gone to another daemon. What is
 * lost later is bounded nevertheless. */
Test(ledger_handles, a_first_report_opens_no_way_around_the_bound) {
    const struct sender *sender = seen(&f, 10);
    report(&f, sender, 1, UINT64_C(1) << 53, 0, 1);
    cr_expect(eq(u64, sender->sent, 1));
    report(&f, sender, 1, UINT64_C(1) << 53, UINT64_C(1) << 53, 1);
    cr_expect(eq(u64, sender->lost, 0));
    cr_expect(eq(u64, ledger_implausible(f.ledger), 1));
}

Test(ledger_handles, the_bound_is_to_the_sample) {
    const struct sender *sender = seen(&f, 10);
    report(&f, sender, 1, CLAIM_START, CLAIM_START, 0);
    cr_expect(eq(u64, sender->lost, CLAIM_START));
    report(&f, sender, 1, CLAIM_START + 1, CLAIM_START + 1, 0);
    cr_expect(eq(u64, sender->lost, CLAIM_START));
    f.mono_ms += 1;
    report(&f, sender, 1, CLAIM_START + CLAIM_PER_MS + 1, CLAIM_START + CLAIM_PER_MS + 1, 0);
    cr_expect(eq(u64, sender->lost, CLAIM_START));
    report(&f, sender, 1, CLAIM_START + CLAIM_PER_MS, CLAIM_START + CLAIM_PER_MS, 0);
    cr_expect(eq(u64, sender->lost, CLAIM_START + CLAIM_PER_MS));
    cr_expect(eq(u64, ledger_implausible(f.ledger), 2));
}

/* All handles of a process share one bound, or a new handle for each report would evade it. */
Test(ledger_handles, handles_of_a_process_share_its_bound) {
    const struct sender *sender = seen(&f, 10);
    for (uint64_t handle = 1; handle <= 2000; handle++)
        report(&f, sender, handle, 10001, 10000, 1);
    cr_expect(eq(u64, sender->lost, CLAIM_START));
    cr_expect(eq(u64, ledger_implausible(f.ledger), 2000 - CLAIM_START / 10000));
    report(&f, seen(&f, 11), 1, 10001, 10000, 1);
    cr_expect(eq(u64, ledger_sender_at(f.ledger, 1)->lost, 10000), "another process has its own");
}

/* A thread that loses a million samples a second, nearly all that it sends, is believed at every
 * report. */
Test(ledger_handles, a_million_losses_a_second_are_believed) {
    const struct sender *sender = seen(&f, 10);
    uint64_t sent = 0;
    uint64_t lost = 0;
    for (int tick = 0; tick < 36000; tick++) {
        lost += 100000;
        sent += 100001;
        report(&f, sender, 1, sent, lost, 1);
        f.mono_ms += 100;
    }
    cr_expect(eq(u64, ledger_implausible(f.ledger), 0));
    cr_expect(eq(u64, sender->lost, lost));
    cr_expect(eq(u64, sender->sent, sender->numbered + sender->lost));
}

Test(ledger_handles, no_time_is_out_of_bounds) {
    const struct sender *sender = seen(&f, 10);
    f.mono_ms = 5000;
    report(&f, sender, 1, 1, 0, 1);
    f.mono_ms = INT64_MAX;
    report(&f, sender, 1, UINT64_C(1) << 52, (UINT64_C(1) << 52) - 2, 1);
    cr_expect(eq(u64, sender->lost, (UINT64_C(1) << 52) - 2));
    f.mono_ms = 0; /* runs backwards */
    report(&f, sender, 1, UINT64_C(1) << 53, UINT64_C(1) << 53, 1);
    report(&f, sender, 1, (UINT64_C(1) << 52) + 1, (UINT64_C(1) << 52) - 2, 1);
    cr_expect(eq(u64, ledger_implausible(f.ledger), 2));
}

Test(ledger_handles, closed_rows_keep_their_count_of_implausible_reports) {
    report(&f, seen(&f, 10), 1, UINT64_MAX, UINT64_MAX, 1);
    ledger_sender_restart(f.ledger, ledger_sender_at(f.ledger, 0), 2000);
    uint64_t rows;
    cr_expect(eq(u64, ledger_departed(f.ledger, &rows)->implausible, 1));
    cr_expect(eq(u64, ledger_sender_at(f.ledger, 0)->implausible, 0));
}
