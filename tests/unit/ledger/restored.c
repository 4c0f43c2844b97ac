/* SPDX-License-Identifier: MIT */
#include "restored.h"

#include "assertions.h"

struct world old;
struct world new;

void restored_open(void) {
    world_init(&old);
}

void restored_close(void) {
    world_done(&new);
    world_done(&old);
}

struct undo *undo(void) {
    return object_undo(old.object);
}

void restored_report(const struct world *world, const struct sender *sender, uint64_t handle,
                     uint64_t sent, uint64_t lost, uint64_t received) {
    const struct ledger_claim claim = {handle, sent, lost, received};
    ledger_report(world->ledger, sender, &claim, 5000);
}

struct ledger_entry entry_of(const char *family, int label, enum sg_reject reason) {
    const struct catalog_family *found = world_family(&old, family);
    return (struct ledger_entry){
        .service = found->catalog, .family = found, .label = label, .reason = reason};
}

void reject(const struct sender *sender, const struct ledger_entry *entry, uint64_t count) {
    ledger_reject(old.ledger, sender, entry, (struct sg_span){"x", 1}, 0, count, 1000);
}

void fill(void) {
    static const struct ledger_entry nothing = {.label = -1, .reason = SG_REJECT_MALFORMED};
    const struct ledger_entry a = entry_of("a_total", 1, SG_REJECT_LABEL_VALUE);
    const struct ledger_entry c = entry_of("c_total", -1, SG_REJECT_UNKNOWN_LABEL);
    const struct sender *first = world_sender(&old, 10, 1000);
    ledger_sender_describe(first, "first", 77);
    ledger_accept(old.ledger, first, 0, 5);
    ledger_fold(old.ledger, first, &a, 2);
    reject(first, &a, 3);
    ledger_ignore(old.ledger, first, &nothing, 1);
    restored_report(&old, first, 1, 10, 2, 8);
    restored_report(&old, first, 2, 10, 20, 8);
    const struct sender *second = world_sender(&old, 11, 2000);
    ledger_accept(old.ledger, second, 1, 7);
    reject(second, &c, 4);
    reject(second, &nothing, 1);
    ledger_row(old.ledger, &c, VERDICT_REJECTED, 1000);
    ledger_row(old.ledger, &a, VERDICT_FOLDED, 1000);
    ledger_sender_own(old.ledger, second, 9);
    ledger_sender_telemetry(old.ledger, second, TELEMETRY_BYTES_SENT, 99);
    ledger_sender_restart(old.ledger, world_sender(&old, 12, 2500), 3000);
    *ledger_traffic(old.ledger) = (struct ledger_traffic){4, 300, 1, 20};
    undo_commit(undo());
}

void restore_copy(unsigned char *copy) {
    world_restore(&new, &old, copy);
    world_drop(&old, copy);
}

void restore(size_t services) {
    world_init_with(&new, services);
    restore_copy(world_copy(&old));
}
