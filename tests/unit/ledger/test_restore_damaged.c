/* SPDX-License-Identifier: MIT */
/* Damaged books of another process: nothing in them is believed, and their sums close. */
#include <string.h>

#include "assertions.h"
#include "object/object_private.h"
#include "restored.h"

TestSuite(ledger_restore_damaged, .init = restored_open, .fini = restored_close, .timeout = 300);

/* A table of the copy. */
static struct layout_table *table_of(unsigned char *copy, const char *name) {
    struct object_header *header = (struct object_header *)(void *)copy;
    struct layout_table *tables = (struct layout_table *)(void *)(copy + header->directory);
    for (uint32_t i = 0; i < header->table_count; i++)
        if (strcmp(tables[i].name, name) == 0)
            return &tables[i];
    cr_assert(false, "no table %s", name);
    return NULL;
}

/* Sets each word of a table's first records to each of these values in turn. The sums must close,
 * and the books must work. */
static void damage(const char *name) {
    static const uint64_t values[] = {UINT64_MAX, UINT64_C(1) << 63, UINT64_C(1) << 60,
                                      0x7fffffff7fffffff, 3};
    enum { RECORDS = 4, VALUES = sizeof values / sizeof *values };
    unsigned char *scratch = world_copy(&old);
    const struct layout_table table = *table_of(scratch, name);
    world_drop(&old, scratch);
    const uint64_t records = table.items < RECORDS ? table.items : RECORDS;
    for (uint64_t at = 0; at + 8 <= records * table.item_bytes; at += 8) {
        for (size_t i = 0; i < VALUES; i++) {
            unsigned char *copy = world_copy(&old);
            memcpy(copy + table.offset + at, &values[i], sizeof values[i]);
            world_init(&new);
            restore_copy(copy);
            const struct sender *sender = world_sender(&new, 10, 4000);
            restored_report(&new, sender, 1, 16, 3, 5);
            ledger_sender_restart(new.ledger, sender, 5000);
            world_expect_closed(&new);
            world_done(&new);
        }
    }
    world_init(&new); /* for the teardown */
}

Test(ledger_restore_damaged, damaged_books_close) {
    damage("books");
}
Test(ledger_restore_damaged, damaged_services_close) {
    damage("service");
}
Test(ledger_restore_damaged, damaged_senders_close) {
    damage("sender");
}
Test(ledger_restore_damaged, damaged_handles_close) {
    damage("handle");
}
Test(ledger_restore_damaged, damaged_families_close) {
    damage("family_books");
}
Test(ledger_restore_damaged, damaged_ends_close) {
    damage("ended_process");
}
Test(ledger_restore_damaged, damaged_groups_close) {
    damage("reject_group");
}
Test(ledger_restore_damaged, damaged_departed_close) {
    damage("departed");
}

Test(ledger_restore_damaged, books_without_tables_are_empty) {
    static const char *const names[] = {"books",  "service",      "sender",      "handle",
                                        "reason", "family_books", "family_cell", "departed"};
    fill();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        unsigned char *copy = world_copy(&old);
        table_of(copy, names[i])->name[0] = 'X';
        world_init(&new);
        restore_copy(copy);
        world_expect_closed(&new);
        world_done(&new);
    }
    world_init(&new);
}
