/* SPDX-License-Identifier: MIT */
/* Forgetting series that should never have been sent: which ones end, and that they start again
 * from zero. */
#include <stdio.h>
#include <stdlib.h>

#include "assertions.h"
#include "fixture.h"
#include "store/store.h"

static struct fixture fx;
static struct store_key keys[32];
static struct store_forgetting forgetting;

static void done(void) {
    fixture_done(&fx);
}

TestSuite(store_forget, .fini = done);

static void begin(const char *family) {
    memset(keys, 0, sizeof keys);
    forgetting = (struct store_forgetting){.family = fixture_family(&fx, family), .labels = keys};
}

static void want(uint32_t label, const char *value) {
    keys[label] = (struct store_key){.text = value, .len = strlen(value)};
}

/* Forgets in steps of this many work units. Returns the number of steps. */
static size_t run(size_t units) {
    size_t steps = 0;
    bool more = true;
    for (; more; steps++) {
        size_t budget = units;
        more = !store_forget(fx.store, &forgetting, fx.now, &budget);
    }
    return steps;
}

static void expect_dump(const char *expected) {
    char *text = fixture_dump(&fx, NULL);
    cr_expect(eq(str, text, (char *)expected));
    free(text);
}

static void expect_forgotten(uint64_t ended, uint64_t again) {
    cr_expect(eq(u64, forgetting.ended, ended));
    cr_expect(eq(u64, forgetting.again, again));
}

#define PATTERN(name) "\"" name "\":{\"pattern\":\"[a-z]+\",\"max\":9}"

Test(store_forget, series_with_these_labels_end) {
    fixture_families(&fx, "\"a_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{"
                          "\"x\":[\"p\",\"q\"]," PATTERN("y") "}}");
    fixture_send(&fx, "a_total:1|c|#x:p,y:k\na_total:2|c|#x:p,y:l\na_total:3|c|#x:q,y:k");
    begin("a_total");
    want(1, "k");
    (void)run(SIZE_MAX);
    expect_forgotten(2, 0);
    expect_dump("a_total{x=\"p\",y=\"l\"} 2\n");
    begin("a_total");
    want(0, "p");
    want(1, "l");
    (void)run(SIZE_MAX);
    expect_forgotten(1, 0);
    expect_dump("");
}

Test(store_forget, values_that_no_series_has_end_nothing) {
    fixture_families(&fx, "\"a_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{"
                          "\"x\":[\"p\",\"q\"]," PATTERN("y") "}}");
    fixture_send(&fx, "a_total:1|c|#x:p,y:k");
    begin("a_total");
    want(0, "q");
    (void)run(SIZE_MAX);
    expect_forgotten(0, 0);
    begin("a_total");
    want(1, "z");
    (void)run(SIZE_MAX);
    expect_forgotten(0, 0);
    begin("a_total");
    want(0, "none");
    (void)run(SIZE_MAX);
    expect_forgotten(0, 0);
    expect_dump("a_total{x=\"p\",y=\"k\"} 1\n");
}

Test(store_forget, what_is_sent_again_begins_anew) {
    fixture_families(
        &fx, "\"a_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{" PATTERN("y") "}}");
    fixture_send(&fx, "a_total:5|c|#y:k");
    begin("a_total");
    (void)run(SIZE_MAX);
    fx.now.real_ms += 9000;
    fixture_send(&fx, "a_total:1|c|#y:k"); /* a known line */
    expect_dump("a_total{y=\"k\"} 1\n");
    const uint32_t place = 1;
    cr_expect(eq(i64, store_at(fx.store, forgetting.family, place)->created_ms, fx.now.real_ms));
}

Test(store_forget, what_exists_from_the_start_begins_again_at_zero) {
    fixture_families(&fx, "\"a_total\":{\"type\":\"counter\",\"help\":\"\"},"
                          "\"b_total\":{\"type\":\"counter\",\"help\":\"\",\"zeros\":true,"
                          "\"labels\":{\"x\":{\"values\":[\"p\",\"q\"],\"otherwise\":\"o\"}}}");
    fixture_send(&fx, "a_total:5|c\nb_total:1|c|#x:p\nb_total:1|c|#x:z");
    fx.now.real_ms += 9000;
    begin("a_total");
    (void)run(SIZE_MAX);
    expect_forgotten(1, 1);
    cr_expect(eq(i64, store_at(fx.store, forgetting.family, 1)->created_ms, fx.now.real_ms));
    expect_dump("a_total 0\nb_total{x=\"o\"} 1\nb_total{x=\"p\"} 1\nb_total{x=\"q\"} 0\n");
    begin("b_total");
    (void)run(SIZE_MAX);
    expect_forgotten(3, 2);
    expect_dump("a_total 0\nb_total{x=\"p\"} 0\nb_total{x=\"q\"} 0\n");
    fixture_send(&fx, "a_total:2|c\nb_total:1|c|#x:q\nb_total:1|c|#x:z");
    expect_dump("a_total 2\nb_total{x=\"o\"} 1\nb_total{x=\"p\"} 0\nb_total{x=\"q\"} 1\n");
}

