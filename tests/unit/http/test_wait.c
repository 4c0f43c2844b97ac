/* SPDX-License-Identifier: MIT */
/* Expositions that wait for values from elsewhere, and which clients are served meanwhile. */
#include <stdio.h>
#include <sys/socket.h>

#include "expect.h"
#include "stage.h"

enum { WAITS_MAX = 32 };

/* A source that keeps scrapes waiting until the test lets them go. */
struct waiter {
    void (*done)(void *arg);
    void *arg;
    const struct endpoint_page *page;
    uint64_t within_ms;
    bool over; /* done was called, or forget */
};

static struct stage stage;
static struct reply reply;
static struct client client;
static struct waiter waiters[WAITS_MAX];
static size_t asked;
static size_t forgotten;
static bool nothing_due;

static void *collect(void *arg, const struct endpoint_page *page, uint64_t within_ms,
                     void (*done)(void *done_arg), void *done_arg) {
    cr_assert(eq(ptr, arg, &stage));
    cr_assert(lt(sz, asked, WAITS_MAX));
    struct waiter *waiter = &waiters[asked++];
    *waiter = (struct waiter){done, done_arg, page, within_ms, nothing_due};
    return nothing_due ? NULL : waiter;
}

static void forget(void *arg, void *handle) {
    struct waiter *waiter = handle;
    cr_assert(eq(ptr, arg, &stage));
    cr_assert(not(waiter->over), "forgotten twice, or after it was done");
    waiter->over = true;
    forgotten++;
}

static void let_go(size_t index) {
    struct waiter *waiter = &waiters[index];
    cr_assert(not(waiter->over));
    waiter->over = true;
    waiter->done(waiter->arg);
}

static void write_queries(void *arg, const struct json_selection *selection, struct strbuf *out) {
    (void)selection;
    (void)arg;
    strbuf_puts(out, "{\"databases\":[]}\n");
}

static void open_wait(void) {
    stage_init(&stage);
    stage.source.collect = collect;
    stage.source.forget = forget;
}

TestSuite(http_wait, .init = open_wait, .timeout = 300);

static struct http_figures figures(void) {
    struct http_figures now;
    http_server_figures(stage.server, &now);
    return now;
}

static void close_wait(size_t wanted_forgotten) {
    reply_done(&reply);
    stage_close(&stage, 0);
    cr_expect(eq(sz, forgotten, wanted_forgotten));
    for (size_t i = 0; i < asked; i++)
        cr_expect(waiters[i].over, "waiter %zu hangs on", i);
}

static void start_request(struct client *who, const char *request) {
    const size_t before = asked;
    client_open(who, &stage, 0);
    client_send(who, request);
    while (asked == before)
        stage_turn(&stage);
}

static const char GET[] = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";

static void turns(size_t count) {
    while (count-- > 0)
        stage_turn(&stage);
}

Test(http_wait, views_of_debug_ask_without_a_page) {
    static const char *const views[] = {"series", "rejections", "senders", "catalog",  "breakers",
                                        "jobs",   "ingress",    "queries", "endpoints"};
    nothing_due = true;
    stage_open(&stage);
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "/debug/%s", views[i]);
        ask(&stage, "GET", path, "", &reply);
        reply_done(&reply);
        cr_assert(eq(sz, asked, i + 1), "%s", path);
        cr_expect(eq(ptr, (void *)waiters[i].page, NULL), "%s", path);
    }
    nothing_due = false;
    start_request(&client, "GET /debug/series HTTP/1.1\r\nHost: localhost\r\n\r\n");
    turns(50);
    cr_expect(eq(sz, client_receive(&client, 1000), 0), "answered too early");
    let_go(asked - 1);
    client_reply(&client, &reply, false);
    cr_expect(eq(int, reply.status, 200));
    client_close(&client);
    close_wait(0);
}

Test(http_wait, who_waits_keeps_nobody_from_anything) {
    struct client waiting[WAITS_MAX / 2];
    stage.options.turn_us = 1000;
    stage_open(&stage);
    for (size_t i = 0; i < WAITS_MAX / 2; i++)
        start_request(&waiting[i], GET);
    cr_expect(eq(uint, figures().waiting, WAITS_MAX / 2));
    turns(50);
    (void)figures(); /* resets the busiest turn */
    turns(200);
    cr_expect(eq(u64, figures().busiest_turn_ns, 0), "idle turns did work");
    nothing_due = true;
    for (size_t i = 0; i < 3; i++) {
        ask(&stage, "GET", i == 1 ? "/debug/series" : "/metrics", "", &reply);
        cr_expect(eq(int, reply.status, 200));
        reply_done(&reply);
    }
    for (size_t i = 0; i < WAITS_MAX / 2; i++)
        let_go(i);
    for (size_t i = 0; i < WAITS_MAX / 2; i++) {
        client_reply(&waiting[i], &reply, false);
        cr_expect(eq(sz, reply.body.len, 1000));
        reply_done(&reply);
        client_close(&waiting[i]);
    }
    close_wait(0);
}

Test(http_wait, the_time_for_an_answer_ends_a_wait_too) {
    stage.options.answer_s = 1;
    stage_open(&stage);
    start_request(&client, GET);
    client_wait_end(&client);
    cr_expect(eq(sz, forgotten, 1));
    cr_expect(eq(u64, figures().expired, 1));
    while (figures().in_flight > 0)
        stage_turn(&stage);
    client_close(&client);
    close_wait(1);
}

Test(http_wait, closing_with_grace_lets_them_end) {
    stage_open(&stage);
    start_request(&client, GET);
    http_server_close(stage.server, 60000, NULL, NULL);
    turns(20);
    let_go(0);
    client_reply(&client, &reply, false);
    cr_expect(eq(int, reply.status, 200));
    EXPECT_TEXT(reply_header(&reply, "Connection"), "close");
    client_wait_end(&client);
    client_close(&client);
    while (uv_run(&stage.loop, UV_RUN_NOWAIT) != 0)
        continue;
    cr_expect(eq(int, uv_loop_close(&stage.loop), 0));
    cr_expect(eq(sz, forgotten, 0));
}

Test(http_wait, grace_over_forgets_who_waits) {
    stage_open(&stage);
    start_request(&client, GET);
    stage.fds++;
    stage_close(&stage, 10);
    cr_expect(eq(sz, forgotten, 1));
    client_close(&client);
}

Test(http_wait, queries_are_shown_where_there_are_any) {
    nothing_due = true;
    stage_open(&stage);
    ask(&stage, "GET", "/debug/queries", "", &reply);
    cr_expect(eq(int, reply.status, 404));
    EXPECT_TEXT(reply_body(&reply), "{\"error\":\"no catalog declares queries\"}\n");
    close_wait(0);
    stage_init(&stage);
    stage.source.write_queries = write_queries;
    stage_open(&stage);
    ask(&stage, "GET", "/debug/queries", "", &reply);
    cr_expect(eq(int, reply.status, 200));
    EXPECT_TEXT(reply_header(&reply, "Content-Type"), "application/json");
    EXPECT_TEXT(reply_header(&reply, "Cache-Control"), "no-store");
    EXPECT_TEXT(reply_body(&reply), "{\"databases\":[]}\n");
    reply_done(&reply);
    stage_close(&stage, 0);
}
