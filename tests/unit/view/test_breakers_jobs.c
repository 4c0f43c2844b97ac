/* SPDX-License-Identifier: MIT */
/* The lists of breakers and of live jobs: whole, in pages, in slices, and while jobs move. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "view/view.h"
#include "world.h"

static const char *const catalogs[] = {
    "{\"statgate\":1,\"service\":\"one\",\"families\":{\"g\":{\"type\":\"gauge\",\"help\":\"\"}},"
    "\"attempts\":{\"sync\":{\"labels\":{\"job\":[\"a\",\"b\",\"c\"]},\"success\":[\"ok\"],"
    "\"failure\":[\"bad\"],\"breaker\":{\"open_after\":1,\"cooldown_s\":30}},"
    "\"ping\":{\"success\":[\"ok\"],\"failure\":[\"bad\"]}},"
    "\"jobs\":{\"thumbs\":{\"labels\":{\"queue\":[\"fast\",\"slow\"]},\"max_live\":20000,"
    "\"buckets\":[1]},\"mails\":{\"buckets\":[1]}}}",
    "{\"statgate\":1,\"service\":\"two\",\"families\":{},"
    "\"attempts\":{\"call\":{\"success\":[\"ok\"],\"failure\":[\"bad\"],"
    "\"breaker\":\"reported\"}},\"jobs\":{\"exports\":{\"buckets\":[1]}}}",
    NULL};
enum { BREAKERS = 5, JOB_FAMILIES = 3, JOBS = 7 };

static void send(struct fixture *fx, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void send(struct fixture *fx, const char *format, ...) {
    char line[256];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    fixture_send(fx, line);
}

static void fill(struct fixture *fx) {
    fixture_init(fx, catalogs);
    fixture_send(fx, "sync:bad|a|#job:b");
    fixture_send(fx, "thumbs:queued|j|#queue:slow|i:t1");
    fixture_send(fx, "thumbs:queued|j|#queue:fast|i:t2");
    fixture_send(fx, "exports:started|j|i:e1");
    fixture_send(fx, "mails:queued|j|i:m1");
    fixture_send(fx, "thumbs:started|j|#queue:fast|i:t3");
    fixture_send(fx, "mails:queued|j|i:m2");
    fixture_send(fx, "thumbs:started|j|#queue:slow|i:t1");
    fixture_send(fx, "exports:queued|j|i:e2");
}

static char *text_at(const json_t *object, const char *key) {
    return (char *)(uintptr_t)json_string_value(json_object_get(object, key));
}

/* The members `key` of a list's rows, separated by blanks. */
static void names_of(const json_t *rows, const char *key, struct strbuf *out) {
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row) {
        strbuf_puts(out, out->len > 0 ? " " : "");
        strbuf_puts(out, text_at(row, key));
    }
}

static void rows_are(const struct fixture *fx, world_list make, const struct json_query *query,
                     const char *rows, const char *key, const char *want) {
    json_t *list = world_json(fx, make, query);
    struct strbuf names = {0};
    names_of(json_object_get(list, rows), key, &names);
    cr_expect(eq(str, (char *)(uintptr_t)strbuf_cstr(&names), (char *)(uintptr_t)want));
    strbuf_done(&names);
    json_decref(list);
}

/* All pages of `limit` rows make what one page is; each has all families. */
static void pages_make(const struct fixture *fx, world_list make, size_t limit, const char *rows,
                       const char *key, const char *want) {
    struct strbuf names = {0};
    char *after = NULL;
    size_t pages = 0;
    do {
        json_t *page =
            world_json(fx, make, &(struct json_query){.limit = limit_text(limit), .after = after});
        const json_t *next = json_object_get(page, "next");
        cr_assert(le(sz, json_array_size(json_object_get(page, rows)), limit));
        cr_assert(ne(sz, json_array_size(json_object_get(page, rows)), 0));
        if (make == view_json_jobs)
            cr_expect(eq(sz, json_array_size(json_object_get(page, "families")), JOB_FAMILIES));
        names_of(json_object_get(page, rows), key, &names);
        free(after);
        after = json_is_string(next) ? strdup(json_string_value(next)) : NULL;
        json_decref(page);
        cr_assert(lt(sz, ++pages, 100), "no end");
    } while (after != NULL);
    cr_expect(eq(str, (char *)(uintptr_t)strbuf_cstr(&names), (char *)(uintptr_t)want),
              "pages of %zu", limit);
    strbuf_done(&names);
}

