/* SPDX-License-Identifier: MIT */
/* What senders add to the curves of a service: their number, datagrams and losses. */
#include "assertions.h"
#include "fixture.h"

static struct fixture f;

static void setup(void) {
    fixture_init(&f);
}

static void teardown(void) {
    fixture_done(&f);
}

TestSuite(history_senders, .init = setup, .fini = teardown);

static void reports(int32_t pid, uint64_t sent, uint64_t lost) {
    const struct ledger_claim claim = {.handle = 1, .sent = sent, .lost = lost};
    ledger_report(f.ledger, sends(&f, pid), &claim, f.mono_ms);
}

Test(history_senders, live_ones_are_a_number) {
    accepts(&f, 10, 0, 1);
    accepts(&f, 11, 0, 1);
    accepts(&f, 12, 1, 1);
    pass(&f, 1);
    ledger_set_alive(f.ledger, 0, false);
    pass(&f, 1);
    expect_curve(&f, 0, HISTORY_SENDERS, HISTORY_SHORT, 2, "2 1");
    expect_curve(&f, 1, HISTORY_SENDERS, HISTORY_SHORT, 2, "1 1");
    expect_curve(&f, HISTORY_ALL, HISTORY_SENDERS, HISTORY_SHORT, 2, "3 2");
    double now;
    cr_assert(history_service_rate(f.history, 0, HISTORY_SENDERS, &now));
    cr_expect(epsilon_eq(dbl, now, 1, 1e-9));
}

Test(history_senders, a_minute_has_the_most_of_its_seconds) {
    pass(&f, 20);
    accepts(&f, 10, 0, 1);
    accepts(&f, 11, 0, 1);
    pass(&f, 1);
    ledger_set_alive(f.ledger, 0, false);
    ledger_set_alive(f.ledger, 1, false);
    pass(&f, 59);
    expect_curve(&f, 0, HISTORY_SENDERS, HISTORY_LONG, 1, "2");
}

Test(history_senders, of_another_pid_namespace_it_counts_for_a_minute) {
    accepts(&f, 0, 0, 1);
    pass(&f, 59);
    expect_curve(&f, 0, HISTORY_SENDERS, HISTORY_SHORT, 1, "1");
    pass(&f, 1);
    expect_curve(&f, 0, HISTORY_SENDERS, HISTORY_SHORT, 1, "0");
}

Test(history_senders, datagrams_and_losses_are_of_the_service_sent_for_last) {
    accepts(&f, 10, 0, 1);
    reports(10, 1, 0);
    pass(&f, 1);
    accepts(&f, 10, 1, 1);
    reports(10, 9, 7);
    pass(&f, 1);
    expect_curve(&f, 0, HISTORY_DATAGRAMS, HISTORY_SHORT, 2, "2 0");
    expect_curve(&f, 1, HISTORY_DATAGRAMS, HISTORY_SHORT, 2, "0 2");
    expect_curve(&f, 1, HISTORY_LOST, HISTORY_SHORT, 2, "0 7");
    expect_curve(&f, HISTORY_ALL, HISTORY_LOST, HISTORY_SHORT, 2, "0 7");
    expect_curve(&f, HISTORY_ALL, HISTORY_DATAGRAMS, HISTORY_SHORT, 2, "2 2");
}

Test(history_senders, one_of_several_services_is_a_sender_of_each) {
    accepts(&f, 10, 0, 1);
    accepts(&f, 10, 1, 1);
    accepts(&f, 11, 1, 1);
    pass(&f, 1);
    expect_curve(&f, 0, HISTORY_SENDERS, HISTORY_SHORT, 1, "1");
    expect_curve(&f, 1, HISTORY_SENDERS, HISTORY_SHORT, 1, "2");
    expect_curve(&f, HISTORY_ALL, HISTORY_SENDERS, HISTORY_SHORT, 1, "2");
}

Test(history_senders, a_process_without_a_service_is_the_daemons) {
    (void)sends(&f, 10);
    pass(&f, 1);
    expect_curve(&f, 0, HISTORY_DATAGRAMS, HISTORY_SHORT, 1, "0");
    expect_curve(&f, HISTORY_ALL, HISTORY_DATAGRAMS, HISTORY_SHORT, 1, "1");
    expect_curve(&f, HISTORY_ALL, HISTORY_SENDERS, HISTORY_SHORT, 1, "1");
}

Test(history_senders, a_row_that_begins_again_counts_from_zero) {
    for (int i = 0; i < 5; i++)
        accepts(&f, 10, 0, 1);
    pass(&f, 1);
    ledger_sender_restart(f.ledger, ledger_sender_at(f.ledger, 0), f.real_ms);
    accepts(&f, 10, 0, 1);
    accepts(&f, 10, 0, 1);
    pass(&f, 1);
    expect_curve(&f, 0, HISTORY_DATAGRAMS, HISTORY_SHORT, 2, "5 2");
}

Test(history_senders, all_that_there_can_be_are_looked_at) {
    for (int32_t pid = 1; pid <= SENDERS_MAX + 10; pid++)
        accepts(&f, pid, (uint32_t)pid % 2, 1);
    pass(&f, 1);
    expect_curve(&f, HISTORY_ALL, HISTORY_SENDERS, HISTORY_SHORT, 1, "16384");
    expect_curve(&f, 0, HISTORY_SENDERS, HISTORY_SHORT, 1, "8192");
}
