/* SPDX-License-Identifier: MIT */
/* More connections than a listener has places: which are closed, and which are still served. */
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "expect.h"
#include "stage.h"

enum {
    MOST = 8, /* places of the small listeners here */
    BOTH = 2 * MOST,
    SILENT = 2 * HTTP_SPARE_MAX,
    BURST = 400
};

static struct stage stage;
static struct reply reply;
static struct client crowd[HTTP_CONNECTIONS_MAX];

static void open_crowd(void) {
    stage_init(&stage);
    stage.options.connections_max = MOST;
}

TestSuite(http_crowd, .init = open_crowd, .timeout = 300);

static const char GET[] = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
static const char HEALTH[] = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

static struct http_figures figures(void) {
    struct http_figures now;
    http_server_figures(stage.server, &now);
    return now;
}

static void turns(size_t count) {
    while (count-- > 0)
        stage_turn(&stage);
}

/* `count` connections that send this, in their order; each is taken in before the next. */
static void gather(size_t count, const char *text) {
    for (size_t i = 0; i < count; i++) {
        const uint64_t before = figures().accepted;
        client_open(&crowd[i], &stage, 0);
        client_send(&crowd[i], text);
        for (size_t n = 0; figures().accepted == before && n < 1000; n++)
            stage_turn(&stage);
    }
    turns(20);
}

static void disperse(size_t count) {
    for (size_t i = 0; i < count; i++)
        client_close(&crowd[i]);
    reply_done(&reply);
    stage_close(&stage, 0);
}

static bool has_ended(struct client *client) {
    client_receive(client, 1000);
    return client->ended;
}

static void expect_status(const char *target, int status) {
    reply_done(&reply);
    ask(&stage, "GET", target, "", &reply);
    cr_assert(eq(int, reply.status, status), "%s", target);
}

/* Answers that no socket's buffer holds. */
static void play_large(void) {
    fake.slices = 40;
    fake.slice_bytes = 256 << 10;
}

static void turn_for(uint64_t ms) {
    const uint64_t end_ns = uv_hrtime() + ms * 1000000;
    while (uv_hrtime() < end_ns)
        stage_turn(&stage);
}

/* ---- without a complete request ---- */

Test(http_crowd, half_a_request_makes_way) {
    stage_open(&stage);
    gather(MOST, "GET /metrics HTTP/1.1\r\nHost: x\r\nX-Slow: ");
    expect_status("/metrics", 200);
    cr_expect(has_ended(&crowd[0]));
    cr_expect(not(has_ended(&crowd[1])));
    disperse(MOST);
}

Test(http_crowd, requests_are_served_while_silent_ones_keep_coming) {
    stage_open(&stage);
    for (size_t round = 0; round < 20; round++) {
        gather(MOST, "");
        expect_status("/metrics", 200);
        expect_status("/healthz", 200);
        for (size_t i = 0; i < MOST; i++)
            client_close(&crowd[i]);
    }
    disperse(0);
}

/* ---- with one ---- */

Test(http_crowd, health_checks_have_a_place_beside_slow_readers) {
    static struct client silent[SILENT];
    stage.options.connections_max = 0;
    play_large();
    stage_open(&stage);
    gather(HTTP_CONNECTIONS_MAX, GET);
    cr_expect(eq(uint, figures().in_flight, HTTP_CONNECTIONS_MAX));
    expect_status("/healthz", 200);
    expect_status("/readyz", 200);
    for (size_t i = 0; i < SILENT; i++)
        client_open(&silent[i], &stage, 0);
    turns(20);
    expect_status("/healthz", 200);
    cr_expect(eq(uint, figures().in_flight, HTTP_CONNECTIONS_MAX), "a reader was sent away");
    cr_expect(le(uint, figures().connections, HTTP_PLACES_MAX));
    for (size_t i = 0; i < SILENT; i++)
        client_close(&silent[i]);
    disperse(HTTP_CONNECTIONS_MAX);
}

Test(http_crowd, who_takes_nothing_for_longest_makes_way_for_a_scrape) {
    play_large();
    stage_open(&stage);
    gather(MOST, GET);
    turn_for(HTTP_STALL_MS + 100);
    for (size_t i = 0; i < MOST; i++) {
        if (i != 3)
            while (client_receive(&crowd[i], 64 << 10) > 0)
                stage_turn(&stage);
    }
    fake.slices = 1;
    expect_status("/metrics", 200);
    cr_expect(eq(u64, figures().evicted, 1));
    cr_expect(eq(uint, figures().in_flight, MOST - 1));
    while (client_receive(&crowd[3], 1 << 20) > 0)
        continue;
    cr_expect(crowd[3].ended);
    disperse(MOST);
}

