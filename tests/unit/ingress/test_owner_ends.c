/* SPDX-License-Identifier: MIT */
/* Ends of owners' processes. */
#include <signal.h>
#include <unistd.h>

#include "assertions.h"
#include "files.h"
#include "listening.h"
#include "owner_rig.h"
#include "recorder.h"

TestSuite(owner_ends, .init = rig_start, .fini = owner_rig_end, .timeout = 300);

enum { MANY = 150 };

Test(owner_ends, ends_one_of_two) {
    start();
    const pid_t stays = sleeping_child();
    const pid_t goes = sleeping_child();
    const owner_id stays_id = own(stays);
    const owner_id goes_id = own(goes);
    end_child(goes);
    (void)turn_until_deaths(1);
    cr_expect(owners_live(owners, stays_id) != NULL);
    cr_expect(owners_live(owners, goes_id) == NULL);
    cr_expect(ledger_sender_at(rig_ledger, 0)->alive);
    cr_expect(not(ledger_sender_at(rig_ledger, 1)->alive));
    end_child(stays);
}

Test(owner_ends, leaves_nothing_open_after_many_deaths) {
    start();
    const size_t before = open_descriptors();
    for (uint64_t deaths = 1; deaths <= 200; deaths++) {
        const pid_t child = sleeping_child();
        cr_assert(ne(u32, own(child), OWNER_NONE));
        end_child(child);
        (void)turn_until_deaths(deaths);
    }
    cr_expect(eq(sz, open_descriptors(), before));
    cr_expect(eq(u32, owners_now().live, 0));
    cr_expect(eq(u64, owners_now().released, 200));
}

Test(owner_ends, ends_many_a_few_in_a_turn) {
    pid_t children[MANY];
    start();
    for (size_t i = 0; i < MANY; i++) {
        children[i] = sleeping_child();
        cr_assert(ne(u32, own(children[i]), OWNER_NONE));
    }
    for (size_t i = 0; i < MANY; i++)
        end_child(children[i]);
    (void)turn_until_deaths(MANY);
    cr_expect(eq(u32, most_at_once, OWNER_WATCH_ENDS_PER_TURN));
    cr_expect(eq(sz, releases, 3));
    cr_expect(eq(u32, owners_now().live, 0));
    cr_expect(eq(u32, watch_now().descriptors, 0));
}

/* The watch on the loop of an ingress whose sink takes one datagram a call. */
enum { LAST_WORDS = 200 };
