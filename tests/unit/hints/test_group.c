/* SPDX-License-Identifier: MIT */
/* A group of lines gets the same hints as each of its lines. */
#include <string.h>

#include "assertions.h"
#include "fixture.h"
#include "group_of.h"
#include "hints/hints.h"

static const char catalog[] =
    "{\"statgate\":1,\"service\":\"shop\",\"ignore_labels\":[\"env\"],\"families\":{"
    "\"shop_orders_total\":{\"type\":\"counter\",\"labels\":{\"outcome\":[\"ok\",\"error\"]}},"
    "\"shop_pages_total\":{\"type\":\"counter\",\"labels\":{"
    "\"page\":{\"pattern\":\"slug\",\"max\":1}}},"
    "\"shop_calls_total\":{\"type\":\"counter\",\"labels\":{"
    "\"route\":{\"templates\":[\"GET /a/{id}\"],\"otherwise\":\"other\"}}},"
    "\"shop_users_total\":{\"type\":\"counter\",\"max_series\":1,\"labels\":{"
    "\"user\":{\"pattern\":\"integer\",\"max\":9}}},"
    "\"shop_mode\":{\"type\":\"stateset\",\"labels\":{\"shop_mode\":[\"open\",\"closed\"]}},"
    "\"shop_lag_seconds\":{\"type\":\"summary\",\"reading\":\"absolute\",\"quantiles\":[0.5]},"
    "\"shop_live\":{\"type\":\"gauge\",\"merge\":\"sum\"},"
    "\"shop_time_seconds\":{\"type\":\"histogram\",\"buckets\":[1,2]}},"
    "\"attempts\":{\"shop_sync\":{\"success\":[\"worked\"],\"failure\":[\"error\"]}},"
    "\"jobs\":{\"shop_export\":{\"max_live\":1,\"buckets\":[1],"
    "\"labels\":{\"queue\":[\"fast\",\"slow\"]}}}}";

static struct fixture fx;
static struct hints_world world;
static struct gate_trace trace;

static void setup(void) {
    fixture_init(&fx, (const char *const[]){catalog, NULL});
    world = (struct hints_world){
        .set = &fx.set, .breakers_jobs = fx.breakers_jobs, .include = "all", .exclude = "none"};
}

static void teardown(void) {
    fixture_done(&fx);
}

TestSuite(hints_group, .init = setup, .fini = teardown);

static void expect_same(const char *line) {
    struct strbuf of_line;
    struct strbuf of_group;
    strbuf_init(&of_line);
    strbuf_init(&of_group);
    gate_explain(fx.gate, (struct sg_span){line, strlen(line)}, &fx.origin, fx.now, &trace);
    hints_put(&of_line, &world, &trace);
    struct hints_group group;
    cr_assert(group_of(&trace, &group), "%s", line);
    hints_of_group(&of_group, &world, &group);
    cr_expect(ne(sz, of_group.len, 0), "%s", line);
    cr_expect(eq(str, (char *)strbuf_cstr(&of_group), (char *)strbuf_cstr(&of_line)), "%s", line);
    strbuf_done(&of_line);
    strbuf_done(&of_group);
}

Test(hints_group, a_group_gets_the_hints_of_its_lines) {
    static const char *const lines[] = {
        "shop_orders_totl:1|c|#outcome:ok",
        "shop_nothing:1|c",
        "nonsense",
        "shop_orders_total:1|g|#outcome:ok",
        "shop_orders_total:1|c|#outcome:ok,outcom:ok",
        "shop_orders_total:1|c",
        "shop_orders_total:1|c|#outcome:okk",
        "shop_calls_total:1|c|#route:GET /b",
        "shop_mode:1|g|#shop_mode:opened",
        "shop_lag_seconds:1|g|#quantile:0.9",
        "shop_time_seconds:-1|h",
        "shop_time_seconds:x|h",
        "shop_sync:wroked|a",
        "shop_sync:1|c",
        "shop_sync_errors_total:1|c",
        "shop_export:starte|j|#queue:fast|i:1",
        "shop_export:started|j|#queue:quick|i:1",
        "shop_export:started|j|#queue:fast",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        expect_same(lines[i]);
}

Test(hints_group, of_full_tables_too) {
    fixture_send(&fx, "shop_pages_total:1|c|#page:a\nshop_users_total:1|c|#user:1\n"
                      "shop_export:started|j|#queue:fast|i:1");
    expect_same("shop_pages_total:1|c|#page:b");
    expect_same("shop_users_total:1|c|#user:2");
    expect_same("shop_export:started|j|#queue:fast|i:2");
}

Test(hints_group, where_little_is_known_the_reason_speaks) {
    struct strbuf out;
    strbuf_init(&out);
    for (int i = SG_REJECT_NONE + 1; i < SG_REJECT_COUNT; i++) {
        const struct hints_group unknown = {.reason = (enum sg_reject)i};
        strbuf_clear(&out);
        hints_of_group(&out, &world, &unknown);
        cr_expect(ne(sz, out.len, 0), "%s", sg_reject_label((enum sg_reject)i));
        for (size_t f = 0; f < fx.set.family_count; f++) {
            const struct hints_group known = {.family = fx.set.families[f],
                                              .reason = (enum sg_reject)i};
            strbuf_clear(&out);
            hints_of_group(&out, &world, &known);
            cr_expect(ne(sz, out.len, 0), "%s of %s", sg_reject_label((enum sg_reject)i),
                      known.family->name);
        }
    }
    strbuf_done(&out);
}

Test(hints_group, texts_of_senders_are_made_visible) {
    struct strbuf out;
    strbuf_init(&out);
    const struct hints_group group = {.reason = SG_REJECT_UNKNOWN_FAMILY,
                                      .value = {"shop_\x1b[2J\xff", 9}};
    hints_of_group(&out, &world, &group);
    cr_expect(eq(ptr, memchr(out.data, '\x1b', out.len), NULL));
    strbuf_done(&out);
}

Test(hints_group, of_many_families_those_that_stand_near_are_compared) {
    enum { MANY = 5000 };
    struct strbuf text;
    struct fixture many;
    strbuf_init(&text);
    strbuf_puts(&text, "{\"statgate\":1,\"service\":\"big\",\"families\":{");
    for (int i = 0; i < MANY; i++)
        strbuf_printf(&text, "%s\"big_%04d_queue_depth\":{\"type\":\"gauge\"}", i > 0 ? "," : "",
                      i);
    strbuf_puts(&text, "}}");
    fixture_init(&many, (const char *const[]){strbuf_cstr(&text), NULL});
    const struct hints_world live = {.set = &many.set};
    const struct hints_group group = {.reason = SG_REJECT_UNKNOWN_FAMILY,
                                      .value = {"big_4321_queue_detph", 20}};
    strbuf_clear(&text);
    hints_of_group(&text, &live, &group);
    cr_expect(
        ne(ptr, (void *)(uintptr_t)strstr(strbuf_cstr(&text), "did you mean big_4321_queue_depth?"),
           NULL));
    strbuf_done(&text);
    fixture_done(&many);
}
