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
