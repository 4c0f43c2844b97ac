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

/* Number `index` of a field of a record of the copy. */
static unsigned char *field_of(unsigned char *copy, const char *name, uint64_t record,
                               const char *field) {
    const struct object_header *header = (struct object_header *)(void *)copy;
    const struct layout_table *table = table_of(copy, name);
    const struct layout_field *fields =
        (struct layout_field *)(void *)(copy + header->fields) + table->first_field;
    for (uint32_t i = 0; i < table->field_count; i++)
        if (strcmp(fields[i].name, field) == 0)
            return copy + table->offset + record * table->item_bytes + fields[i].offset;
    cr_assert(false, "no field %s", field);
    return NULL;
}

static void set_u64(unsigned char *copy, const char *name, uint64_t record, const char *field,
                    uint64_t value) {
    memcpy(field_of(copy, name, record, field), &value, sizeof value);
}

Test(ledger_restore_damaged, reasons_are_told_by_their_names) {
    fill();
    world_init(&new);
    unsigned char *copy = world_copy(&old);
    char *value = (char *)field_of(copy, "reason", SG_REJECT_LABEL_VALUE, "name");
    char *rate = (char *)field_of(copy, "reason", SG_REJECT_BAD_RATE, "name");
    char *malformed = (char *)field_of(copy, "reason", SG_REJECT_MALFORMED, "name");
    memcpy(value, "bad_rate", sizeof "bad_rate");
    memcpy(rate, "label_value", sizeof "label_value");
    memcpy(malformed, "of_the_future", sizeof "of_the_future");
    restore_copy(copy);
    const struct catalog_family *family = world_family(&new, "a_total");
    cr_expect(eq(u64, ledger_reasons(new.ledger, 0)[SG_REJECT_BAD_RATE], 3));
    cr_expect(eq(u64, ledger_reasons(new.ledger, 0)[SG_REJECT_LABEL_VALUE], 0));
    cr_expect(eq(
        u64, ledger_family_rejected(new.ledger, family)[SG_REJECT_COUNT + SG_REJECT_BAD_RATE], 3));
    cr_expect(eq(u64, ledger_reasons(new.ledger, -1)[SG_REJECT_MALFORMED], 0));
    cr_expect(eq(u64, ledger_reasons(new.ledger, -1)[SG_REJECT_NONE], 1));
    world_expect_closed(&new);
}

Test(ledger_restore_damaged, a_row_with_more_than_there_is_goes_to_the_departed) {
    fill();
    world_init(&new);
    unsigned char *copy = world_copy(&old);
    set_u64(copy, "sender", 0, "accepted", 13);
    restore_copy(copy);
    uint64_t rows;
    cr_expect(eq(sz, ledger_sender_count(new.ledger), 2));
    cr_expect(eq(i32, ledger_sender_at(new.ledger, 0)->pid, 11));
    cr_expect(eq(u64, ledger_departed(new.ledger, &rows)->tally.by_verdict[VERDICT_ACCEPTED], 5));
    cr_expect(eq(u64, ledger_departed(new.ledger, &rows)->sent, 10));
    world_expect_closed(&new);
}

Test(ledger_restore_damaged, a_process_has_one_row) {
    fill();
    world_init(&new);
    unsigned char *copy = world_copy(&old);
    memcpy(field_of(copy, "sender", 1, "pid"), field_of(copy, "sender", 0, "pid"), 4);
    restore_copy(copy);
    cr_expect(eq(sz, ledger_sender_count(new.ledger), 2));
    world_expect_closed(&new);
}

Test(ledger_restore_damaged, reasons_beyond_the_rejected_are_left_out) {
    fill();
    world_init(&new);
    unsigned char *copy = world_copy(&old);
    set_u64(copy, "service", 2, "rejected", 2);
    restore_copy(copy);
    cr_expect(eq(u64, ledger_reasons(new.ledger, 0)[SG_REJECT_LABEL_VALUE], 0));
    cr_expect(eq(u64, ledger_reasons(new.ledger, 0)[SG_REJECT_NONE], 2));
    world_expect_closed(&new);
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