Test(store_forget, parts_of_processes_go_with_their_series) {
    struct store_figures figures;
    fixture_families(&fx, "\"g\":{\"type\":\"gauge\",\"help\":\"\",\"merge\":\"sum\","
                          "\"labels\":{" PATTERN("y") "}}");
    fixture_send(&fx, "g:1|g|#y:k\ng:2|g|#y:l");
    fx.origin.pid = 101;
    fixture_send(&fx, "g:4|g|#y:k\ng:8|g|#y:l");
    begin("g");
    want(0, "k");
    (void)run(SIZE_MAX);
    expect_forgotten(1, 0);
    expect_dump("g{y=\"l\"} 10\n");
    store_figures(fx.store, &figures);
    cr_expect(eq(u64, figures.parts, 2));
    fixture_send(&fx, "g:16|g|#y:k");
    expect_dump("g{y=\"k\"} 16\ng{y=\"l\"} 10\n");
}

Test(store_forget, an_info_shows_what_is_left) {
    fixture_families(&fx, "\"i_info\":{\"type\":\"info\",\"help\":\"\",\"labels\":{"
                          "\"v\":{\"pattern\":\"[a-z]+\",\"max\":9}}}");
    fixture_send(&fx, "i_info:1|g|#v:one");
    fx.origin.pid = 101;
    fixture_send(&fx, "i_info:1|g|#v:two");
    fx.origin.pid = 102;
    fixture_send(&fx, "i_info:1|g|#v:two");
    expect_dump("i_info{v=\"two\"} 1\n");
    begin("i_info");
    want(0, "two");
    (void)run(1);
    expect_forgotten(1, 0);
    expect_dump("i_info{v=\"one\"} 1\n");
    fixture_send(&fx, "i_info:1|g|#v:three");
    expect_dump("i_info{v=\"three\"} 1\n");
    begin("i_info");
    (void)run(1);
    expect_forgotten(2, 0);
    expect_dump("");
}

Test(store_forget, every_kind_can_be_forgotten_and_sent_again) {
    static const char families[] =
        "\"c_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{" PATTERN(
            "y") "}},"
                 "\"h\":{\"type\":\"histogram\",\"help\":\"\",\"buckets\":[1],\"labels\":{" PATTERN(
                     "y") "}},"
                          "\"s\":{\"type\":\"stateset\",\"help\":\"\",\"ttl_s\":5,\"labels\":{"
                          "\"s\":[\"on\",\"off\"]," PATTERN(
                              "y") "}},"
                                   "\"u\":{\"type\":\"updowncounter\",\"help\":\"\",\"owner\":"
                                   "\"process\",\"labels\":{" PATTERN(
                                       "y") "}},"
                                            "\"w\":{\"type\":\"summary\",\"help\":\"\","
                                            "\"quantiles\":[0.5],\"window_s\":60,"
                                            "\"labels\":{" PATTERN("y") "}}";
    static const char lines[] =
        "c_total:1|c|#y:k\nh:1|h|#y:k\ns:1|g|#s:on,y:k\nu:1|c|#y:k\nw:1|h|#y:k";
    fixture_families(&fx, families);
    fixture_send(&fx, lines);
    char *before = fixture_dump(&fx, NULL);
    for (size_t i = 0; i < fx.set.family_count; i++) {
        begin(fx.set.families[i]->name);
        (void)run(1);
        expect_forgotten(1, 0);
    }
    expect_dump("");
    fixture_send(&fx, lines);
    char *after = fixture_dump(&fx, NULL);
    cr_expect(eq(str, after, before));
    free(before);
    free(after);
}

Test(store_forget, many_are_ended_step_by_step) {
    enum { SERIES = 20000, UNITS = 200 };
    char line[64];
    fixture_families(&fx, "\"a_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{"
                          "\"y\":{\"pattern\":\"[a-z0-9]+\",\"max\":30000}}}");
    for (int i = 0; i < SERIES; i++) {
        (void)snprintf(line, sizeof line, "a_total:1|c|#y:k%d", i);
        fixture_send(&fx, line);
    }
    begin("a_total");
    const size_t steps = run(UNITS);
    expect_forgotten(SERIES, 0);
    cr_expect(ge(sz, steps, SERIES / UNITS));
    cr_expect(eq(u64, store_family_count(fx.store, forgetting.family), 0));
    /* The other series only have to be looked at. */
    fixture_send(&fx, "a_total:1|c|#y:k1");
    begin("a_total");
    want(0, "k1");
    cr_expect(le(sz, run(UNITS), 20));
    expect_forgotten(1, 0);
}

Test(store_forget, a_walk_goes_on_behind_what_ended) {
    struct store_cursor cursor;
    fixture_families(
        &fx, "\"a_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{" PATTERN("y") "}}");
    fixture_send(&fx, "a_total:1|c|#y:a\na_total:2|c|#y:b\na_total:3|c|#y:c");
    begin("a_total");
    want(0, "b");
    size_t budget = SIZE_MAX;
    cr_assert(store_settle(fx.store, forgetting.family, &budget));
    store_cursor_open(fx.store, &cursor, forgetting.family);
    cr_expect(eq(dbl, store_cursor_next(fx.store, &cursor, fx.now)->value, 1));
    (void)run(1);
    cr_expect(eq(dbl, store_cursor_next(fx.store, &cursor, fx.now)->value, 3));
    store_cursor_close(fx.store, &cursor);
}
