/* Each allocation of a JSON list fails in turn: there is then no list, or a slice that says so, and
 * nothing leaks. */
#include <string.h>

#include "assertions.h"
#include "shortage.h"
#include "world.h"

static struct fixture fx;

static void setup(void) {
    world_load(&fx, "cases/view/machines");
    for (int32_t pid = 1; pid <= 3; pid++) {
        fx.origin.pid = pid;
        fixture_send(&fx, "unknown:1|c\n:1|c\nunknown:1|q");
    }
    machines_publish(fx.machines, fx.now);
}

static void teardown(void) {
    fixture_done(&fx);
}

TestSuite(view_memory, .init = setup, .fini = teardown);

/* The text of the list's page. False when out of memory, which shows where it should. */
static bool try_list(world_list list, const struct json_query *query, struct strbuf *out) {
    const struct view_source source = world_source(&fx);
    const char *error = "";
    struct view *view = list(&source, query, &error);
    strbuf_init(out);
    if (view == NULL) {
        cr_assert(error == NULL, "%s", error);
        return false;
    }
    while (view_step(view, out, VIEW_SLICE_UNITS, fx.now) == VIEW_MORE)
        continue;
    view_free(view);
    return !out->failed;
}

/* Fails the first, the second, ... allocation until none is left to fail; returns how many there
 * were. The page is left in `out`. */
static long fail_each(world_list list, const struct json_query *query, struct strbuf *out) {
    for (long nth = 0;; nth++) {
        shortage_begin(nth);
        const bool ok = try_list(list, query, out);
        const bool holds = out->data != NULL;
        cr_assert(eq(long, shortage_end(), holds), "allocation %ld", nth);
        if (ok)
            return nth;
        strbuf_done(out);
    }
}

/* A page of one item, and the page behind it. */
static void check(world_list list) {
    char after[1024];
    struct strbuf first;
    struct strbuf second;
    cr_assert(try_list(list, &(struct json_query){.limit = 1}, &first)); /* sorts what is new */
    strbuf_done(&first);
    cr_expect(lt(long, 2, fail_each(list, &(struct json_query){.limit = 1}, &first)));
    const char *next = strstr(strbuf_cstr(&first), "\"next\":\"");
    cr_assert(next != NULL, "%s", strbuf_cstr(&first));
    next += strlen("\"next\":\"");
    const size_t len = strcspn(next, "\"");
    cr_assert(lt(sz, len, sizeof after));
    memcpy(after, next, len);
    after[len] = '\0';
    const struct json_query query = {.limit = 1, .after = after};
    cr_expect(lt(long, 3, fail_each(list, &query, &second)), "with a token to read");
    cr_expect(ne(str, (char *)strbuf_cstr(&first), (char *)strbuf_cstr(&second)));
    strbuf_done(&first);
    strbuf_done(&second);
}

Test(view_memory, each_allocation_of_a_list_may_fail) {
    check(view_json_series);
    check(view_json_rejections);
    check(view_json_senders);
    check(view_json_catalog);
    check(view_json_breakers);
    check(view_json_jobs);
}
