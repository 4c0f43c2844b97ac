/* SPDX-License-Identifier: MIT */
/* /debug/history, curves as arrays. */
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "world.h"

static struct fixture fx;
static struct history *history;

static void setup(void) {
    static const char *const catalogs[] = {
        "{\"statgate\":1,\"service\":\"shop\",\"families\":{"
        "\"orders_total\":{\"type\":\"counter\",\"help\":\"\"}},"
        "\"attempts\":{\"pay\":{\"success\":[\"ok\"],\"failure\":[\"bad\"]}}}",
        "{\"statgate\":1,\"service\":\"till\",\"families\":{"
        "\"sales_total\":{\"type\":\"counter\",\"help\":\"\"}}}",
        NULL};
    fixture_init(&fx, catalogs);
    history = history_new(NULL, &fx.set, fx.ledger);
    cr_assert(ne(ptr, history, NULL));
    fx.now = (struct store_time){.mono_ms = 60000, .real_ms = 1800000000000};
}

static void teardown(void) {
    history_free(history);
    fixture_done(&fx);
}

TestSuite(view_history, .init = setup, .fini = teardown);

static void tick(int64_t ms) {
    size_t budget = SIZE_MAX;
    fx.now.mono_ms += ms;
    fx.now.real_ms += ms;
    (void)history_tick(history, fx.now.mono_ms, &budget);
}

static struct view_source source_of_it(void) {
    struct view_source source = world_source(&fx);
    source.history = history;
    return source;
}

static json_t *render(const struct json_query *query, size_t budget) {
    const struct view_source source = source_of_it();
    const char *error = NULL;
    struct view *view = view_json_history(&source, query, &error);
    cr_assert(view != NULL, "%s", error);
    char *text = world_render(&fx, view, budget);
    json_t *json = json_loads(text, 0, NULL);
    cr_assert(ne(ptr, json, NULL), "%s", text);
    free(text);
    return json;
}

static void expect_refused(const struct json_query *query, const char *sentence) {
    const struct view_source source = source_of_it();
    const char *error = NULL;
    cr_assert(view_json_history(&source, query, &error) == NULL);
    cr_expect(eq(str, (char *)(uintptr_t)error, (char *)(uintptr_t)sentence));
}

/* The last points of a curve. */
static void expect_curve(const json_t *json, const char *name, size_t count, const char *expected) {
    const json_t *curve = json_object_get(json_object_get(json, "curves"), name);
    json_t *last = json_array();
    cr_assert(ne(sz, json_array_size(curve), 0), "%s", name);
    for (size_t i = json_array_size(curve) - count; i < json_array_size(curve); i++)
        json_array_append(last, json_array_get(curve, i));
    char *text = json_dumps(last, JSON_COMPACT);
    cr_expect(eq(str, text, (char *)(uintptr_t)expected), "%s", name);
    free(text);
    json_decref(last);
}

Test(view_history, without_a_service_it_is_the_whole_daemon) {
    tick(0);
    fixture_send(&fx, "orders_total:1|c\nsales_total:1|c\nnobody:1|c");
    tick(1000);
    json_t *json = render(&(struct json_query){0}, SIZE_MAX);
    cr_expect(eq(ptr, json_object_get(json, "service"), json_null()));
    expect_curve(json, "samples", 1, "[3]");
    json_decref(json);
}

Test(view_history, slices_make_the_same_text) {
    tick(0);
    fixture_send(&fx, "orders_total:1|c");
    tick(1000);
    json_t *whole = render(&(struct json_query){.service = "shop", .span = "24h"}, SIZE_MAX);
    json_t *slices = render(&(struct json_query){.service = "shop", .span = "24h"}, 0);
    cr_expect(json_equal(whole, slices));
    json_decref(whole);
    json_decref(slices);
}

Test(view_history, what_does_not_exist_is_refused) {
    expect_refused(&(struct json_query){.service = "none"}, "service: no such service");
    expect_refused(&(struct json_query){.service = "shop", .family = "sales_total"},
                   "family: no such family; did you mean orders_total?");
    expect_refused(&(struct json_query){.service = "shop", .span = "1h"}, "span: 5m or 24h");
}
