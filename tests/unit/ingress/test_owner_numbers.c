/* SPDX-License-Identifier: MIT */
/* Rows and process numbers that pass to other processes, and owners that are ended from
 * elsewhere. */
#include <unistd.h>

#include "assertions.h"
#include "files.h"
#include "ingress/ingress.h"
#include "owner_rig.h"
#include "place.h"

TestSuite(owner_numbers, .init = rig_start, .fini = owner_rig_end, .timeout = 300);

Test(owner_numbers, spares_a_row_that_is_another_processes_by_now) {
    start();
    const pid_t child = sleeping_child();
    const struct sender *sender = row_for(child, 1000);
    cr_expect(ne(u32, owner_watch_on_new(watch, sender), OWNER_NONE));
    ledger_sender_describe(sender, "other", 1);
    end_child(child);
    (void)turn_until_deaths(1);
    cr_expect(ledger_sender_at(rig_ledger, 0)->alive);
}

Test(owner_numbers, takes_last_words_for_the_ended_ones_own) {
    start();
    catch_ups_in_vain = SIZE_MAX;
    const pid_t child = sleeping_child();
    const owner_id id = own(child);
    end_child_unreaped(child);
    rig_turn();
    cr_expect(eq(u32, own(child), id));
    reap(child);
    cr_expect(eq(u32, own(child), id));
    cr_expect(eq(u64, watch_now().deaths, 0));
}

Test(owner_numbers, ends_the_owner_whose_number_is_another_processes) {
    start_with(place_folder, 0, OWNERS_MAX);
    make_stat(getpid(), "made up", 100);
    const owner_id first = own(getpid());
    cr_assert(ne(u32, first, OWNER_NONE));
    make_stat(getpid(), "made up", 200);
    const owner_id second = own(getpid());
    cr_expect(ne(u32, second, OWNER_NONE));
    cr_expect(ne(u32, second, first));
    cr_expect(owners_live(owners, first) == NULL);
    cr_expect(eq(u32, owners_now().live, 1));
    cr_expect(eq(sz, releases, 0)); /* not in the middle of a datagram */
    rig_turn();
    cr_expect(eq(sz, releases, 1));
    rig_turn();
    cr_expect(eq(sz, releases, 1));
}

Test(owner_numbers, lets_go_of_an_owner_that_somebody_else_ended) {
    start_with("/proc", OWNERS_MAX, 1);
    const pid_t first = sleeping_child();
    const pid_t second = sleeping_child();
    const size_t before = open_descriptors();
    const owner_id first_id = own(first);
    owners_end(owners, first_id);
    owners_release(owners, first_id);
    const owner_id second_id = own(second); /* in the same place */
    cr_expect(ne(u32, second_id, OWNER_NONE));
    cr_expect(eq(sz, open_descriptors(), before + 1));
    cr_expect(eq(u32, watch_now().descriptors, 1));
    end_child(first);
    for (int i = 0; i < 5; i++)
        rig_turn();
    cr_expect(owners_live(owners, second_id) != NULL);
    end_child(second);
    (void)turn_until_deaths(1);
}
