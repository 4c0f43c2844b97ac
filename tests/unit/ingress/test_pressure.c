/* SPDX-License-Identifier: MIT */
/* How full queues are, and who fills them. */
#include "ingress/pressure.h"

#include "assertions.h"

enum { DEPTH = 2048, BATCH = 64 };

static struct pressure pressure;
static struct pressure_run run;

/* So many batches whose first datagram is of this process. */
static void receive(int32_t pid, size_t batches) {
    const struct gate_origin origin = {.pid = pid, .uid = 7, .scope = 3};
    const struct pressure_batch batch = {.depth = DEPTH, .datagrams = BATCH, .first = &origin};
    for (size_t i = 0; i < batches; i++)
        ingress_pressure_received(&pressure, &run, &batch);
}

static void find_empty(void) {
    ingress_pressure_received(&pressure, &run,
                              &(struct pressure_batch){.depth = DEPTH, .empty = true});
}

Test(pressure, a_queue_is_full_when_its_depth_came_without_an_empty_look) {
    receive(10, DEPTH / BATCH - 1);
    cr_expect(eq(u64, pressure.full, 0));
    cr_expect(eq(u64, pressure.most, DEPTH - BATCH));
    find_empty();
    receive(10, DEPTH / BATCH - 1);
    cr_expect(eq(u64, pressure.full, 0));
    cr_expect(eq(ptr, (void *)ingress_pressure_most(&pressure), NULL));
    receive(10, 3);
    cr_expect(eq(u64, pressure.full, DEPTH + 2 * BATCH));
    cr_expect(eq(u64, pressure.most, DEPTH));
    cr_expect(eq(u32, pressure.scope, 3));
    cr_expect(not(ingress_pressure_is_full(&pressure, DEPTH)), "a burst");
    receive(10, 8 * DEPTH / BATCH);
    cr_expect(ingress_pressure_is_full(&pressure, DEPTH));
}

/* One processor: the senders fill it, then the daemon empties it. */
Test(pressure, a_queue_that_is_filled_and_emptied_in_turns_is_full) {
    for (int i = 0; i < 20; i++) {
        receive(4711, DEPTH / BATCH);
        find_empty();
    }
    cr_expect(ingress_pressure_is_full(&pressure, DEPTH));
    cr_assert(ne(ptr, (void *)ingress_pressure_most(&pressure), NULL));
    cr_expect(eq(u64, ingress_pressure_most(&pressure)->count, pressure.counted));
}

Test(pressure, a_few_full_looks_among_many_are_none) {
    receive(10, 100);
    for (int i = 0; i < 200; i++) {
        find_empty();
        receive(10, 1);
    }
    cr_expect(not(ingress_pressure_is_full(&pressure, DEPTH)));
}

/* Looks at a queue that is hardly ever empty are many, and bring little. */
Test(pressure, many_small_batches_hide_no_full_queue) {
    const struct gate_origin origin = {.pid = 10, .scope = 3};
    const struct pressure_batch one = {
        .depth = DEPTH, .datagrams = 1, .empty = true, .first = &origin};
    for (int i = 0; i < 10; i++) {
        receive(10, DEPTH / BATCH);
        find_empty();
        for (int j = 0; j < 500; j++)
            ingress_pressure_received(&pressure, &run, &one);
    }
    cr_expect(ingress_pressure_is_full(&pressure, DEPTH));
}

Test(pressure, who_sends_most_is_named_among_any_number) {
    receive(1, DEPTH / BATCH);
    for (int32_t i = 0; i < 900; i++)
        receive(i % 3 == 0 ? 4711 : 1000 + i, 1);
    const struct pressure_sender *most = ingress_pressure_most(&pressure);
    cr_assert(ne(ptr, (void *)most, NULL));
    cr_expect(eq(i32, most->pid, 4711));
    cr_expect(eq(u32, most->uid, 7));
    cr_expect(le(u64, most->count, 300));
    cr_expect(ge(u64, most->count, 300 - 900 / (PRESSURE_SENDERS + 1)));
}

Test(pressure, a_queue_of_unknown_depth_is_never_full) {
    const struct gate_origin origin = {.pid = 1};
    const struct pressure_batch batch = {.datagrams = BATCH, .first = &origin};
    for (int i = 0; i < 1000; i++)
        ingress_pressure_received(&pressure, &run, &batch);
    cr_expect(eq(u64, pressure.full, 0));
    cr_expect(not(ingress_pressure_is_full(&pressure, 0)));
}
