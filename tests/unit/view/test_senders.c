/* SPDX-License-Identifier: MIT */
/* Senders are looked up when they are shown: only those, and within the slice's budget. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "world.h"

enum { SENDERS = 300, GONE_EVERY = 3 };

static struct fixture fx;
static size_t looks;
static size_t last_row;

static void look(void *arg, size_t row) {
    cr_assert(arg == &fx);
    looks++;
    last_row = row;
    if (row % GONE_EVERY == 0)
        ledger_set_alive(fx.ledger, row, false);
    else
        ledger_sender_describe(ledger_sender_at(fx.ledger, row), "found", 1);
}

static void setup(void) {
    fixture_families(&fx, "\"c_total\":{\"type\":\"counter\",\"help\":\"\"}");
    for (int i = 0; i < SENDERS; i++) {
        fx.origin.pid = i + 1;
        fixture_send(&fx, "c_total:1|c");
    }
}

static void teardown(void) {
    fixture_done(&fx);
}

TestSuite(senders, .init = setup, .fini = teardown);

static struct view_source looking_source(void) {
    struct view_source source = world_source(&fx);
    source.look = look;
    source.look_arg = &fx;
    return source;
}

static struct view *open_list(const struct view_source *source, size_t limit) {
    const struct json_query query = {.limit = limit_text(limit)};
    const char *error = NULL;
    struct view *view = view_json_senders(source, &query, &error);
    cr_assert(view != NULL, "%s", error != NULL ? error : "no memory");
    return view;
}

static size_t count(const char *text, const char *part) {
    size_t found = 0;
    for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part))
        found++;
    return found;
}

Test(senders, are_not_known_to_live_before_anybody_looks) {
    const struct view_source source = world_source(&fx);
    char *text = world_render(&fx, open_list(&source, SENDERS), VIEW_STEP_UNITS);
    cr_expect(eq(sz, count(text, "\"alive\":null"), SENDERS));
    free(text);
}

Test(senders, of_other_pages_are_not_looked_at) {
    const struct view_source source = looking_source();
    free(world_render(&fx, open_list(&source, 7), VIEW_STEP_UNITS));
    cr_expect(eq(sz, looks, 7));
    cr_expect(eq(sz, last_row, 6));
}

/* A look takes some 10 µs, a slice may take 1 ms. */
Test(senders, are_looked_at_a_few_in_a_slice) {
    const struct view_source source = looking_source();
    struct view *view = open_list(&source, SENDERS);
    struct strbuf out = {0};
    enum view_state state;
    do {
        const size_t before = looks;
        state = view_step(view, &out, VIEW_STEP_UNITS, fx.now);
        cr_expect(le(sz, looks - before, 80));
    } while (state == VIEW_MORE);
    cr_expect(eq(sz, looks, SENDERS));
    view_free(view);
    strbuf_done(&out);
}
