/* SPDX-License-Identifier: MIT */
/* Listeners and their errors, malformed requests, time limits, and the end. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "answers.h"
#include "http/http_private.h"

static struct client client;

TestSuite(http_life, .init = open_stage, .timeout = 300);

static const char GET[] = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";

static struct http_figures figures(void) {
    struct http_figures now;
    http_server_figures(stage.server, &now);
    return now;
}

/* ---- listeners ---- */

static void check_tcp(const char *address, const char *prefix) {
    stage.endpoints[0].listen = address;
    stage_open(&stage);
    cr_expect(strncmp(stage.address[0], prefix, strlen(prefix)) == 0, "%s", stage.address[0]);
    cr_expect(eq(sz, http_server_listeners(stage.server), 1));
    EXPECT_TEXT(stage.address[1], "");
    ask(&stage, "GET", "/metrics", "", &reply);
    cr_expect(eq(int, reply.status, 200));
    reply_done(&reply);
    fake.slices = 10;
    fake.slice_bytes = 1 << 20;
    ask(&stage, "GET", "/metrics", "", &reply);
    cr_expect(eq(sz, reply.body.len, 10 << 20));
    cr_log_info("10 MiB over TCP: longest loop turn %.3f ms", (double)stage.longest_turn_ns / 1e6);
    close_stage();
}

Test(http_life, tcp_works_and_reports_its_port) {
    check_tcp("127.0.0.1:0", "127.0.0.1:");
}

Test(http_life, ipv6_works) {
    stage_needs_ipv6();
    check_tcp("[::1]:0", "[::1]:");
}

/* A copy of the listening socket, as a manager has it, and a server made with it. */
Test(http_life, a_socket_that_was_kept_is_served_again) {
    struct listen_socket first;
    const char *reason = "";
    struct listen_address wanted;
    cr_assert(listen_address_parse("127.0.0.1:0", &wanted, &reason));
    cr_assert(http_listen_socket_open(&wanted, 0, &first, &reason));
    char address[LISTEN_TEXT_MAX];
    listen_address_text(&first.address, address, sizeof address);
    struct unix_listener kept[] = {{.fd = -1}, {.fd = first.fd}};
    stage.options.kept = kept;
    stage.options.kept_count = 2;
    stage.endpoints[0].listen = address;
    stage_open(&stage);
    cr_expect(eq(int, kept[1].fd, -1));
    cr_expect(eq(int, http_server_socket(stage.server, 0).fd, first.fd));
    ask(&stage, "GET", "/metrics", "", &reply);
    cr_expect(eq(int, reply.status, 200));
    close_stage();
}

Test(http_life, debug_may_listen_alone) {
    stage.options.debug_listen = stage.endpoints[0].listen;
    stage.options.endpoint_count = 0;
    stage_open(&stage);
    ask(&stage, "GET", "/debug", "", &reply);
    cr_expect(eq(int, reply.status, 200));
    close_stage();
}

Test(http_life, an_address_in_use_names_setting_and_way_out) {
    struct listen_address any;
    struct listen_socket taken;
    const char *reason;
    char address[LISTEN_TEXT_MAX];
    char expected[256];
    cr_assert(listen_address_parse("127.0.0.1:0", &any, &reason));
    cr_assert(http_listen_socket_open(&any, 0, &taken, &reason));
    stage.fds++; /* it stays open */
    listen_address_text(&taken.address, address, sizeof address);
    stage.endpoints[0].listen = address;
    snprintf(expected, sizeof expected,
             "--metrics-listen: %s: address already in use (ss -ltnp shows by whom); choose "
             "another address",
             address);
    stage_expect_error(&stage, expected);
    http_listen_socket_close(&taken);
}

Test(http_life, the_second_listener_s_error_closes_the_first) {
    stage.options.debug_listen = "unix:/nowhere-at-all/s";
    stage_expect_error(
        &stage,
        "debug_listen: unix:/nowhere-at-all/s: No such file or directory; choose another address");
}

