/* SPDX-License-Identifier: MIT */
/* Each allocation of a view, and of all that it reads, fails in turn: then there is no view, or a
 * slice that says so; a sample that found no memory has a verdict; and nothing leaks. */
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "scarce.h"
#include "store/store.h"
#include "world.h"

static struct fixture fx;

static void teardown(void) {
    fixture_done(&fx);
}

TestSuite(view_memory, .fini = teardown);

/* The whole of a view into `out`. False when out of memory. */
static bool step_all(struct view *view, struct strbuf *out) {
    if (view == NULL)
        return false;
    while (view_step(view, out, VIEW_STEP_UNITS, fx.now) == VIEW_MORE)
        continue;
    view_free(view);
    return !out->failed;
}

/* ---- expositions ---- */

static bool try_exposition(const struct memory *memory, void *arg) {
    const struct exposition_options *options = arg;
    struct view_source source = world_source(&fx);
    struct strbuf out;
    source.memory = memory;
    strbuf_init_in(&out, memory);
    const bool done = step_all(view_exposition(&source, options), &out);
    if (done) {
        char *expected = world_exposition(&fx, options->format, VIEW_STEP_UNITS);
        cr_expect(eq(str, (char *)strbuf_cstr(&out), expected));
        free(expected);
    }
    strbuf_done(&out);
    return done;
}

static void check_expositions(const char *folder) {
    world_load(&fx, folder);
    for (int format = EXPOSITION_OPENMETRICS; format <= EXPOSITION_TEXT; format++) {
        struct exposition_options options = {.format = (enum exposition_format)format,
                                             .page = &fx.endpoints.items[0].all};
        free(world_exposition(&fx, options.format, VIEW_STEP_UNITS)); /* sorts what is new */
        cr_expect(lt(sz, 5, scarce_each(try_exposition, &options)));
    }
}

Test(view_memory, each_allocation_of_an_exposition_may_fail) {
    check_expositions("cases/view/constants");
}

Test(view_memory, each_allocation_of_an_exposition_of_long_texts_may_fail) {
    check_expositions("cases/view/escapes");
}

/* ---- lists ---- */

struct page {
    world_list list;
    struct json_query query;
    char expected[8192];
};

static bool try_list(const struct memory *memory, void *arg) {
    struct page *page = arg;
    struct view_source source = world_source(&fx);
    const char *error = "";
    struct strbuf out;
    source.memory = memory;
    strbuf_init_in(&out, memory);
    struct view *view = page->list(&source, &page->query, &error);
    cr_assert(view != NULL || error == NULL, "%s", error);
    const bool done = step_all(view, &out);
    if (done)
        cr_expect(eq(str, (char *)strbuf_cstr(&out), page->expected));
    strbuf_done(&out);
    return done;
}

/* How many allocations the page takes. */
static size_t fail_each(struct page *page) {
    const struct view_source source = world_source(&fx);
    const char *error = "";
    char *text = world_render(&fx, page->list(&source, &page->query, &error), VIEW_STEP_UNITS);
    cr_assert(lt(sz, strlen(text), sizeof page->expected));
    strcpy(page->expected, text);
    free(text);
    return scarce_each(try_list, page);
}

/* A page of one item, and the page behind it. */
static void check_list(world_list list) {
    struct page first = {.list = list, .query = {.limit = 1}};
    struct page second = first;
    char after[1024];
    cr_expect(lt(sz, 2, fail_each(&first)));
    const char *next = strstr(first.expected, "\"next\":\"");
    cr_assert(next != NULL, "%s", first.expected);
    next += strlen("\"next\":\"");
    const size_t len = strcspn(next, "\"");
    cr_assert(lt(sz, len, sizeof after));
    memcpy(after, next, len);
    after[len] = '\0';
    second.query.after = after;
    cr_expect(lt(sz, 3, fail_each(&second)), "with a token to read");
    cr_expect(ne(str, first.expected, second.expected));
}

Test(view_memory, each_allocation_of_a_list_may_fail) {
    world_load(&fx, "cases/view/machines");
    for (int32_t pid = 1; pid <= 3; pid++) {
        fx.origin.pid = pid;
        fixture_send(&fx, "unknown:1|c\n:1|c\nunknown:1|q");
    }
    breakers_jobs_publish(fx.breakers_jobs, fx.now);
    check_list(view_json_series);
    check_list(view_json_rejections);
    check_list(view_json_senders);
    check_list(view_json_catalog);
    check_list(view_json_breakers);
    check_list(view_json_jobs);
}

