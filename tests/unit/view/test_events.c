/* SPDX-License-Identifier: MIT */
/* Events and status as JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "view/view.h"
#include "world.h"

static const char *const catalogs[] = {
    "{\"statgate\":1,\"service\":\"shop\",\"families\":{"
    "\"a_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{\"x\":[\"1\"]}}}}",
    "{\"statgate\":1,\"service\":\"bank\",\"families\":{},"
    "\"attempts\":{\"sync\":{\"success\":[\"ok\"],\"failure\":[\"no\"],"
    "\"breaker\":{\"open_after\":1,\"cooldown_s\":30}}}}",
    NULL};

static struct fixture fx;
static struct events *events;
static struct status_facts facts;

static void setup(void) {
    fixture_init(&fx, catalogs);
    events = events_new(NULL);
    facts = (struct status_facts){.version = "1.2",
                                  .started_ms = fx.now.real_ms - 5000,
                                  .started_mono_ms = fx.now.mono_ms - 5000,
                                  .samples_rate = 12.5,
                                  .rejected_rate = -1,
                                  .queue_capacity = 2048,
                                  .queue_most = 3};
}

static void teardown(void) {
    events_free(events);
    fixture_done(&fx);
}

TestSuite(view_events, .init = setup, .fini = teardown);

static struct view_source source_of(void) {
    struct view_source source = world_source(&fx);
    source.events = events;
    source.facts = &facts;
    return source;
}

static void add(enum event_kind kind, const char *service, const char *name) {
    struct events_item item = {.at_ms = 1000, .kind = kind};
    events_copy(item.service, sizeof item.service, service);
    events_copy(item.name, sizeof item.name, name);
    events_copy(item.text, sizeof item.text, "it <b>happened</b>\n");
    (void)events_add(events, &item);
}

static json_t *read(struct view *view) {
    cr_assert(ne(ptr, view, NULL));
    char *text = world_render(&fx, view, 0);
    json_t *json = json_loads(text, 0, NULL);
    cr_assert(ne(ptr, json, NULL), "%s", text);
    free(text);
    return json;
}

static json_t *list(const struct json_query *query) {
    const struct view_source source = source_of();
    const char *error;
    return read(view_json_events(&source, query, &error));
}

/* The ids of a page, separated by blanks. */
static void expect_ids(const struct json_query *query, const char *ids) {
    json_t *json = list(query);
    char text[64] = "";
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(json, "events"), i, item)(void)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%d", i > 0 ? " " : "",
                 (int)json_integer_value(json_object_get(item, "id")));
    cr_expect(eq(str, text, (char *)(uintptr_t)ids));
    json_decref(json);
}

Test(view_events, filters) {
    add(EVENT_JOB_LOST, "bank", "sync");
    add(EVENT_TABLE_FULL, "", "a_total");
    add(EVENT_FAMILY_REJECTED, "shop", "a_total");
    expect_ids(&(struct json_query){.service = "bank"}, "1");
    expect_ids(&(struct json_query){.family = "a_total"}, "3");
    expect_ids(&(struct json_query){.kind = "table_full"}, "2");
    expect_ids(&(struct json_query){.kind = "table_full", .service = "shop"}, "");
    expect_ids(&(struct json_query){.pid = "7"}, "");
    expect_ids(&(struct json_query){.pid = "0", .since = "1970-01-01T00:00:01Z", .now_ms = 5000},
               "3 2 1");
    expect_ids(&(struct json_query){.since = "1970-01-01T00:00:02Z", .now_ms = 5000}, "");
}

static void refuse(const struct json_query *query, const char *sentence) {
    const struct view_source source = source_of();
    const char *error = NULL;
    cr_expect(eq(ptr, view_json_events(&source, query, &error), NULL));
    cr_expect(eq(str, (char *)(uintptr_t)error, (char *)(uintptr_t)sentence));
}

Test(view_events, refuse_what_is_not_there) {
    refuse(&(struct json_query){.kind = "none"}, "kind: no such kind of event");
    refuse(&(struct json_query){.service = "none"}, "service: no such service");
    refuse(&(struct json_query){.family = "none"}, "family: no such family");
    refuse(&(struct json_query){.after = "x"}, view_page_token_refusal);
}

Test(view_events, pages_go_on_where_the_one_before_ended) {
    char after[64] = "";
    for (int i = 0; i < 5; i++)
        add(EVENT_JOB_LOST, "bank", "sync");
    json_t *first = list(&(struct json_query){.limit = "2"});
    (void)snprintf(after, sizeof after, "%s", json_string_value(json_object_get(first, "next")));
    json_decref(first);
    add(EVENT_JOB_LOST, "bank", "sync");
    expect_ids(&(struct json_query){.limit = "2", .after = after}, "3 2");
    expect_ids(&(struct json_query){.after = after}, "3 2 1");
}

