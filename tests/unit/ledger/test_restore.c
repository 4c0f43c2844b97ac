/* SPDX-License-Identifier: MIT */
/* Books of another process, taken over as they were. */
#include <string.h>

#include "assertions.h"
#include "restored.h"

TestSuite(ledger_restore, .init = restored_open, .fini = restored_close, .timeout = 300);

Test(ledger_restore, a_service_that_is_no_more_is_no_senders) {
    fill();
    ledger_accept(old.ledger, world_sender(&old, 10, 4000), 1, 6);
    undo_commit(undo());
    restore(1);
    cr_expect(eq(u32, ledger_sender_services(new.ledger, 0), 1));
    world_expect_closed(&new);
}

Test(ledger_restore, ended_processes_and_units_come_along) {
    struct ledger_ended ended;
    fill();
    const struct sender *first = world_sender(&old, 10, 1000);
    ledger_sender_place(first, "one.service");
    ledger_sender_gone(old.ledger, ledger_sender_index(old.ledger, first), 5000);
    ledger_sender_took(old.ledger, ledger_sender_index(old.ledger, first), 10, 2, 1, 5000);
    undo_commit(undo());
    const uint64_t samples = tally_total(&first->tally);
    restore(WORLD_SERVICES);
    cr_assert(ledger_ended(new.ledger, UINT64_MAX, &ended));
    cr_expect(eq(str, (char *)ended.who.comm, "first"));
    cr_expect(eq(str, (char *)ended.who.unit, "one.service"));
    cr_expect(eq(i64, ended.at_ms, 5000));
    cr_expect(eq(u64, ended.samples, samples));
    cr_expect(eq(u32, ended.parts, 2));
    const struct sender *here = world_sender(&new, 10, 6000);
    cr_expect(here->placed);
    cr_expect(eq(u32, here->took[TOOK_JOBS], 1));
    ledger_accept(new.ledger, here, 0, 7);
    cr_assert(ledger_ended(new.ledger, UINT64_MAX, &ended));
    cr_expect(eq(u64, ended.samples, samples + 7), "its last datagrams");
    cr_assert(ledger_ended(new.ledger, ended.serial, &ended));
    cr_expect(eq(i32, ended.who.pid, 12), "whose number another got");
    ledger_sender_gone(new.ledger, ledger_sender_index(new.ledger, world_sender(&new, 11, 6000)),
                       7000);
    cr_assert(ledger_ended(new.ledger, UINT64_MAX, &ended));
    cr_expect(eq(i32, ended.who.pid, 11));
}

Test(ledger_restore, processes_of_another_boot_are_gone) {
    bool is_new;
    fill();
    object_marks(old.object)->clean = 1;
    object_marks(old.object)->processes = 1;
    world_init_with(&new, WORLD_SERVICES);
    unsigned char *copy = world_copy(&old);
    world_restore_at(&new, &old, copy, &(struct image_host){9000, 9000, 2});
    world_drop(&old, copy);
    const struct sender *first = ledger_sender_at(new.ledger, 0);
    cr_expect(not(first->alive));
    cr_expect(eq(u64, first->start_ticks, 0), "who has its number now may have the same");
    cr_expect(eq(str, (char *)(uintptr_t)first->comm, "first"));
    (void)ledger_sender(new.ledger, 10, 1000, 100, 9500, &is_new);
    cr_expect(is_new, "it has to be looked at");
    world_expect_closed(&new);
}

Test(ledger_restore, a_handle_goes_on_from_its_last_report) {
    fill();
    restore(WORLD_SERVICES);
    const struct sender *sender = world_sender(&new, 10, 4000);
    restored_report(&new, sender, 1, 16, 3, 5);
    cr_expect(eq(u64, sender->sent, 16), "not as of one that is new");
    cr_expect(eq(u64, sender->lost, 3));
    world_expect_closed(&new);
}

static void commit_run(uint32_t row, uint32_t service, uint32_t accepted) {
    const struct undo_position position = {.sender = row, .service = service, .accepted = accepted};
    undo_commit_at(undo(), &position);
}

Test(ledger_restore, samples_of_a_position_without_a_row_are_the_departeds) {
    fill();
    commit_run(2000, 1, 40);
    restore(WORLD_SERVICES);
    uint64_t rows;
    cr_expect(eq(u64, ledger_departed(new.ledger, &rows)->tally.by_verdict[VERDICT_ACCEPTED], 40));
    world_expect_closed(&new);
}