/* ---- all behind the socket ---- */

static const char *const catalogs[] = {
    "{\"statgate\":1,\"service\":\"s\",\"families\":{"
    "\"c_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{\"x\":{\"pattern\":\"slug\","
    "\"max\":5}}},"
    "\"u\":{\"type\":\"updowncounter\",\"help\":\"\"},"
    "\"h\":{\"type\":\"histogram\",\"help\":\"\",\"buckets\":[1,2]},"
    "\"q\":{\"type\":\"summary\",\"help\":\"\",\"quantiles\":[0.5],\"window_s\":60},"
    "\"r\":{\"type\":\"gauge\",\"help\":\"\",\"labels\":{\"x\":[\"a\",\"b\"]}}},"
    "\"attempts\":{\"a\":{\"success\":[\"ok\"],\"failure\":[\"bad\"],\"breaker\":{\"open_after\":1,"
    "\"cooldown_s\":9,\"probes\":1}}},"
    "\"jobs\":{\"j\":{\"buckets\":[1],\"max_live\":10}},"
    "\"databases\":{\"main\":{\"conninfo\":\"\"}},"
    "\"queries\":[{\"sql\":\"SELECT\",\"labels\":[\"x\"],\"values\":{\"r\":\"n\"}}]}",
    NULL};

/* Returns how many values were accepted. */
static uint64_t send_rows(void) {
    static const char *const texts[] = {"a", "b"};
    const struct catalog_family *family = fixture_family(&fx, "r");
    size_t budget = SIZE_MAX;
    uint64_t accepted = 0;
    (void)store_set_begin(fx.store, family, &budget);
    for (size_t i = 0; i < 2; i++) {
        const struct sg_span value = {.at = texts[i], .len = 1};
        accepted +=
            gate_row(fx.gate, family, &value, 1, COMBINE_SUM, fx.now).verdict == VERDICT_ACCEPTED;
    }
    store_set_commit(fx.store, family);
    return accepted;
}

static uint64_t count_of(enum verdict verdict) {
    return ledger_total(fx.ledger)->by_verdict[verdict];
}

/* Each sample gets a verdict. */
static void send_lines(void) {
    static const char *const lines[] = {
        "c_total:1|c|#x:one", "c_total:1|c|#x:two", "u:1|c", "h:1|h", "q:3|d", "a:ok|a", "a:bad|a",
        "j:started|j|i:1",    "j:succeeded|j|i:1"};
    const size_t count = sizeof lines / sizeof lines[0];
    const uint64_t before = tally_total(ledger_total(fx.ledger));
    for (size_t i = 0; i < 2 * count; i++) {
        fx.origin.pid = 1 + (int32_t)(i / count);
        fixture_send(&fx, lines[i % count]);
    }
    cr_expect(eq(u64, tally_total(ledger_total(fx.ledger)), before + 2 * count));
}

/* Once there is memory again, nothing is refused any more. */
static bool live_once(const struct memory *memory, void *arg) {
    struct scarce *scarce = memory->arg;
    struct exposition_options options = {.format = EXPOSITION_OPENMETRICS,
                                         .page = &fx.endpoints.items[0].all};
    (void)arg;
    if (!fixture_open(&fx, memory))
        return false;
    send_lines();
    const uint64_t rows = send_rows();
    breakers_jobs_publish(fx.breakers_jobs, fx.now);
    const bool shown = try_exposition(memory, &options);
    const uint64_t rejected = count_of(VERDICT_REJECTED);
    scarce->granted = SIZE_MAX;
    send_lines();
    cr_expect(eq(u64, count_of(VERDICT_REJECTED), rejected));
    cr_expect(eq(u64, send_rows(), 2));
    breakers_jobs_publish(fx.breakers_jobs, fx.now);
    cr_expect(try_exposition(memory, &options));
    world_end_process(&fx, 1);
    fixture_close(&fx);
    return shown && rejected == 0 && rows == 2;
}

Test(view_memory, each_allocation_behind_the_socket_may_fail) {
    fixture_init(&fx, catalogs);
    fixture_close(&fx);
    cr_expect(lt(sz, 200, scarce_each_spared(live_once, NULL)));
}