Test(http_crowd, health_checks_that_nobody_reads_make_way) {
    struct strbuf many;
    strbuf_init(&many);
    for (size_t i = 0; i < 2000; i++)
        strbuf_puts(&many, HEALTH);
    stage_open(&stage);
    for (size_t round = 0; round < 3; round++) {
        gather(BOTH, strbuf_cstr(&many));
        expect_status("/healthz", 200);
        expect_status("/metrics", 200);
        for (size_t i = 0; i < BOTH; i++)
            client_close(&crowd[i]);
    }
    strbuf_done(&many);
    disperse(0);
}

/* ---- when nobody is to blame ---- */

static struct {
    void (*done)(void *arg);
    void *arg;
} held[MOST];
static size_t held_count;

static void *hold(void *arg, const struct endpoint_page *page, uint64_t within_ms,
                  void (*done)(void *done_arg), void *done_arg) {
    (void)arg;
    (void)page;
    (void)within_ms;
    if (held_count == MOST)
        return NULL;
    held[held_count].done = done;
    held[held_count].arg = done_arg;
    return &held[held_count++];
}

static void forget(void *arg, void *handle) {
    (void)arg;
    (void)handle;
}

Test(http_crowd, a_request_too_many_gets_503) {
    stage.source.collect = hold;
    stage.source.forget = forget;
    stage_open(&stage);
    gather(MOST, GET);
    cr_assert(eq(sz, held_count, MOST));
    turn_for(HTTP_STALL_MS + 100); /* they wait for the daemon, not the daemon for them */
    expect_status("/metrics", 503);
    EXPECT_HAS(reply_body(&reply), "8 requests are under way");
    expect_status("/debug/series", 503);
    expect_status("/healthz", 200);
    cr_expect(eq(u64, figures().evicted, 0));
    for (size_t i = 0; i < MOST; i++)
        held[i].done(held[i].arg);
    for (size_t i = 0; i < MOST; i++) {
        reply_done(&reply);
        client_reply(&crowd[i], &reply, false);
        cr_expect(eq(int, reply.status, 200));
    }
    expect_status("/metrics", 200);
    disperse(MOST);
}

Test(http_crowd, scrapes_have_places_that_no_other_request_takes) {
    enum { OTHERS = MOST - MOST / HTTP_SCRAPES_SHARE };
    stage.source.collect = hold;
    stage.source.forget = forget;
    stage_open(&stage);
    gather(MOST, "GET /debug/series HTTP/1.1\r\nHost: localhost\r\n\r\n");
    cr_expect(eq(sz, held_count, OTHERS));
    client_reply(&crowd[MOST - 1], &reply, false);
    cr_expect(eq(int, reply.status, 503));
    EXPECT_HAS(reply_body(&reply), "6 requests other than scrapes are under way");
    for (size_t i = OTHERS; i < MOST; i++)
        client_close(&crowd[i]);
    turns(20);
    for (size_t i = OTHERS; i < MOST; i++) {
        client_open(&crowd[i], &stage, 0);
        client_send(&crowd[i], GET);
    }
    turns(20);
    cr_expect(eq(sz, held_count, MOST), "the others hold the places of scrapes");
    for (size_t i = 0; i < held_count; i++)
        held[i].done(held[i].arg);
    for (size_t i = 0; i < MOST; i++) {
        reply_done(&reply);
        client_reply(&crowd[i], &reply, false);
        cr_expect(eq(int, reply.status, 200), "request %zu", i);
    }
    disperse(MOST);
}

/* ---- bursts, and too few descriptors ---- */

static void limit_descriptors(rlim_t most) {
    struct rlimit limit;
    cr_assert(eq(int, getrlimit(RLIMIT_NOFILE, &limit), 0));
    limit.rlim_cur = most;
    cr_assert(eq(int, setrlimit(RLIMIT_NOFILE, &limit), 0));
}

/* Let the loop sleep as it likes for this time. Returns its turns. */
static size_t loop_for(uint64_t ms) {
    const uint64_t end_ns = uv_hrtime() + ms * 1000000;
    size_t count = 0;
    for (; uv_hrtime() < end_ns; count++)
        uv_run(&stage.loop, UV_RUN_ONCE);
    return count;
}

Test(http_crowd, without_a_descriptor_the_loop_does_not_spin) {
    struct rlimit before;
    cr_assert(eq(int, getrlimit(RLIMIT_NOFILE, &before), 0));
    stage_open(&stage);
    gather(1, "");
    client_open(&crowd[1], &stage, 0);
    client_send(&crowd[1], HEALTH);
    client_open(&crowd[2], &stage, 0);
    client_send(&crowd[2], GET);
    const int next = dup(crowd[2].fd);
    close(next);
    limit_descriptors((rlim_t)next);
    cr_expect(lt(sz, loop_for(1000), 100), "it spins");
    cr_expect(lt(u64, 0, figures().no_descriptor));
    cr_expect(has_ended(&crowd[0]), "its descriptor was of use");
    client_reply(&crowd[1], &reply, false);
    cr_expect(eq(int, reply.status, 200));
    reply_done(&reply);
    limit_descriptors(before.rlim_cur);
    client_reply(&crowd[2], &reply, false);
    cr_expect(eq(int, reply.status, 200));
    disperse(3);
}
