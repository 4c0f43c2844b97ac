/* SPDX-License-Identifier: MIT */
/* What the filters of the lists select, and times as texts. */
#include "assertions.h"
#include "lists.h"
#include "view/view_private.h"

enum { NOW = 1700000000 };
static const int64_t NOW_MS = INT64_C(1000) * NOW;

Test(filters, a_moment_is_a_number_a_text_or_a_duration) {
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        {"0", 0},
        {"1699999999123", 1699999999123},
        {"2023-11-14T22:13:20Z", INT64_C(1700000000000)},
        {"5m", INT64_C(1699999700000)},
        {"1h30m", INT64_C(1699994600000)},
        {"90s", INT64_C(1699999910000)},
        {"250ms", INT64_C(1699999999750)},
        {"1d", INT64_C(1699913600000)},
        {"99999d", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t ms = -1;
        cr_expect(view_since_read(cases[i].text, NOW_MS, &ms), "%s", cases[i].text);
        cr_expect(eq(i64, ms, cases[i].ms), "%s", cases[i].text);
    }
}

Test(filters, other_texts_are_no_moment) {
    static const char *const texts[] = {"",
                                        "m",

                                        "-5m",
                                        "5 m",
                                        "5mm",
                                        "5m3",
                                        "5w",
                                        "now",
                                        "1e3",
                                        "+1",
                                        "2023-11-14",
                                        "99999999999999999999",
                                        "99999999999999999d",
                                        "5",
                                        "1699999999",
                                        "5m\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        int64_t ms = -1;
        cr_expect(not(view_since_read(texts[i], NOW_MS, &ms)), "%s", texts[i]);
        cr_expect(eq(i64, ms, -1));
    }
}

static size_t count(const struct fixture *fx, world_list list, struct json_query query,
                    const char *key) {
    query.now_ms = fx->now.real_ms;
    json_t *json = world_json(fx, list, &query);
    const size_t items = json_array_size(json_object_get(json, key));
    json_decref(json);
    return items;
}

Test(filters, senders_by_service_process_and_time) {
    struct fixture fx;
    fill_and_reject(&fx);
    const size_t all = count(&fx, view_json_senders, (struct json_query){0}, "senders");
    cr_assert(gt(sz, all, 3));
    cr_expect(
        eq(sz, count(&fx, view_json_senders, (struct json_query){.pid = "200"}, "senders"), 1));
    cr_expect(eq(sz, count(&fx, view_json_senders, (struct json_query){.pid = "9"}, "senders"), 0));
    fx.now.mono_ms += 60000;
    fx.now.real_ms += 60000;
    fx.origin.pid = 300;
    fixture_send(&fx, "nonsense");
    cr_expect(
        eq(sz, count(&fx, view_json_senders, (struct json_query){.since = "30s"}, "senders"), 1));
    cr_expect(eq(sz, count(&fx, view_json_senders, (struct json_query){.since = "5m"}, "senders"),
                 all + 1));
    fixture_done(&fx);
}

/* In order, by what the senders sent for this service, or (NULL) for all. */
static json_t *senders_by_trouble(struct fixture *fx, const char *service) {
    json_t *root = world_json(fx, view_json_senders,
                              &(struct json_query){.order = "trouble", .service = service});
    const json_t *rows = json_object_get(root, "senders");
    bool was_calm = false;
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        const bool calm = number_at(row, "rejected") == 0 && number_at(row, "lost") == 0;
        cr_expect(not(was_calm && !calm), "row %zu", i);
        was_calm = calm;
    }
    return root;
}

/* A sender in trouble with one service only is not in trouble with the other. */
Test(filters, trouble_is_of_the_service_that_is_asked_for) {
    struct fixture fx;
    fill(&fx);
    fx.origin.pid = 500;
    fixture_send(&fx, "alone_total:1|g");
    fixture_send(&fx, "last:1|g");
    fx.origin.pid = 999;
    fx.now.real_ms += 1000;
    fixture_send(&fx, "last:1|g");
    json_t *root = senders_by_trouble(&fx, "two");
    cr_expect(eq(i64, number_at(json_array_get(json_object_get(root, "senders"), 0), "pid"), 999));
    json_decref(root);
    root = senders_by_trouble(&fx, "one");
    cr_expect(eq(i64, number_at(json_array_get(json_object_get(root, "senders"), 0), "pid"), 500));
    json_decref(root);
    fixture_done(&fx);
}

Test(filters, trouble_comes_first) {
    struct fixture fx;
    fill_and_reject(&fx);
    fx.origin.pid = 999;
    fx.now.real_ms += 1000;
    fixture_send(&fx, "nonsense");
    json_t *all = senders_by_trouble(&fx, NULL);
    const json_t *rows = json_object_get(all, "senders");
    cr_expect(eq(i64, number_at(json_array_get(rows, 0), "pid"), 999), "it sent last");
    json_decref(all);
    cr_expect(eq(sz,
                 count(&fx, view_json_senders,
                       (struct json_query){.order = "trouble", .limit = "2"}, "senders"),
                 2));
    json_t *services =
        world_json(&fx, view_json_services, &(struct json_query){.order = "trouble", .limit = "1"});
    rows = json_object_get(services, "services");
    cr_expect(eq(sz, json_array_size(rows), 1));
    cr_expect(gt(i64, number_at(json_array_get(rows, 0), "rejected"), 0));
    cr_expect(json_is_null(json_object_get(services, "next")));
    json_decref(services);
    fixture_done(&fx);
}