static const char jobs_in_order[] = "e1 e2 m1 m2 t2 t3 t1";

Test(breakers_jobs, pages_make_the_whole) {
    struct fixture fx;
    fill(&fx);
    for (size_t limit = 1; limit <= JOBS + 1; limit++)
        pages_make(&fx, view_json_jobs, limit, "jobs", "id", jobs_in_order);
    for (size_t limit = 1; limit <= BREAKERS + 1; limit++)
        pages_make(&fx, view_json_breakers, limit, "breakers", "name", "call ping sync sync sync");
    fixture_done(&fx);
}

Test(breakers_jobs, filters_select_services_and_families) {
    struct fixture fx;
    fill(&fx);
    const struct json_query one = {.service = "one"};
    const struct json_query thumbs = {.family = "thumbs"};
    rows_are(&fx, view_json_jobs, &one, "families", "name", "mails thumbs");
    rows_are(&fx, view_json_jobs, &one, "jobs", "id", "m1 m2 t2 t3 t1");
    rows_are(&fx, view_json_jobs, &thumbs, "families", "name", "thumbs");
    rows_are(&fx, view_json_jobs, &thumbs, "jobs", "id", "t2 t3 t1");
    rows_are(&fx, view_json_breakers, &one, "breakers", "name", "ping sync sync sync");
    rows_are(&fx, view_json_breakers, &(struct json_query){.family = "call"}, "breakers", "service",
             "two");
    fixture_done(&fx);
}

