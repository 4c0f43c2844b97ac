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
