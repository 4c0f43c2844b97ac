/* SPDX-License-Identifier: MIT */
/* Events and queries on the page: the parts that only a running daemon has. */
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "events/events.h"
#include "rendered.h"

static const char *const catalogs[] = {
    "{\"statgate\":1,\"service\":\"shop\",\"families\":{"
    "\"visits_total\":{\"type\":\"counter\",\"help\":\"\"},"
    "\"stock\":{\"type\":\"gauge\",\"help\":\"\",\"labels\":{\"item\":[\"a\",\"b\"]}}},"
    "\"databases\":{\"main\":{\"conninfo\":\"\"}},"
    "\"queries\":[{\"sql\":\"SELECT\",\"labels\":[\"item\"],\"values\":{\"stock\":\"n\"}}]}",
    NULL};

static struct fixture fx;
static struct events *events;

static void setup(void) {
    fixture_init(&fx, catalogs);
    events = events_new(memory_heap(), NULL);
    cr_assert(events != NULL);
}

static void teardown(void) {
    events_free(events);
    fixture_done(&fx);
}

TestSuite(page_happened, .init = setup, .fini = teardown);

static void add(enum event_kind kind, const char *name, const char *text) {
    struct events_item item = {
        .at_ms = fx.now.real_ms, .kind = kind, .who = {.pid = 7, .comm = "a<b"}};
    events_copy(item.service, sizeof item.service, "shop");
    events_copy(item.name, sizeof item.name, name);
    events_copy(item.text, sizeof item.text, text);
    cr_assert(ne(u64, events_add(events, &item), 0));
}

/* To be freed. */
static char *render(const struct status_facts *facts, const struct page_query *query,
                    size_t budget) {
    struct page_source source = rendered_source(&fx);
    source.views.events = events;
    source.views.facts = facts;
    char *page = world_render(&fx, page_view(&source, query), budget);
    (void)rendered_check(page);
    return page;
}

static void expect_has(const char *page, const char *part) {
    cr_expect(strstr(page, part) != NULL, "%s is not in %s", part, page);
}

static size_t count(const char *page, const char *part) {
    size_t found = 0;
    for (const char *at = page; (at = strstr(at, part)) != NULL; at++)
        found++;
    return found;
}

Test(page_happened, the_latest_events_come_first_and_the_rest_is_linked) {
    for (int i = 0; i < 30; i++)
        add(EVENT_JOB_LOST, "visits_total", i == 29 ? "<the last>" : "one of many");
    const struct page_query all = {0};
    char *page = render(NULL, &all, VIEW_STEP_UNITS);
    char *sliced = render(NULL, &all, 1);
    cr_expect(eq(str, page, sliced));
    cr_expect(eq(sz, count(page, "job lost"), 10));
    cr_expect(lt(ptr, strstr(page, "&lt;the last&gt;"), strstr(page, "one of many")));
    expect_has(page, "<bdi>a&lt;b</bdi> <span class=\"quiet\">process 7</span>");
    expect_has(page, "href=\"./?show=events\">20 more");
    free(sliced);
    free(page);
    page = render(NULL, &(struct page_query){.show = "events"}, VIEW_STEP_UNITS);
    cr_expect(eq(sz, count(page, "job lost"), 30));
    free(page);
}

Test(page_happened, a_family_has_its_own_events) {
    add(EVENT_FAMILY_REJECTED, "visits_total", "about visits");
    add(EVENT_FAMILY_REJECTED, "stock", "about stock");
    add(EVENT_RELOAD, "", "about nobody");
    char *page =
        render(NULL, &(struct page_query){.service = "shop", .family = "stock"}, VIEW_STEP_UNITS);
    expect_has(page, "about stock");
    cr_expect(eq(ptr, strstr(page, "about visits"), NULL));
    cr_expect(eq(ptr, strstr(page, "about nobody"), NULL));
    free(page);
}

Test(page_happened, a_query_that_is_down_says_why) {
    const struct status_query down = {.service = fx.set.catalogs[0],
                                      .name = fx.set.queries[0]->name,
                                      .why = "no <database>",
                                      .since_ms = fx.now.real_ms - 60000};
    const struct status_facts facts = {.version = "1.2.3",
                                       .samples_rate = 1250,
                                       .rejected_rate = 0,
                                       .queue_capacity = 100,
                                       .queue_most = 25,
                                       .memory_bytes = 1 << 20,
                                       .memory_bound = 4 << 20,
                                       .queries = &down,
                                       .query_count = 1};
    const struct page_query all = {0};
    char *page = render(&facts, &all, VIEW_STEP_UNITS);
    expect_has(page, "<span class=\"state bad\">down</span>");
    expect_has(page, "<bdi>no &lt;database&gt;</bdi>, last good");
    expect_has(page, "1.25\u00a0k/s");
    expect_has(page, "<dt>Queue</dt><dd>25\u00a0%");
    expect_has(page, "1\u00a0MiB <span class=\"quiet\">of 4\u00a0MiB");
    free(page);
    page = render(NULL, &all, VIEW_STEP_UNITS);
    expect_has(page, "<span class=\"state idle\">no rows</span>");
    free(page);
}

/* ---- processes that ended ---- */

static void end_sender(int32_t pid, uint32_t parts, uint32_t jobs) {
    const struct gate_origin before = fx.origin;
    fx.origin.pid = pid;
    fixture_send(&fx, "visits_total:3|c");
    for (size_t i = 0; i < ledger_sender_count(fx.ledger); i++)
        if (ledger_sender_at(fx.ledger, i)->pid == pid) {
            ledger_sender_gone(fx.ledger, i, fx.now.real_ms);
            ledger_sender_took(fx.ledger, i, pid, parts, jobs, fx.now.real_ms);
        }
    fx.origin = before;
}

Test(page_happened, senders_that_ended_say_what_went_with_them) {
    struct page_query query = {0};
    end_sender(501, 2, 1);
    end_sender(502, 0, 0);
    char *page = render(NULL, &query, SIZE_MAX);
    expect_has(page, "Senders that ended");
    const char *last = strstr(page, "data-key=\"e2\"");
    const char *first = strstr(page, "data-key=\"e1\"");
    cr_assert(last != NULL && first != NULL && last < first, "the last one first: %s", page);
    cr_expect(strstr(last, "502") < first);
    expect_has(first, "501");
    expect_has(first, "<td class=\"n\">1</td><td class=\"n\">2</td><td class=\"n bad\">1</td>");
    free(page);
    query.pid = "502";
    page = render(NULL, &query, SIZE_MAX);
    expect_has(page, "data-key=\"e2\"");
    cr_expect(eq(sz, count(page, "data-key=\"e1\""), 0));
    free(page);
}