Test(http_life, a_text_that_is_no_address_is_refused) {
    stage.endpoints[0].listen = "localhost:1";
    stage_expect_error(
        &stage, "--metrics-listen: localhost:1: not an address: names are not looked up, write "
                "numbers, as 127.0.0.1:9464");
}

Test(http_life, an_empty_token_is_refused) {
    stage.options.debug_token = "";
    stage_expect_error(&stage,
                       "HTTP: the token is empty; write one into its file, or name no file");
}

static const struct {
    const char *path;
    const char *reason;
} bad_paths[] = {{"metrics", "must start with /"},
                 {"", "must start with /"},
                 {"/", "must name a page"},
                 {"/metrics/", "must name a page"},
                 {"/a//b", "empty part"},
                 {"/a?b", "must not contain"},
                 {"/a b", "must not contain"},
                 {"/a%20", "must not contain"},
                 {"/debug", "must not lie under /debug"},
                 {"/debug/metrics", "must not lie under /debug"},
                 {"/-/metrics", "must not lie under /-"},
                 {"/healthz", "a page of its own"}};

Test(http_life, a_metrics_path_that_can_not_be_is_refused) {
    for (size_t i = 0; i < sizeof bad_paths / sizeof bad_paths[0]; i++) {
        const char *fault = route_metrics_path_fault(bad_paths[i].path);
        cr_assert(fault != NULL, "%s", bad_paths[i].path);
        EXPECT_HAS(fault, bad_paths[i].reason);
    }
    cr_expect(route_metrics_path_fault("/metrics") == NULL);
    cr_expect(route_metrics_path_fault("/debugger") == NULL);
    stage.endpoints[0].path = "metrics";
    stage_expect_error(&stage, "--metrics-listen: metrics: must start with /");
}

/* ---- requests that are none, or too much ---- */

/* Send bytes, and see what comes back before the connection ends. */
static void expect_status(const char *text, int status, bool ends) {
    client_open(&client, &stage, 0);
    client_send(&client, text);
    client_reply(&client, &reply, false);
    cr_expect(eq(int, reply.status, status), "%.60s", text);
    if (ends)
        client_wait_end(&client);
    reply_done(&reply);
    client_close(&client);
}

Test(http_life, what_is_no_request_is_refused) {
    stage_open(&stage);
    expect_status("GET /metrics HTTP/1.1\r\n\r\n", 400, false); /* no Host */
    expect_status("GET /metrics HTTP/9.9\r\nHost: x\r\n\r\n", 505, true);
    expect_status("GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: minus\r\n\r\n", 400, true);
    cr_expect(eq(sz, fake.made, 0));
    static const char *const garbage[] = {"\r\n\r\n\r\n",
                                          "\x16\x03\x01\x02",
                                          "GET\r\n\r\n",
                                          " \r\n\r\n",
                                          "GET  HTTP/1.1\r\n\r\n",
                                          "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                                          "GET /metrics HTTP/1.1\r\nHost\r\n\r\n",
                                          "GET /metrics HTTP/1.1\r\n: x\r\n\r\n"};
    for (size_t i = 0; i < sizeof garbage / sizeof garbage[0]; i++) {
        client_open(&client, &stage, 0);
        client_send(&client, garbage[i]);
        for (size_t turn = 0; turn < 20; turn++)
            stage_turn(&stage);
        client_close(&client);
    }
    ask(&stage, "GET", "/metrics", "", &reply);
    cr_expect(eq(int, reply.status, 200), "the server goes on");
    close_stage();
}

