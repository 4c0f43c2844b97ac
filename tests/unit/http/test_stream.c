/* SPDX-License-Identifier: MIT */
/* Responses that do not fit one slice, clients that are slow or vanish, and many of them at
 * once. */
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "answers.h"
#include "gunzip.h"

static struct strbuf expected;

/* As close_stage, at the end of each test. */
static void close_stream(void) {
    strbuf_done(&expected);
    close_stage();
}

TestSuite(http_stream, .init = open_stage, .timeout = 300);

static const char GET[] = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
static const char GET_GZIP[] = "GET /metrics HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n";

static void play(size_t slices, size_t slice_bytes) {
    fake = (struct fake){.slices = slices, .slice_bytes = slice_bytes};
    strbuf_done(&expected);
    strbuf_init(&expected);
    fake_text(&expected);
}

static void expect_body(const struct strbuf *body) {
    cr_assert(not(reply.cut));
    cr_assert(eq(sz, body->len, expected.len));
    cr_expect(memcmp(body->data, expected.data, expected.len) == 0);
}

static struct http_figures figures(void) {
    struct http_figures now;
    http_server_figures(stage.server, &now);
    return now;
}

static void wait_until_idle(void) {
    const uint64_t start_ns = uv_hrtime();
    while (figures().in_flight > 0) {
        stage_turn(&stage);
        cr_assert(uv_hrtime() - start_ns < STAGE_DEADLINE_S * 1000000000ULL, "waited in vain");
    }
}

Test(http_stream, many_slices_come_in_chunks) {
    play(20, 1 << 20);
    stage_open(&stage);
    ask(&stage, "GET", "/metrics", "", &reply);
    cr_expect(eq(int, reply.status, 200));
    cr_expect(reply.chunked);
    expect_body(&reply.body);
    wait_until_idle();
    cr_expect(stage.scrape.complete);
    cr_expect(eq(u64, stage.scrape.slices, 20));
    cr_expect(eq(u64, stage.scrape.bytes, expected.len));
    cr_expect(ge(dbl, stage.scrape.seconds, stage.scrape.work_seconds));
    cr_log_info("20 MiB: longest loop turn %.3f ms, %lu turns", (double)stage.longest_turn_ns / 1e6,
                (unsigned long)stage.turns);
    close_stream();
}

Test(http_stream, one_slice_is_rendered_when_the_request_arrives_and_sent_with_its_length) {
    struct client client;
    play(1, VIEW_SLICE_BYTES);
    stage_open(&stage);
    client_open(&client, &stage, 0);
    client_send(&client, GET);
    while (fake.steps == 0)
        stage_turn(&stage);
    cr_expect(eq(sz, fake.freed, 1), "its cursors are closed before the client reads");
    client_reply(&client, &reply, false);
    cr_expect(not(reply.chunked));
    expect_body(&reply.body);
    client_close(&client);
    close_stream();
}

static void check_gzip(void) {
    struct strbuf plain;
    struct client client;
    strbuf_init(&plain);
    client_open(&client, &stage, 0);
    client_send(&client, GET_GZIP);
    client_reply(&client, &reply, false);
    gunzip(&reply.body, &plain);
    expect_body(&plain);
    strbuf_done(&plain);
    reply_done(&reply);
    client_close(&client);
}

Test(http_stream, gzip_of_many_slices_is_one_stream) {
    play(8, 1 << 20);
    stage_open(&stage);
    check_gzip();
    cr_log_info("8 MiB gzip: longest loop turn %.3f ms", (double)stage.longest_turn_ns / 1e6);
    /* More than one piece in one slice: not whole after the first, so chunked. */
    play(1, 300000);
    check_gzip();
    close_stream();
}

Test(http_stream, a_turn_that_is_spent_defers_the_rest_and_loses_nothing) {
    struct client clients[5];
    stage.options.turn_us = 1;
    play(6, 200000);
    stage_open(&stage);
    check_gzip();
    cr_expect(lt(u64, 10, figures().deferred));
    for (size_t i = 0; i < 5; i++) {
        client_open(&clients[i], &stage, 0);
        client_send(&clients[i], GET);
    }
    for (size_t i = 0; i < 5; i++) {
        client_reply(&clients[i], &reply, false);
        expect_body(&reply.body);
        reply_done(&reply);
        client_close(&clients[i]);
    }
    close_stream();
}