/* `next`, or else the number in `last_id`, as a poller goes on; to be freed. */
static char *place_of(const struct json_query *query) {
    json_t *json = list(query);
    const json_t *next = json_object_get(json, "next");
    char text[32];
    (void)snprintf(text, sizeof text, "%lld",
                   (long long)json_integer_value(json_object_get(json, "last_id")));
    char *place = strdup(json_is_string(next) ? json_string_value(next) : text);
    json_decref(json);
    return place;
}

Test(view_events, what_came_after_an_id_is_in_order) {
    expect_ids(&(struct json_query){.after = "0"}, "");
    for (int i = 0; i < 5; i++)
        add(i == 2 ? EVENT_TABLE_FULL : EVENT_JOB_LOST, "bank", "sync");
    expect_ids(&(struct json_query){.after = "0"}, "1 2 3 4 5");
    expect_ids(&(struct json_query){.after = "3"}, "4 5");
    expect_ids(&(struct json_query){.after = "5"}, "");
    expect_ids(&(struct json_query){.after = "99", .limit = "2"}, "1 2"); /* of another ring */
    expect_ids(&(struct json_query){.after = "1", .kind = "table_full"}, "3");
    char *place = place_of(&(struct json_query){.after = "1", .limit = "2"});
    expect_ids(&(struct json_query){.after = place}, "4 5");
    free(place);
    place = place_of(&(struct json_query){.after = "1"});
    cr_expect(eq(str, place, "5"));
    free(place);
}

Test(view_events, members_of_one) {
    struct events_item item = {
        .at_ms = 1000, .kind = EVENT_BREAKER_CLOSED, .over = true, .held = 2};
    item.who = (struct who){7, 1000, "cook", "cook.service"};
    events_copy(item.service, sizeof item.service, "bank");
    events_copy(item.name, sizeof item.name, "sync");
    events_copy(item.labels, sizeof item.labels, "job=\"a\"");
    events_copy(item.text, sizeof item.text, "\x1b]bad\xff");
    (void)events_add(events, &item);
    const struct view_source source = source_of();
    const char *error;
    char *text = world_render(&fx, view_json_events(&source, &(struct json_query){0}, &error),
                              VIEW_STEP_UNITS);
    cr_expect(eq(str, text,
                 "{\"last_id\":1,\"events\":[\n"
                 "{\"id\":1,\"at\":1000,\"at_iso\":\"1970-01-01T00:00:01.000Z\",\"event\":"
                 "\"breaker_closed\",\"over\":true,"
                 "\"service\":\"bank\",\"family\":\"sync\",\"name\":\"sync\","
                 "\"labels\":\"job=\\\"a\\\"\",\"sender\":{\"pid\":7,\"uid\":1000,"
                 "\"comm\":\"cook\",\"unit\":\"cook.service\"},\"held_back\":2,"
                 "\"text\":\"\\u001b]bad\xef\xbf\xbd\"}],\n\"next\":null}\n"));
    free(text);
}

/* ---- status ---- */

static bool is_false(const json_t *json) {
    return json_is_false(json);
}

static json_t *status(void) {
    const struct view_source source = source_of();
    const char *error;
    return read(view_json_status(&source, &(struct json_query){0}, &error));
}

Test(view_events, status_in_trouble) {
    fixture_send(&fx, "a_total:1|c|#x:2");
    fixture_send(&fx, "sync:no|a");
    json_t *json = status();
    const json_t *needs = json_object_get(json, "problems");
    cr_expect(is_false(json_object_get(json, "ok")));
    cr_assert(eq(sz, json_array_size(needs), 2));
    const json_t *need = json_array_get(needs, 1);
    cr_expect(
        eq(str, (char *)(uintptr_t)json_string_value(json_object_get(need, "kind")), "rejections"));
    cr_expect(eq(str, (char *)(uintptr_t)json_string_value(json_object_get(need, "label")), "x"));
    cr_expect(eq(str, (char *)(uintptr_t)json_string_value(json_object_get(need, "reason")),
                 "label_value"));
    need = json_array_get(needs, 0);
    cr_expect(eq(str, (char *)(uintptr_t)json_string_value(json_object_get(need, "link")),
                 "/?service=bank&family=sync#breakers"));
    json_decref(json);
}
