/* SPDX-License-Identifier: MIT */
/* Collecting in steps, and what is known when there is no source. */
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "scene.h"

static struct scene scene;

static void setup(void) {
    scene_init(&scene);
}

static void teardown(void) {
    scene_done(&scene);
}

TestSuite(status_collect, .init = setup, .fini = teardown);

static void trouble(void) {
    static const char *const lines[] = {"orders_total:1|c|#outcome:ugly",
                                        "orders_total:1|c|#color:red",
                                        "money:x|g",
                                        "nobody:1|c",
                                        "rubbish",
                                        "sync:no|a|#job:a",
                                        "sync:no|a|#job:a",
                                        "sync:no|a|#job:b",
                                        "sync:no|a|#job:b",
                                        "thumbs:started|j|i:1"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        fixture_send(&scene.fx, lines[i]);
    struct events_item item = {.at_ms = scene.fx.now.real_ms, .kind = EVENT_JOB_LOST};
    for (int i = 0; i < 5; i++) {
        item.who.pid = i + 1;
        events_print(item.text, sizeof item.text, "job %d was lost", i);
        (void)events_add(scene.events, &item);
    }
    scene_wait(&scene, 61000);
}

Test(status_collect, steps_come_to_the_same) {
    trouble();
    cr_expect(eq(sz, scene_look(&scene, SIZE_MAX), 1));
    struct status *whole = malloc(sizeof *whole);
    cr_assert(ne(ptr, whole, NULL));
    *whole = scene.status;
    cr_expect(eq(sz, whole->problems.count, 13));
    cr_expect(lt(sz, 10, scene_look(&scene, 0)), "in the smallest steps");
    cr_assert(eq(sz, scene.status.problems.count, whole->problems.count));
    for (size_t i = 0; i < whole->problems.count; i++)
        cr_expect(eq(str, scene.status.problems.items[i].text, whole->problems.items[i].text));
    free(whole);
}

Test(status_collect, needs_about_the_same_are_in_the_order_of_severity) {
    trouble();
    (void)scene_look(&scene, SIZE_MAX);
    const struct status_problems *problems = &scene.status.problems;
    for (size_t i = 1; i < problems->count; i++)
        if (strcmp(problems->items[i - 1].about, problems->items[i].about) == 0)
            cr_expect(le(int,
                         strcmp(status_kind_severity(problems->items[i - 1].kind),
                                status_kind_severity(problems->items[i].kind)),
                         0));
}

Test(status_collect, without_anything_there_is_nothing) {
    const struct status_source source = {.set = &scene.fx.set};
    size_t budget = 1000;
    memset(&scene.status, 0, sizeof scene.status);
    cr_expect(status_collect(&scene.status, &source, scene.fx.now, &budget));
    cr_expect(status_is_ok(&scene.status));
    cr_expect(eq(dbl, scene.status.facts.samples_rate, -1));
}
