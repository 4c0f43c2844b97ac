/* SPDX-License-Identifier: MIT */
/* Each allocation of a page fails in turn: then there is no page, or a slice that says so, and
 * nothing leaks. */
#include <stdlib.h>

#include "assertions.h"
#include "rendered.h"
#include "scarce.h"

static struct fixture fx;

static void teardown(void) {
    fixture_done(&fx);
}

TestSuite(page_memory, .fini = teardown);

static bool try_page(const struct memory *memory, void *arg) {
    struct page_source source = rendered_source(&fx);
    struct strbuf out;
    source.views.memory = memory;
    strbuf_init_in(&out, memory);
    struct view *view = page_view(&source, arg);
    while (view != NULL && view_step(view, &out, VIEW_STEP_UNITS, fx.now) == VIEW_MORE)
        continue;
    const bool done = view != NULL && !out.failed;
    view_free(view);
    strbuf_done(&out);
    return done;
}

Test(page_memory, each_allocation_may_fail) {
    world_load(&fx, "cases/page/kinds");
    struct page_query all = {.line = "visits_total:1|c"};
    cr_expect(lt(sz, 3, scarce_each(try_page, &all)));
    struct page_query family = {.service = "kinds", .family = "http_seconds"};
    cr_expect(lt(sz, 3, scarce_each(try_page, &family)));
}

/* A page that is given up halfway leaves its cursor closed. */
Test(page_memory, a_page_may_be_given_up_at_any_time) {
    world_load(&fx, "cases/page/kinds");
    const struct page_source source = rendered_source(&fx);
    const struct page_query query = {.service = "kinds", .family = "http_seconds"};
    for (int steps = 0; steps < 200; steps++) {
        struct strbuf out = {0};
        struct view *view = page_view(&source, &query);
        for (int i = 0; i < steps; i++)
            if (view_step(view, &out, 1, fx.now) == VIEW_DONE)
                break;
        view_free(view);
        strbuf_done(&out);
    }
}
