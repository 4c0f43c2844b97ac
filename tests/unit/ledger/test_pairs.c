/* SPDX-License-Identifier: MIT */
/* What a sender of several services sent for each of them. */
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

TestSuite(ledger_pairs, .init = setup, .fini = teardown, .timeout = 300);

static const struct sender *at(int32_t pid, int64_t real_ms) {
    bool is_new;
    return ledger_sender(f.ledger, pid, 1000, 100, real_ms, &is_new);
}

static struct ledger_entry entry_of(int family, enum sg_reject reason) {
    return (struct ledger_entry){.service = f.families[family].catalog,
                                 .family = &f.families[family],
                                 .label = -1,
                                 .reason = reason};
}

static void expect_sent(size_t row, uint32_t service, uint64_t accepted, int64_t last_seen_ms) {
    struct ledger_sent sent;
    cr_assert(ledger_sent_for(f.ledger, row, service, &sent), "service %u", service);
    cr_expect(eq(u32, sent.service, service));
    cr_expect(eq(u64, sent.tally.by_verdict[VERDICT_ACCEPTED], accepted), "service %u", service);
    cr_expect(eq(i64, sent.last_seen_ms, last_seen_ms), "service %u", service);
}

Test(ledger_pairs, of_one_service_the_row_says_all) {
    struct ledger_sent sent;
    uint32_t walk = 0;
    (void)at(10, 1000);
    cr_expect(eq(u32, ledger_sender_services(f.ledger, 0), 0));
    cr_expect(not(ledger_sent_next(f.ledger, 0, &walk, &sent)));
    cr_expect(not(ledger_sent_for(f.ledger, 0, 0, &sent)));
    ledger_accept(f.ledger, at(10, 2000), 1, 5);
    cr_expect(eq(u32, ledger_sender_services(f.ledger, 0), 1));
    expect_sent(0, 1, 5, 2000);
    cr_expect(not(ledger_sent_for(f.ledger, 0, 0, &sent)));
    cr_assert(ledger_sent_next(f.ledger, 0, &walk, &sent));
    cr_expect(eq(u32, sent.service, 1));
    cr_expect(not(ledger_sent_next(f.ledger, 0, &walk, &sent)));
}

Test(ledger_pairs, each_service_has_what_was_sent_for_it) {
    struct ledger_sent sent;
    uint64_t sum = 0;
    size_t services = 0;
    ledger_accept(f.ledger, at(10, 1000), 1, 5);
    ledger_accept(f.ledger, at(10, 2000), 0, 3);
    ledger_accept(f.ledger, at(10, 3000), 2, 1);
    ledger_accept(f.ledger, at(10, 4000), 0, 4);
    ledger_accept(f.ledger, at(11, 4000), 0, 9);
    cr_expect(eq(u32, ledger_sender_services(f.ledger, 0), 3));
    expect_sent(0, 1, 5, 2000); /* the pair is made with the second service */
    expect_sent(0, 0, 7, 4000);
    expect_sent(0, 2, 1, 3000);
    expect_sent(1, 0, 9, 4000);
    for (uint32_t walk = 0; ledger_sent_next(f.ledger, 0, &walk, &sent); services++)
        sum += tally_total(&sent.tally);
    cr_expect(eq(sz, services, 3));
    cr_expect(eq(u64, sum, tally_total(&ledger_sender_at(f.ledger, 0)->tally)));
    cr_expect(eq(i32, ledger_sender_at(f.ledger, 0)->service, 0));
    assert_sums_close(&f);
}

/* Folds and rejections that wait in a run are counted for the service that they were sent for. */
Test(ledger_pairs, counts_in_a_row_are_of_their_service) {
    const struct ledger_entry first = entry_of(0, SG_REJECT_LABEL_VALUE);
    const struct ledger_entry second = entry_of(1, SG_REJECT_LABEL_VALUE);
    struct ledger_sent sent;
    for (int i = 0; i < 4; i++)
        ledger_fold(f.ledger, at(10, 1000), &first, 1);
    for (int i = 0; i < 3; i++)
        ledger_fold(f.ledger, at(10, 1000), &second, 1);
    ledger_accept(f.ledger, at(10, 1000), 2, 1);
    for (int i = 0; i < 5; i++)
        ledger_reject(f.ledger, at(10, 1000), &first, (struct sg_span){"x", 1}, 0, 1, 1000);
    cr_assert(ledger_sent_for(f.ledger, 0, 0, &sent));
    cr_expect(eq(u64, sent.tally.by_verdict[VERDICT_FOLDED], 4));
    cr_expect(eq(u64, sent.tally.by_verdict[VERDICT_REJECTED], 5));
    cr_assert(ledger_sent_for(f.ledger, 0, 1, &sent));
    cr_expect(eq(u64, sent.tally.by_verdict[VERDICT_FOLDED], 3));
    assert_sums_close(&f);
}

