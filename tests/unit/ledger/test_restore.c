/* SPDX-License-Identifier: MIT */
/* Books of another process, taken over as they were. */
#include <string.h>

#include "assertions.h"
#include "restored.h"

TestSuite(ledger_restore, .init = restored_open, .fini = restored_close, .timeout = 300);

static void expect_same(const struct world *a, const struct world *b) {
    struct strbuf texts[2];
    strbuf_init(&texts[0]);
    strbuf_init(&texts[1]);
    world_dump(a, &texts[0]);
    world_dump(b, &texts[1]);
    cr_expect(eq(str, (char *)(uintptr_t)strbuf_cstr(&texts[0]),
                 (char *)(uintptr_t)strbuf_cstr(&texts[1])));
    strbuf_done(&texts[0]);
    strbuf_done(&texts[1]);
}

Test(ledger_restore, all_is_as_it_was) {
    fill();
    restore(WORLD_SERVICES);
    expect_same(&new, &old);
    cr_expect(eq(u32, ledger_sender_at(new.ledger, 1)->owner, 9));
    world_expect_closed(&new);
}

Test(ledger_restore, services_of_a_sender_of_several_come_along) {
    struct ledger_sent sent;
    fill();
    ledger_accept(old.ledger, world_sender(&old, 10, 4000), 1, 6);
    undo_commit(undo());
    restore(WORLD_SERVICES);
    expect_same(&new, &old);
    cr_assert(ledger_sent_for(new.ledger, 0, 1, &sent));
    cr_expect(eq(u64, sent.tally.by_verdict[VERDICT_ACCEPTED], 6));
    cr_expect(eq(i64, sent.last_seen_ms, 4000));
}

Test(ledger_restore, a_service_that_is_no_more_is_no_senders) {
    fill();
    ledger_accept(old.ledger, world_sender(&old, 10, 4000), 1, 6);
    undo_commit(undo());
    restore(1);
    cr_expect(eq(u32, ledger_sender_services(new.ledger, 0), 1));
    world_expect_closed(&new);
}

/* Finds the group in the new books for an entry of the old ones. */
static bool find_group(struct ledger_entry entry, enum verdict verdict,
                       struct ledger_group *ret_group) {
    entry.service = entry.service != NULL ? new.set.catalogs[entry.service->index] : NULL;
    entry.family = entry.family != NULL ? world_family(&new, entry.family->name) : NULL;
    return ledger_group(new.ledger, &entry, verdict, 9000, ret_group);
}

Test(ledger_restore, groups_keep_their_times_and_senders) {
    const struct ledger_entry a = entry_of("a_total", 1, SG_REJECT_LABEL_VALUE);
    const struct ledger_entry c = entry_of("c_total", -1, SG_REJECT_UNKNOWN_LABEL);
    const struct ledger_entry nothing = {.label = -1, .reason = SG_REJECT_MALFORMED};
    struct ledger_group group;
    fill();
    restore(WORLD_SERVICES);
    cr_assert(find_group(a, VERDICT_REJECTED, &group));
    cr_expect(eq(i64, group.first_ms, 1000));
    cr_expect(eq(i32, group.sender->pid, 10));
    cr_expect(eq(str, (char *)group.sender->comm, "first"));
    cr_assert(find_group(a, VERDICT_FOLDED, &group));
    cr_expect(eq(ptr, (void *)group.sender, NULL), "a row of a query was the last");
    cr_assert(find_group(nothing, VERDICT_REJECTED, &group));
    cr_expect(eq(i32, group.sender->pid, 11));
    cr_expect(find_group(c, VERDICT_REJECTED, &group));
    cr_expect(not(find_group(c, VERDICT_FOLDED, &group)));
}

Test(ledger_restore, groups_of_services_that_are_no_more_are_forgotten) {
    struct ledger_group group;
    fill();
    restore(1);
    cr_expect(find_group(entry_of("a_total", 1, SG_REJECT_LABEL_VALUE), VERDICT_REJECTED, &group));
    const struct ledger_entry nothing = {.label = -1, .reason = SG_REJECT_UNKNOWN_LABEL};
    cr_expect(not(find_group(nothing, VERDICT_REJECTED, &group)));
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

Test(ledger_restore, the_row_not_seen_for_longest_gives_way_first) {
    for (int32_t pid = 1; pid <= SENDERS_MAX; pid++)
        (void)world_sender(&old, pid, pid == 77 ? 1 : 1000000 - pid);
    undo_commit(undo());
    restore(WORLD_SERVICES);
    cr_expect(eq(sz, ledger_sender_count(new.ledger), SENDERS_MAX));
    (void)world_sender(&new, 20000, 2000000);
    cr_expect(eq(i32, ledger_sender_at(new.ledger, 76)->pid, 20000));
    (void)world_sender(&new, 20001, 2000000);
    cr_expect(eq(i32, ledger_sender_at(new.ledger, SENDERS_MAX - 1)->pid, 20001));
}

static void commit_run(uint32_t row, uint32_t service, uint32_t accepted) {
    const struct undo_position position = {.sender = row, .service = service, .accepted = accepted};
    undo_commit_at(undo(), &position);
}

Test(ledger_restore, samples_of_the_position_are_booked) {
    fill();
    commit_run(1, 0, 40);
    restore(WORLD_SERVICES);
    cr_expect(eq(u64, ledger_service(new.ledger, 0)->by_verdict[VERDICT_ACCEPTED], 45));
    cr_expect(eq(u64, ledger_sender_at(new.ledger, 1)->tally.by_verdict[VERDICT_ACCEPTED], 47));
    world_expect_closed(&new);
}

Test(ledger_restore, samples_of_a_position_without_a_row_are_the_departeds) {
    fill();
    commit_run(2000, 1, 40);
    restore(WORLD_SERVICES);
    uint64_t rows;
    cr_expect(eq(u64, ledger_departed(new.ledger, &rows)->tally.by_verdict[VERDICT_ACCEPTED], 40));
    world_expect_closed(&new);
}

Test(ledger_restore, samples_of_services_that_are_no_more_stay_in_the_total) {
    fill();
    restore(1);
    cr_expect(eq(u64, ledger_former(new.ledger)->by_verdict[VERDICT_ACCEPTED], 7));
    cr_expect(eq(u64, ledger_former(new.ledger)->by_verdict[VERDICT_REJECTED], 4));
    cr_expect(eq(u64, ledger_total(new.ledger)->by_verdict[VERDICT_ACCEPTED], 12));
    cr_expect(eq(i32, ledger_sender_at(new.ledger, 1)->service, -1));
    world_expect_closed(&new);
}
