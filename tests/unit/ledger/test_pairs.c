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

static void expect_sent(size_t row, uint32_t service, uint64_t accepted, int64_t last_seen_ms) {
    struct ledger_sent sent;
    cr_assert(ledger_sent_for(f.ledger, row, service, &sent), "service %u", service);
    cr_expect(eq(u32, sent.service, service));
    cr_expect(eq(u64, sent.tally.by_verdict[VERDICT_ACCEPTED], accepted), "service %u", service);
    cr_expect(eq(i64, sent.last_seen_ms, last_seen_ms), "service %u", service);
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