/* What a server on the way may read differently: where the body ends, and for which host it is. */
Test(http_life, an_ambiguous_head_is_refused) {
    static const char *const ambiguous[] = {
        "GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 44\r\n\r\n",
        "GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 44\r\ncontent-length: 0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1x\r\n\r\n",
        "GET /metrics HTTP/1.1\r\nHost: x\r\nhost: y\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        /* Names that are no tokens (RFC 9110, section 5.6.2). */
        "GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length : 44\r\n\r\n",
        "GET /metrics HTTP/1.1\r\nHost: x\r\nTransfer-Encoding\t: chunked\r\n\r\n",
        "GET /metrics HTTP/1.1\r\nHost: x\r\nX\x01: 1\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: x\r\nX(y): 1\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: x\r\nX\xc3\xa4: 1\r\n\r\n"};
    static const char hidden[] = "GET /healthz?hidden HTTP/1.1\r\nHost: x\r\n\r\n";
    stage_open(&stage);
    for (size_t i = 0; i < sizeof ambiguous / sizeof ambiguous[0]; i++) {
        client_open(&client, &stage, 0);
        client_send(&client, ambiguous[i]);
        client_send(&client, hidden);
        client_reply(&client, &reply, false);
        cr_expect(eq(int, reply.status, 400), "%s", ambiguous[i]);
        client_wait_end(&client);
        cr_expect(eq(sz, client.in.len, 0), "the body was taken for a request: %s", ambiguous[i]);
        reply_done(&reply);
        client_close(&client);
    }
    cr_expect(eq(sz, fake.made, 0));
    expect_status("GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
                  "Content-Length: 2\r\n\r\nab",
                  200, false);
    expect_status("GET /healthz HTTP/1.1\r\nHost: x\r\nX-!#$%&'*+-.^_`|~09azAZ: 1\r\n\r\n", 200,
                  false);
    close_stage();
}

static void expect_target_status(size_t len, int status, bool ends) {
    struct strbuf text;
    strbuf_init(&text);
    strbuf_puts(&text, "GET /");
    for (size_t i = 1; i < len; i++)
        strbuf_putc(&text, 'x');
    strbuf_puts(&text, " HTTP/1.1\r\nHost: x\r\n\r\n");
    expect_status(strbuf_cstr(&text), status, ends);
    strbuf_done(&text);
}

Test(http_life, long_targets_and_headers_are_refused) {
    struct strbuf text;
    stage_open(&stage);
    expect_target_status(8192, 404, false);
    expect_target_status(8193, 414, false);
    expect_target_status(100000, 414, true); /* the library's */
    strbuf_init(&text);
    strbuf_puts(&text, "GET /metrics HTTP/1.1\r\nHost: x\r\n");
    for (size_t i = 0; text.len < 150000; i++)
        strbuf_printf(&text, "X-Header-%zu: %080d\r\n", i, 0);
    strbuf_puts(&text, "\r\n");
    expect_status(strbuf_cstr(&text), 431, true);
    strbuf_done(&text);
    close_stage();
}

/* As long as it may be, and nothing but parameters: more of them than fit into the connection's
 * memory. */
Test(http_life, a_query_of_many_parameters_is_answered) {
    static const char *const pieces[] = {"a=1&", "a&", "&"};
    struct strbuf text;
    stage_open(&stage);
    strbuf_init(&text);
    for (size_t i = 0; i < 2 * sizeof pieces / sizeof pieces[0]; i++) {
        const bool too_long = i % 2 > 0;
        strbuf_clear(&text);
        strbuf_puts(&text, "GET /healthz?");
        while (text.len < (too_long ? 60000 : 8192))
            strbuf_puts(&text, pieces[i / 2]);
        strbuf_puts(&text, " HTTP/1.1\r\nHost: x\r\n\r\n");
        expect_status(strbuf_cstr(&text), too_long ? 414 : 200, false);
    }
    strbuf_done(&text);
    close_stage();
}