/* A list refuses a family that it does not show, whether or not the family is declared. */
Test(breakers_jobs, a_list_refuses_families_of_other_lists) {
    struct fixture fx;
    fill(&fx);
    const struct {
        world_list make;
        const char *family;
    } cases[] = {{view_json_series, "thumbs"},
                 {view_json_series, "sync"},
                 {view_json_breakers, "thumbs"},
                 {view_json_breakers, "g"},
                 {view_json_breakers, "sync_errors_total"},
                 {view_json_jobs, "sync"},
                 {view_json_jobs, "g"},
                 {view_json_jobs, "thumbs_jobs"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_expect(eq(str,
                     (char *)(uintptr_t)world_refusal(
                         &fx, cases[i].make, &(struct json_query){.family = cases[i].family}),
                     "family: no such family"),
                  "case %zu", i);
    rows_are(&fx, view_json_catalog, &(struct json_query){.family = "thumbs"}, "services",
             "service", "one");
    fixture_done(&fx);
}

static void refuses_token(const struct fixture *fx, world_list make, const char *service,
                          enum page_token_list kind, const char *const *texts) {
    struct page_token_writer writer;
    struct strbuf token = {0};
    view_page_token_begin(&writer, kind);
    for (size_t i = 0; texts[i] != NULL; i++)
        view_page_token_add(&writer, texts[i], strlen(texts[i]));
    view_page_token_end(&writer, &token);
    const struct json_query query = {.after = strbuf_cstr(&token), .service = service};
    cr_expect(eq(str, (char *)(uintptr_t)world_refusal(fx, make, &query),
                 (char *)(uintptr_t)view_page_token_refusal),
              "%s %s", texts[0], query.after);
    strbuf_done(&token);
}

#define REFUSES(make, service, kind, ...)                                                          \
    refuses_token(&fx, make, service, kind, (const char *const[]){__VA_ARGS__, NULL})

Test(breakers_jobs, tokens_that_name_nothing_are_refused) {
    struct fixture fx;
    fill(&fx);
    static const char *const numbers[] = {
        "", "-1", "01", "x", "1 ", "2049", "18446744073709551616", "99999999999999999999999"};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        REFUSES(view_json_breakers, NULL, PAGE_TOKEN_BREAKERS, numbers[i]);
    REFUSES(view_json_breakers, NULL, PAGE_TOKEN_BREAKERS, "1", "1");
    REFUSES(view_json_breakers, NULL, PAGE_TOKEN_SENDERS, "1");
    REFUSES(view_json_jobs, NULL, PAGE_TOKEN_JOBS, "none", "thumbs", "1");
    REFUSES(view_json_jobs, NULL, PAGE_TOKEN_JOBS, "one", "none", "1");
    REFUSES(view_json_jobs, NULL, PAGE_TOKEN_JOBS, "one", "sync", "1");
    REFUSES(view_json_jobs, NULL, PAGE_TOKEN_JOBS, "one", "g", "1");
    REFUSES(view_json_jobs, NULL, PAGE_TOKEN_JOBS, "one", "thumbs", "x");
    REFUSES(view_json_jobs, NULL, PAGE_TOKEN_JOBS, "one", "thumbs", "18446744073709551616");
    REFUSES(view_json_jobs, NULL, PAGE_TOKEN_JOBS, "one", "thumbs");
    REFUSES(view_json_jobs, NULL, PAGE_TOKEN_JOBS, "one", "thumbs", "1", "1");
    REFUSES(view_json_jobs, NULL, PAGE_TOKEN_SERIES, "one", "thumbs", "1");
    REFUSES(view_json_jobs, "two", PAGE_TOKEN_JOBS, "one", "thumbs", "1");
    REFUSES(view_json_series, NULL, PAGE_TOKEN_SERIES, "one", "thumbs");
    fixture_done(&fx);
}

/* From outside, but well made: nothing is behind such a place. */
Test(breakers_jobs, tokens_beyond_the_end_find_nothing) {
    struct fixture fx;
    fill(&fx);
    struct page_token_writer writer;
    struct strbuf token = {0};
    view_page_token_begin(&writer, PAGE_TOKEN_JOBS);
    view_page_token_add(&writer, "one", 3);
    view_page_token_add(&writer, "thumbs", 6);
    view_page_token_add_number(&writer, UINT64_MAX);
    view_page_token_end(&writer, &token);
    const struct json_query jobs = {.after = strbuf_cstr(&token)};
    rows_are(&fx, view_json_jobs, &jobs, "jobs", "id", "");
    strbuf_clear(&token);
    view_page_token_begin(&writer, PAGE_TOKEN_BREAKERS);
    view_page_token_add_number(&writer, CATALOG_MACHINES_MAX);
    view_page_token_end(&writer, &token);
    const struct json_query breakers = {.after = strbuf_cstr(&token)};
    rows_are(&fx, view_json_breakers, &breakers, "breakers", "name", "");
    strbuf_done(&token);
    fixture_done(&fx);
}

Test(breakers_jobs, without_a_state_the_lists_are_empty) {
    struct fixture fx;
    fill(&fx);
    struct view_source source = world_source(&fx);
    const char *refusal;
    source.breakers_jobs = NULL;
    char *jobs = world_render(&fx, view_json_jobs(&source, &(struct json_query){0}, &refusal),
                              VIEW_STEP_UNITS);
    char *breakers = world_render(
        &fx, view_json_breakers(&source, &(struct json_query){0}, &refusal), VIEW_STEP_UNITS);
    cr_expect(
        eq(str, jobs,
           "{\"families\":[],\n\"watched\":[],\n\"jobs\":[],\n\"ended\":[],\n\"next\":null}\n"));
    cr_expect(eq(str, breakers, "{\"breakers\":[],\n\"next\":null}\n"));
    free(jobs);
    free(breakers);
    fixture_done(&fx);
}

Test(breakers_jobs, an_age_is_never_negative) {
    struct fixture fx;
    fill(&fx);
    fx.now.real_ms -= 5000; /* the clock was set back */
    json_t *list = world_json(&fx, view_json_jobs, &(struct json_query){.limit = "1"});
    const json_t *job = json_array_get(json_object_get(list, "jobs"), 0);
    cr_expect(epsilon_eq(dbl, json_number_value(json_object_get(job, "age_s")), 0, 0));
    json_decref(list);
    fixture_done(&fx);
}

/* ---- slices ---- */

static struct view *jobs_view(const struct fixture *fx) {
    const struct view_source source = world_source(fx);
    const char *refusal;
    return view_json_jobs(&source, &(struct json_query){.limit = "100000"}, &refusal);
}

Test(breakers_jobs, a_long_list_of_jobs_comes_in_slices) {
    enum { MANY = 12000 };
    const size_t line_bytes = 260;
    struct fixture fx;
    fixture_init(&fx, catalogs);
    for (int i = 0; i < MANY; i++)
        send(&fx, "thumbs:queued|j|#queue:%s|i:job%05d", i % 3 ? "fast" : "slow", i);
    struct view *view = jobs_view(&fx);
    struct strbuf all = {0};
    struct strbuf out = {0};
    size_t slices = 0;
    enum view_state state = VIEW_MORE;
    while (state == VIEW_MORE) {
        strbuf_clear(&out);
        state = view_step(view, &out, VIEW_STEP_UNITS, fx.now);
        cr_expect(le(sz, out.len, (VIEW_STEP_UNITS / 12 + 2) * line_bytes));
        strbuf_put(&all, out.data, out.len);
        slices++;
    }
    view_free(view);
    cr_expect(ge(sz, slices, (size_t)MANY * 13 / VIEW_STEP_UNITS));
    const char *at = strbuf_cstr(&all);
    const char *end = at + all.len;
    for (int i = 0; i < MANY; i++) {
        char id[32];
        const int len = snprintf(id, sizeof id, "\"id\":\"job%05d\"", i);
        const size_t near = 4 * line_bytes; /* with sanitizers strstr() reads all of it */
        const size_t left = (size_t)(end - at);
        at = memmem(at, left < near ? left : near, id, (size_t)len);
        cr_assert(at != NULL, "in order: %s", id);
    }
    strbuf_done(&all);
    strbuf_done(&out);
    fixture_done(&fx);
}

static size_t occurrences(const char *text, const char *part) {
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at++)
        count++;
    return count;
}

/* A job that does not move is in the list once, whatever the others do meanwhile. */
Test(breakers_jobs, jobs_that_come_and_go_between_slices_leave_the_others_alone) {
    enum { MANY = 400, KEPT = 5 };
    struct fixture fx;
    fixture_init(&fx, catalogs);
    for (int i = 0; i < MANY; i++)
        send(&fx, "thumbs:queued|j|#queue:fast|i:job%03d", i);
    struct view *view = jobs_view(&fx);
    struct strbuf out = {0};
    uint32_t random = 1;
    int fresh = 0;
    while (view_step(view, &out, 1, fx.now) == VIEW_MORE) {
        random = random * 1664525u + 1013904223u;
        const int i = (int)((random >> 8) % MANY);
        if (i % KEPT != 0)
            send(&fx, "thumbs:%s|j|#queue:fast|i:job%03d", i & 1 ? "started" : "canceled", i);
        if (fresh < 50)
            send(&fx, "thumbs:queued|j|#queue:slow|i:fresh%d", fresh++);
    }
    view_free(view);
    json_t *list = json_loadb(out.data, out.len, JSON_REJECT_DUPLICATES, NULL);
    cr_assert(list != NULL);
    for (int i = 0; i < MANY; i += KEPT) {
        char id[32];
        (void)snprintf(id, sizeof id, "\"id\":\"job%03d\"", i);
        cr_expect(eq(sz, occurrences(strbuf_cstr(&out), id), 1), "%s", id);
    }
    json_decref(list);
    strbuf_done(&out);
    fixture_done(&fx);
}

Test(breakers_jobs, lists_may_be_freed_at_any_time) {
    struct fixture fx;
    fill(&fx);
    const world_list makes[] = {view_json_jobs, view_json_breakers};
    for (size_t list = 0; list < 2; list++) {
        for (size_t steps = 0; steps < 12; steps++) {
            const struct view_source source = world_source(&fx);
            const char *refusal;
            struct view *view = makes[list](&source, &(struct json_query){.limit = "3"}, &refusal);
            struct strbuf out = {0};
            for (size_t i = 0; i < steps; i++)
                if (view_step(view, &out, 1, fx.now) == VIEW_DONE)
                    break;
            view_free(view);
            strbuf_done(&out);
        }
    }
    fixture_done(&fx);
}

Test(breakers_jobs, failed_memory_ends_the_lists) {
    struct fixture fx;
    fill(&fx);
    const world_list makes[] = {view_json_jobs, view_json_breakers};
    for (size_t list = 0; list < 2; list++) {
        const struct view_source source = world_source(&fx);
        const char *refusal;
        struct view *view = makes[list](&source, &(struct json_query){0}, &refusal);
        struct strbuf out = {.failed = true};
        cr_expect(eq(int, view_step(view, &out, 100, fx.now), VIEW_DONE));
        cr_expect(eq(sz, out.len, 0));
        view_free(view);
        strbuf_done(&out);
    }
    fixture_done(&fx);
}