Test(filters, an_order_has_no_further_pages) {
    struct fixture fx;
    const char *error;
    fill(&fx);
    const struct view_source source = world_source(&fx);
    cr_expect(view_json_senders(&source, &(struct json_query){.order = "x"}, &error) == NULL);
    cr_expect(eq(str, (char *)(uintptr_t)error, "order: only trouble"));
    cr_expect(view_json_services(&source, &(struct json_query){.order = "trouble", .after = "x"},
                                 &error) == NULL);
    cr_expect(eq(str, (char *)(uintptr_t)error, "after: order=trouble has no further pages"));
    fixture_done(&fx);
}

Test(filters, rejections_by_reason_process_and_time) {
    struct fixture fx;
    fill_and_reject(&fx);
    json_t *list =
        world_json(&fx, view_json_rejections, &(struct json_query){.reason = "malformed"});
    cr_expect(eq(i64, sum_of(json_object_get(list, "by_family"), "count"),
                 number_at(json_object_get(list, "by_reason"), "malformed")));
    json_decref(list);
    static const char *const reasons[] = {"malformed", "unknown_label", "label_value"};
    for (size_t i = 0; i < 3; i++) {
        list = world_json(&fx, view_json_rejections, &(struct json_query){.reason = reasons[i]});
        const json_t *recent = json_object_get(list, "recent");
        cr_expect(gt(sz, json_array_size(recent), 0));
        for (size_t j = 0; j < json_array_size(recent); j++)
            cr_expect(eq(str,
                         (char *)(uintptr_t)json_string_value(
                             json_object_get(json_array_get(recent, j), "reason")),
                         (char *)(uintptr_t)reasons[i]));
        json_decref(list);
    }
    const size_t all = count(&fx, view_json_rejections, (struct json_query){0}, "recent");
    const size_t few =
        count(&fx, view_json_rejections, (struct json_query){.pid = "200"}, "recent");
    cr_expect(few > 0 && few < all);
    /* As many as asked for, also if others came in between. */
    cr_expect(eq(sz,
                 count(&fx, view_json_rejections,
                       (struct json_query){.limit = "1", .reason = "malformed"}, "recent"),
                 1));
    fx.now.mono_ms += 60000;
    fx.now.real_ms += 60000;
    cr_expect(
        eq(sz, count(&fx, view_json_rejections, (struct json_query){.since = "30s"}, "recent"), 0));
    fixture_done(&fx);
}

Test(filters, what_is_no_reason_no_process_and_no_moment_is_refused) {
    static const struct {
        struct json_query query;
        const char *sentence;
    } cases[] = {
        {{.reason = "none"}, "reason: no such reason"},
        {{.reason = ""}, "reason: no such reason"},
        {{.pid = ""}, "pid: not the number of a process"},
        {{.pid = "-1"}, "pid: not the number of a process"},
        {{.pid = "7x"}, "pid: not the number of a process"},
        {{.pid = "99999999999"}, "pid: not the number of a process"},
        {{.since = "yesterday"},
         "since: expected a duration with its unit, such as 90s, 5m or 2h, a time such as "
         "2026-07-01T12:00:00Z, or milliseconds of Unix time"},
    };
    struct fixture fx;
    fill(&fx);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_expect(eq(str,
                     (char *)(uintptr_t)world_refusal(&fx, view_json_rejections, &cases[i].query),
                     (char *)(uintptr_t)cases[i].sentence));
    fixture_done(&fx);
}

static size_t count_series(const struct fixture *fx, const char *since) {
    const struct json_query query = {
        .family = "a_total", .since = since, .now_ms = fx->now.real_ms};
    json_t *json = world_json(fx, view_json_series, &query);
    json_t *series = series_of(json);
    const size_t count = json_array_size(series);
    json_decref(series);
    json_decref(json);
    return count;
}

Test(filters, series_by_when_they_were_written) {
    struct fixture fx;
    fill(&fx);
    const size_t all = count_series(&fx, NULL);
    cr_assert(gt(sz, all, 1));
    cr_expect(eq(sz, count_series(&fx, "5m"), all));
    fx.now.mono_ms += 600000;
    fx.now.real_ms += 600000;
    cr_expect(eq(sz, count_series(&fx, "5m"), 0));
    fixture_done(&fx);
}

static const char catalog[] = "{\"statgate\":1,\"service\":\"one\",\"attempts\":{\"sync\":{"
                              "\"labels\":{\"job\":[\"a\",\"b\"]},"
                              "\"success\":[\"ok\"],\"failure\":[\"bad\"]}},"
                              "\"jobs\":{\"thumbs\":{\"buckets\":[1]}}}";

Test(filters, breakers_and_jobs_by_process_and_time) {
    struct fixture fx;
    fixture_init(&fx, (const char *const[]){catalog, NULL});
    fx.origin.pid = 7;
    fixture_send(&fx, "sync:ok|a|#job:a\nthumbs:started|j|i:1\nthumbs:started|j|i:2");
    fx.now.mono_ms += 60000;
    fx.now.real_ms += 60000;
    fx.origin.pid = 8;
    fixture_send(&fx, "sync:bad|a|#job:b\nthumbs:started|j|i:3");
    cr_expect(eq(sz, count(&fx, view_json_breakers, (struct json_query){0}, "breakers"), 2));
    cr_expect(
        eq(sz, count(&fx, view_json_breakers, (struct json_query){.pid = "7"}, "breakers"), 1));
    cr_expect(
        eq(sz, count(&fx, view_json_breakers, (struct json_query){.since = "30s"}, "breakers"), 1));
    cr_expect(eq(sz, count(&fx, view_json_jobs, (struct json_query){.pid = "7"}, "jobs"), 2));
    cr_expect(eq(
        sz, count(&fx, view_json_jobs, (struct json_query){.pid = "7", .limit = "1"}, "jobs"), 1));
    cr_expect(eq(sz, count(&fx, view_json_jobs, (struct json_query){.since = "30s"}, "jobs"), 1));
    fixture_done(&fx);
}