Test(http_stream, slow_callbacks_are_counted) {
    play(3, 1000);
    stage_open(&stage);
    ask(&stage, "GET", "/metrics", "", &reply);
    reply_done(&reply);
    wait_until_idle();
    const struct stopwatch before = figures().watch;
    cr_expect(lt(u64, 0, before.callbacks));
    fake.step_ns = 1500000;
    ask(&stage, "GET", "/metrics", "", &reply);
    wait_until_idle();
    cr_expect(ge(u64, figures().watch.slow_cpu, before.slow_cpu + 3));
    close_stream();
}

/* ---- slow readers ---- */

/* In place of ingest: counts how often the loop reached it. */
struct ingest {
    uv_poll_t poll;
    int fds[2];
    size_t read;
};

static void on_datagram(uv_poll_t *poll, int status, int events) {
    struct ingest *ingest = poll->data;
    char byte;
    (void)status;
    (void)events;
    if (recv(ingest->fds[0], &byte, 1, MSG_DONTWAIT) == 1)
        ingest->read++;
}

Test(http_stream, slow_readers_hurt_neither_ingest_nor_each_other) {
    struct ingest ingest = {.read = 0};
    struct client slow[4];
    struct client quick;
    play(24, 1 << 20);
    stage_open(&stage);
    cr_assert(eq(int, socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ingest.fds), 0));
    uv_poll_init(&stage.loop, &ingest.poll, ingest.fds[0]);
    ingest.poll.data = &ingest;
    uv_poll_start(&ingest.poll, UV_READABLE, on_datagram);

    for (size_t i = 0; i < 4; i++) {
        client_open(&slow[i], &stage, 0);
        client_send(&slow[i], i % 2 == 0 ? GET : GET_GZIP);
    }
    size_t sent = 0;
    for (size_t turn = 0; turn < 2000; turn++) {
        cr_assert(eq(sz, (size_t)send(ingest.fds[1], "x", 1, 0), 1));
        sent++;
        stage_turn(&stage);
        cr_assert(eq(sz, ingest.read, sent), "a turn went by without ingest");
        client_receive(&slow[turn % 4], 100);
    }
    client_open(&quick, &stage, 0);
    client_send(&quick, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    client_reply(&quick, &reply, false);
    cr_expect(eq(int, reply.status, 200));
    reply_done(&reply);
    client_send(&quick, GET);
    client_reply(&quick, &reply, false);
    expect_body(&reply.body);
    client_close(&quick);
    cr_expect(eq(uint, figures().in_flight, 4));
    cr_log_info("4 slow readers of 24 MiB: longest loop turn %.3f ms",
                (double)stage.longest_turn_ns / 1e6);
    for (size_t i = 0; i < 4; i++)
        client_close(&slow[i]);
    uv_close((uv_handle_t *)&ingest.poll, NULL);
    stage_turn(&stage);
    close(ingest.fds[0]);
    close(ingest.fds[1]);
    close_stream();
}

/* ---- vanishing clients ---- */

static void check_vanishing(const char *request, size_t take) {
    struct client client;
    client_open(&client, &stage, 0);
    client_send(&client, request);
    while (client.in.len < take) {
        stage_turn(&stage);
        client_receive(&client, take - client.in.len);
    }
    client_close(&client);
    wait_until_idle();
    cr_expect(eq(sz, fake.freed, fake.made));
    cr_expect(not(stage.scrape.complete));
}

Test(http_stream, a_client_that_vanishes_frees_its_view) {
    play(50, 1 << 20);
    stage_open(&stage);
    check_vanishing(GET, 1);
    check_vanishing(GET, 100000);
    check_vanishing(GET, 5000000);
    check_vanishing(GET_GZIP, 100000);
    cr_expect(eq(u64, figures().aborted, 4));
    close_stream();
}

Test(http_stream, a_client_that_vanishes_while_its_request_waits_frees_its_view) {
    stage.options.turn_us = 1;
    play(50, 1 << 20);
    stage_open(&stage);
    check_vanishing(GET, 1);
    check_vanishing(GET, 2000000);
    check_vanishing(GET_GZIP, 1);
    close_stream();
}

Test(http_stream, memory_that_runs_out_midway_cuts_the_answer) {
    play(5, 1 << 20);
    fake.fail_at = 3;
    stage_open(&stage);
    ask(&stage, "GET", "/metrics", "", &reply);
    cr_expect(eq(int, reply.status, 200));
    cr_expect(reply.cut, "a reader must see that it is not the whole");
    wait_until_idle();
    cr_expect(not(stage.scrape.complete));
    close_stream();
}

/* ---- one connection, many requests ---- */