Test(http_life, a_short_body_is_read_and_forgotten) {
    stage_open(&stage);
    client_open(&client, &stage, 0);
    client_send(&client, "GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
    client_reply(&client, &reply, false);
    cr_expect(eq(int, reply.status, 200));
    reply_done(&reply);
    client_send(&client, "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc");
    client_reply(&client, &reply, false);
    cr_expect(eq(int, reply.status, 405));
    reply_done(&reply);
    client_send(&client, GET);
    client_reply(&client, &reply, false);
    cr_expect(eq(int, reply.status, 200), "the connection is still good");
    client_close(&client);
    close_stage();
}

Test(http_life, a_long_body_ends_the_connection) {
    stage_open(&stage);
    expect_status("GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\n\r\n", 413, true);
    expect_status("GET /metrics HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", 413,
                  true);
    expect_status("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                  "Content-Length: 99999999999\r\n\r\n",
                  405, true);
    cr_expect(eq(u64, figures().answers[HTTP_CODE_413], 2));
    cr_expect(eq(u64, figures().answers[HTTP_CODE_405], 1));
    close_stage();
}

/* ---- time limits (in real seconds, the least there is) ---- */

Test(http_life, an_idle_connection_ends) {
    stage.options.idle_s = 1;
    stage_open(&stage);
    client_open(&client, &stage, 0);
    client_wait_end(&client);
    cr_expect(eq(u64, figures().expired, 0), "the library's time-out came first");
    client_close(&client);
    close_stage();
}

Test(http_life, a_request_that_trickles_in_ends) {
    struct client other;
    stage.options.request_s = 1;
    stage_open(&stage);
    client_open(&client, &stage, 0);
    client_send(&client, GET);
    client_reply(&client, &reply, false);
    cr_expect(eq(int, reply.status, 200));
    client_open(&other, &stage, 0);
    client_send(&other, "GE");
    client_send(&client, "GET /metrics HTTP/1.1\r\nHost: x\r\nX-Slow: ");
    uint64_t next_ns = uv_hrtime();
    while (!client.ended || !other.ended) {
        if (uv_hrtime() >= next_ns) { /* not each turn: a header can also end by being too long */
            client_send(&client, "x");
            next_ns = uv_hrtime() + 10000000;
        }
        stage_turn(&stage);
        client_receive(&client, 100);
        client_receive(&other, 100);
    }
    cr_expect(eq(u64, figures().expired, 2));
    client_close(&client);
    client_close(&other);
    close_stage();
}

static void turn_for(uint64_t ms, size_t bytes_a_turn) {
    const uint64_t end_ns = uv_hrtime() + ms * 1000000;
    while (uv_hrtime() < end_ns) {
        stage_turn(&stage);
        client_receive(&client, bytes_a_turn);
    }
}

Test(http_life, the_time_for_a_request_starts_with_its_first_line) {
    stage.options.request_s = 4;
    fake.slices = 100;
    fake.slice_bytes = 1 << 20;
    stage_open(&stage);
    client_open(&client, &stage, 0);
    client_send(&client, GET);
    turn_for(4500, 10);
    client_reply(&client, &reply, false);
    cr_assert(not(reply.cut));
    reply_done(&reply);
    turn_for(2900, 10); /* the sweep comes by */
    client_send(&client, "GET /healthz HTTP/1.1\r\nHost: x\r\n");
    turn_for(1600, 10); /* and again, later than four seconds after the first answer */
    client_send(&client, "\r\n");
    client_reply(&client, &reply, false);
    cr_expect(eq(int, reply.status, 200));
    client_close(&client);
    close_stage();
}

Test(http_life, an_answer_that_is_never_taken_ends) {
    stage.options.answer_s = 1;
    fake.slices = 100;
    fake.slice_bytes = 1 << 20;
    stage_open(&stage);
    client_open(&client, &stage, 0);
    client_send(&client, GET);
    while (figures().expired == 0) {
        stage_turn(&stage);
        client_receive(&client, 1);
    }
    while (figures().in_flight > 0)
        stage_turn(&stage);
    cr_expect(eq(u64, figures().aborted, 1));
    client_close(&client);
    close_stage();
}

/* ---- the end ---- */

Test(http_life, closing_ends_answers_under_way) {
    fake.slices = 20;
    fake.slice_bytes = 1 << 20;
    stage_open(&stage);
    client_open(&client, &stage, 0);
    client_send(&client, GET);
    while (client.in.len < 1000) {
        stage_turn(&stage);
        client_receive(&client, 1000);
    }
    stage.fds++; /* the client's */
    stage_close(&stage, 0);
    cr_expect(eq(sz, fake.freed, 1));
    cr_expect(not(stage.scrape.complete));
    client_close(&client);
}

Test(http_life, closing_with_grace_lets_them_end) {
    fake.slices = 20;
    fake.slice_bytes = 1 << 20;
    stage_open(&stage);
    struct client idle;
    client_open(&idle, &stage, 0);
    client_open(&client, &stage, 0);
    client_send(&client, GET);
    while (figures().in_flight == 0)
        stage_turn(&stage);
    const char *path = stage.address[0] + strlen("unix:");
    http_server_close(stage.server, 60000, NULL, NULL);
    cr_expect(ne(int, access(path, F_OK), 0), "no new connection finds it");
    client_send(&idle, "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n");
    client_reply(&idle, &reply, false);
    cr_expect(eq(int, reply.status, 503));
    EXPECT_TEXT(reply_header(&reply, "Connection"), "close");
    reply_done(&reply);
    client_reply(&client, &reply, false);
    cr_expect(eq(sz, reply.body.len, 20 << 20));
    cr_expect(not(reply.cut));
    client_wait_end(&client);
    client_wait_end(&idle);
    client_close(&client);
    client_close(&idle);
    reply_done(&reply);
    while (uv_run(&stage.loop, UV_RUN_NOWAIT) != 0)
        continue;
    cr_expect(eq(int, uv_loop_close(&stage.loop), 0));
    cr_expect(stage.scrape.complete);
}

/* Another process goes on at the socket: its name stays, whoever asked is answered, and a
 * connection that is kept for a next request ends, so that its client comes to the other process.
 */
Test(http_life, leaving_answers_whom_it_took_in) {
    struct client kept;
    struct client fresh;
    stage_open(&stage);
    client_open(&kept, &stage, 0);
    client_send(&kept, "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n");
    client_reply(&kept, &reply, false);
    cr_expect(eq(int, reply.status, 200));
    reply_done(&reply);
    client_open(&fresh, &stage, 0);
    while (figures().connections < 2)
        stage_turn(&stage);
    const char *path = stage.address[0] + strlen("unix:");
    http_server_leave(stage.server, NULL, NULL);
    http_server_close(stage.server, 60000, NULL, NULL);
    cr_expect(eq(int, access(path, F_OK), 0), "the other process is found there");
    client_wait_end(&kept);
    client_send(&fresh, "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n");
    client_reply(&fresh, &reply, false);
    cr_expect(eq(int, reply.status, 200), "the other process is ready");
    EXPECT_TEXT(reply_header(&reply, "Connection"), "close");
    client_wait_end(&fresh);
    client_close(&kept);
    client_close(&fresh);
    reply_done(&reply);
    while (uv_run(&stage.loop, UV_RUN_NOWAIT) != 0)
        continue;
    cr_expect(eq(int, uv_loop_close(&stage.loop), 0));
    (void)unlink(path);
}

static bool none_stays(void *arg, int fd) {
    (void)fd;
    ++*(int *)arg;
    return false;
}

Test(http_life, leaving_takes_away_what_nobody_wants) {
    int asked = 0;
    stage_open(&stage);
    const char *path = stage.address[0] + strlen("unix:");
    http_server_leave(stage.server, none_stays, &asked);
    stage_close(&stage, 0);
    cr_expect(eq(int, asked, 1));
    cr_expect(ne(int, access(path, F_OK), 0));
}

Test(http_life, grace_has_an_end) {
    fake.slices = 200;
    fake.slice_bytes = 1 << 20;
    stage_open(&stage);
    client_open(&client, &stage, 0);
    client_send(&client, GET);
    while (figures().in_flight == 0)
        stage_turn(&stage);
    stage.fds++; /* the client's */
    stage_close(&stage, 10);
    cr_expect(eq(sz, fake.freed, 1));
    client_close(&client);
}
