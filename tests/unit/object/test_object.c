/* SPDX-License-Identifier: MIT */
/* Tables in an object, and the memory that is added as they fill up. */
#include "assertions.h"
#include "stage.h"

static struct stage stage;

static void init(void) {
    stage_init(&stage);
}

static void done(void) {
    stage_done(&stage);
}

TestSuite(object, .init = init, .fini = done, .timeout = 300);

Test(object, has_memory_for_what_was_reached_and_the_rest_of_the_block) {
    const uint64_t before = object_reached(stage.object);
    cr_assert(object_reach(&stage.table, STAGE_ITEMS));
    cr_expect(eq(u64, stage.table.reached, STAGE_ITEMS));
    stage_item(&stage, STAGE_ITEMS - 1)->word = 1;
    cr_expect(le(u64, object_reached(stage.object) - before,
                 STAGE_ITEMS * sizeof(struct stage_item) + 65536));
    const uint64_t calls = stage.region.calls;
    cr_expect(object_reach(&stage.table, 1));
    cr_expect(eq(u64, stage.region.calls, calls));
}

Test(object, is_not_larger_than_its_table) {
    cr_expect(not(object_reach(&stage.table, STAGE_ITEMS + 1)));
}

Test(object, is_not_left_by_a_table, .exit_code = 1) {
    struct object_spec spec = stage_spec;
    struct object_table table;
    spec.name = "more";
    spec.max_items = 2 * STAGE_TABLES_BYTES / spec.item_bytes;
    object_table(stage.object, &spec, &table);
}

Test(object, has_places_for_tables_of_every_family_and_label) {
    struct object_spec spec = stage_spec;
    struct object_table table;
    spec.max_items = 1;
    for (uint32_t family = 0; family < stage.set.family_count; family++) {
        spec.family = family;
        for (uint32_t label = 0; label < 1 + 2 * stage.set.families[family]->label_count; label++) {
            spec.label = label;
            object_table(stage.object, &spec, &table);
        }
    }
}

Test(object, is_not_made_in_too_small_a_place, .exit_code = 1) {
    struct region region;
    region_init(&region, object_bytes(&stage.set) / 2);
    (void)object_new(&region.place, &stage.set, region_boot);
}

Test(object, is_not_needed_for_a_table) {
    struct object_table table;
    object_table(NULL, &stage_spec, &table);
    cr_expect(object_reach(&table, STAGE_ITEMS));
    cr_expect(not(object_reach(&table, STAGE_ITEMS + 1)));
    struct stage_item *item = object_at(&table, STAGE_ITEMS - 1);
    item->word = 1;
    undo_word(object_undo(NULL), &item->word);
    undo_commit(object_undo(NULL));
    object_table_done(&table);
}