Test(ledger_pairs, end_with_their_row) {
    struct ledger_sent sent;
    ledger_accept(f.ledger, at(10, 1000), 1, 5);
    ledger_accept(f.ledger, at(10, 1000), 0, 3);
    ledger_sender_restart(f.ledger, ledger_sender_at(f.ledger, 0), 2000);
    cr_expect(eq(u32, ledger_sender_services(f.ledger, 0), 0));
    cr_expect(not(ledger_sent_for(f.ledger, 0, 1, &sent)));
    ledger_accept(f.ledger, ledger_sender_at(f.ledger, 0), 2, 1);
    cr_expect(eq(u32, ledger_sender_services(f.ledger, 0), 1));
    assert_sums_close(&f);
}

Test(ledger_pairs, a_process_that_ended_is_one_of_each_of_its_services) {
    struct ledger_ended ended;
    struct ledger_sent sent;
    ledger_accept(f.ledger, at(10, 1000), 1, 5);
    ledger_accept(f.ledger, at(10, 1000), 0, 3);
    ledger_sender_gone(f.ledger, 0, 2000);
    cr_assert(ledger_ended(f.ledger, UINT64_MAX, &ended));
    cr_expect(ledger_sent_for(f.ledger, ended.row, 1, &sent));
    ledger_sender_restart(f.ledger, ledger_sender_at(f.ledger, 0), 2000);
    cr_assert(ledger_ended(f.ledger, UINT64_MAX, &ended));
    cr_expect(eq(sz, ended.row, SIZE_MAX));
}

/* ---- the full table ---- */

enum { MANY = 8, FULL_ROWS = PAIRS_MAX / MANY };

static struct catalog many[MANY];
static struct catalog *many_list[MANY];

/* A ledger of so many services, with every place taken by processes 1, 2, .. of all of them. */
static void fill(void) {
    for (uint32_t i = 0; i < MANY; i++) {
        many[i] = (struct catalog){.service = "many", .index = i};
        many_list[i] = &many[i];
    }
    f.set = (struct catalog_set){.catalogs = many_list, .count = MANY};
    ledger_free(f.ledger);
    f.ledger = ledger_new(NULL, &f.set, 7);
    cr_assert(ne(ptr, f.ledger, NULL));
    for (int32_t pid = 1; pid <= FULL_ROWS; pid++)
        for (uint32_t service = 0; service < MANY; service++)
            ledger_accept(f.ledger, at(pid, 1000), service, 1);
    cr_assert(eq(u64, ledger_full(f.ledger).pairs, 0));
}

Test(ledger_pairs, without_a_place_the_row_still_counts) {
    struct ledger_sent sent;
    fill();
    const struct sender *sender = at(FULL_ROWS + 1, 2000);
    ledger_accept(f.ledger, sender, 0, 5);
    ledger_accept(f.ledger, sender, 3, 2);
    cr_expect(eq(u64, ledger_full(f.ledger).pairs, 1));
    cr_expect(eq(u64, tally_total(&sender->tally), 7));
    cr_expect(eq(u32, ledger_sender_services(f.ledger, FULL_ROWS), 1));
    cr_assert(ledger_sent_for(f.ledger, FULL_ROWS, 3, &sent), "the last");
    cr_expect(not(ledger_sent_for(f.ledger, FULL_ROWS, 0, &sent)));
}

Test(ledger_pairs, a_gone_process_makes_room) {
    fill();
    ledger_set_alive(f.ledger, 2, false);
    ledger_accept(f.ledger, at(FULL_ROWS + 1, 2000), 0, 5);
    ledger_accept(f.ledger, at(FULL_ROWS + 1, 2000), 3, 2);
    expect_sent(FULL_ROWS, 0, 5, 2000);
    expect_sent(FULL_ROWS, 3, 2, 2000);
    cr_expect(eq(u32, ledger_sender_services(f.ledger, 2), 1));
    cr_expect(eq(u64, ledger_full(f.ledger).pairs, 0));
}