Test(http_stream, a_head_of_unknown_length_sends_no_stray_bytes) {
    struct client client;
    play(3, 300000);
    stage_open(&stage);
    client_open(&client, &stage, 0);
    client_send(&client, "HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    client_reply(&client, &reply, true);
    cr_expect(eq(int, reply.status, 200));
    EXPECT_TEXT(reply_header(&reply, "Connection"), "close");
    client_wait_end(&client);
    cr_expect(eq(sz, client.in.len, 0));
    cr_expect(eq(sz, fake.steps, 1), "only what the headers need is rendered");
    client_close(&client);
    close_stream();
}

/* ---- many connections ---- */

Test(http_stream, a_flood_of_small_requests_does_not_starve_a_long_one) {
    enum { FLOODERS = 16, AHEAD = 20 };
    struct client clients[FLOODERS];
    struct client patient;
    stage.options.turn_us = 1;
    play(1, 100);
    fake.json_slices = 30;
    stage_open(&stage);
    client_open(&patient, &stage, 0);
    client_send(&patient, "GET /debug/series HTTP/1.1\r\nHost: localhost\r\n\r\n");
    for (size_t i = 0; i < FLOODERS; i++) {
        client_open(&clients[i], &stage, 0);
        for (size_t k = 0; k < AHEAD; k++)
            client_send(&clients[i], GET);
    }
    size_t answers = 0;
    size_t turns = 0;
    /* The patient one ends with an empty chunk. */
    while (patient.in.len < 5 ||
           memcmp(patient.in.data + patient.in.len - 5, "0\r\n\r\n", 5) != 0) {
        for (size_t i = 0; i < FLOODERS; i++) {
            if (client_receive(&clients[i], 10000) == 0)
                continue;
            answers++;
            client_send(&clients[i], GET);
        }
        stage_turn(&stage);
        client_receive(&patient, 100000);
        /* 30 slices are 60 pieces; each waits for one of every other connection. */
        cr_assert(lt(sz, ++turns, (size_t)(60 * (FLOODERS + 1) * 2)),
                  "starved, after %zu other answers", answers);
    }
    cr_log_info("flooded: %zu turns, %zu other answers", turns, answers);
    cr_expect(lt(sz, 100, answers), "there was no flood");
    for (size_t i = 0; i < FLOODERS; i++)
        client_close(&clients[i]);
    client_close(&patient);
    close_stream();
}

/* Readers that hold all memory for answers hold up nobody. */
Test(http_stream, a_full_account_makes_pieces_smaller_and_nobody_waits) {
    enum { READERS = 40, ROOM = 1 << 20 };
    struct client readers[READERS];
    stage.options.answers_bytes = ROOM;
    play(100, HTTP_ANSWER_LEAST);
    stage_open(&stage);
    for (size_t i = 0; i < READERS; i++) {
        client_open(&readers[i], &stage, 0);
        client_send(&readers[i], GET);
    }
    while (figures().answer_bytes < (uint64_t)READERS * HTTP_ANSWER_LEAST)
        stage_turn(&stage);
    cr_expect(le(u64, figures().answer_bytes, ROOM + READERS * HTTP_ANSWER_LEAST));
    struct client client;
    client_open(&client, &stage, 0);
    client_send(&client, GET_GZIP);
    client_reply(&client, &reply, false);
    expect_body(&reply.body); /* not compressed */
    client_close(&client);
    cr_expect(le(u64, 1, figures().squeezed));
    for (size_t i = 0; i < READERS; i++)
        client_close(&readers[i]);
    wait_until_idle();
    cr_expect(eq(u64, figures().answer_bytes, 0));
    close_stream();
}

static void write_much(void *arg, const struct json_selection *selection, struct strbuf *out) {
    (void)selection;
    (void)arg;
    while (out->len < (size_t)2 * HTTP_ANSWER_LEAST)
        strbuf_puts(out, "[]\n");
}

Test(http_stream, a_page_written_at_once_is_refused_when_the_account_is_full) {
    stage.options.answers_bytes = HTTP_ANSWER_LEAST;
    stage.source.write_ingress = write_much;
    stage_open(&stage);
    ask(&stage, "GET", "/debug/ingress", "", &reply);
    cr_expect(eq(int, reply.status, 503));
    reply_done(&reply);
    cr_expect(eq(u64, figures().answers[HTTP_CODE_503], 1));
    wait_until_idle();
    cr_expect(eq(u64, figures().answer_bytes, 0));
    close_stream();
}
