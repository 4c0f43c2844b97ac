/* SPDX-License-Identifier: MIT */
/* Which requests are answered: first by the name in Host, then by the token. */
#include "answers.h"

static void open_with_hosts(void) {
    open_stage();
    stage.endpoints[0].listen = "127.0.0.1:0";
    stage.options.debug_hosts = "box,.lan";
}

TestSuite(http_admission, .init = open_with_hosts);

/* A request as it is. */
static int raw_bytes(const char *head, size_t len) {
    struct client client;
    reply_done(&reply);
    client_open(&client, &stage, 0);
    client_send_bytes(&client, head, len);
    client_reply(&client, &reply, strncmp(head, "HEAD", 4) == 0);
    client_close(&client);
    return reply.status;
}

static int raw(const char *head) {
    return raw_bytes(head, strlen(head));
}

static int with_host(const char *target, const char *host) {
    char head[512];
    snprintf(head, sizeof head, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", target, host);
    return raw(head);
}

Test(http_admission, pages_of_strangers_read_nothing) {
    static const char *const targets[] = {
        "/",           "/?line=x",        "/debug",
        "/debug/jobs", "/debug/nowhere",  "/-/statgate.js",
        "/-/nowhere",  "/%64ebug/series", "/debug/series?limit=x"};
    stage_open(&stage);
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        cr_expect(eq(int, with_host(targets[i], "evil.example:80"), 421), "%s", targets[i]);
        EXPECT_HAS(reply_body(&reply), "evil.example:80");
        EXPECT_HAS(reply_body(&reply), "--debug-hosts");
        cr_expect(ne(int, with_host(targets[i], "127.0.0.1:80"), 421), "%s", targets[i]);
        cr_expect(ne(int, with_host(targets[i], "Box."), 421), "%s", targets[i]);
        cr_expect(ne(int, with_host(targets[i], "a.lan:1"), 421), "%s", targets[i]);
    }
    with_host("/debug", "evil.example");
    EXPECT_TEXT(reply_header(&reply, "Content-Type"), "application/json");
    cr_expect(eq(sz, fake.made, fake.freed));
    close_stage();
}

Test(http_admission, every_name_that_a_request_has_is_looked_at) {
    stage_open(&stage);
    cr_expect(eq(int, with_host("http://evil.example/debug", "localhost"), 421));
    EXPECT_HAS(reply_body(&reply), "evil.example");
    cr_expect(eq(int, with_host("http://localhost/debug", "evil.example"), 421));
    EXPECT_HAS(reply_body(&reply), "evil.example");
    cr_expect(eq(int, with_host("http://localhost:9/debug", "[::1]"), 200));
    cr_expect(eq(int, with_host("http://LOCALHOST/", "box"), 200));
    cr_expect(eq(int, with_host("http://evil.example", "localhost"), 421));
    cr_expect(eq(int, with_host("http://localhost@evil.example/debug", "localhost"), 421));
    cr_expect(eq(int, with_host("http:///debug", "localhost"), 421));
    cr_expect(eq(int, with_host("x://box?x=http://evil.example/debug", "box"), 200));
    cr_expect(eq(int, with_host("//evil.example/debug", "localhost"), 404), "that is a path");
    cr_expect(
        eq(int, raw("GET /debug HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"), 400));
    cr_expect(eq(
        int, raw("GET /debug HTTP/1.1\r\nHost: evil.example\r\nHost: evil.example\r\n\r\n"), 400));
    cr_expect(eq(int,
                 raw("GET /debug HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: "
                     "localhost\r\n\r\n"),
                 421));
    cr_expect(eq(int, raw("HEAD /debug HTTP/1.1\r\nHost: evil.example\r\n\r\n"), 421));
    cr_expect(eq(int, raw("POST /debug HTTP/1.1\r\nHost: evil.example\r\n\r\n"), 405));
    close_stage();
}

Test(http_admission, blanks_around_a_name_do_not_matter) {
    stage_open(&stage);
    cr_expect(eq(int, raw("GET /debug HTTP/1.1\r\nHost: \t localhost:80 \t\r\n\r\n"), 200));
    cr_expect(eq(int, raw("GET /debug HTTP/1.1\r\nHOST:box\r\n\r\n"), 200));
    cr_expect(eq(int, raw("GET /debug HTTP/1.1\r\nHost: localhost evil.example\r\n\r\n"), 421));
    close_stage();
}

Test(http_admission, what_a_stranger_wrote_is_no_text_of_ours) {
    stage_open(&stage);
    cr_expect(eq(int, raw("GET / HTTP/1.1\r\nHost: \x1b[31m\"<b>\xff\r\n\r\n"), 421));
    EXPECT_HAS(reply_body(&reply), "\"?[31m?<b>?\"");
    EXPECT_TEXT(reply_header(&reply, "Content-Type"), "text/plain; charset=utf-8");
    close_stage();
}

/* To the library a line ends at a NUL, and goes on in one that begins with a blank. */
Test(http_admission, a_name_is_not_seen_in_part) {
    static const char nul[] = "GET /debug HTTP/1.1\r\nHost: localhost\0.evil\r\n\r\n";
    static const char other[] = "GET /debug HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n";
    static const char metrics[] = "GET /metrics HTTP/1.1\r\nHost: localhost\0.evil\r\n\r\n";
    stage_open(&stage);
    cr_expect(eq(int, raw_bytes(nul, sizeof nul - 1), 421));
    EXPECT_HAS(reply_body(&reply), "bytes that are not seen");
    cr_expect(eq(int, raw_bytes(other, sizeof other - 1), 421));
    cr_expect(ne(int, raw("GET /debug HTTP/1.1\r\nHost: localhost\r\n .evil\r\n\r\n"), 200));
    cr_expect(eq(int, raw_bytes(metrics, sizeof metrics - 1), 200));
    cr_expect(eq(int, raw("GET /debug HTTP/1.1\nHost: localhost\nA:b\n\n"), 200));
    cr_expect(
        eq(int, raw("GET /debug HTTP/1.1\r\nHost: localhost\r\nA:\r\nB: \t\r\nC:d\r\n\r\n"), 200));
    close_stage();
}

/* The library would answer it by itself, with the head twice. */
Test(http_admission, a_request_without_host_gets_one_answer) {
    stage_open(&stage);
    cr_expect(eq(int, raw("GET /metrics HTTP/1.1\r\n\r\n"), 400));
    EXPECT_HAS(reply_body(&reply), "names the Host");
    cr_expect(eq(ptr, strstr(reply_body(&reply), "HTTP/1.1 400"), NULL));
    cr_expect(eq(int, raw("GET /met rics HTTP/1.1\r\nHost: localhost\r\n\r\n"), 400));
    EXPECT_HAS(reply_body(&reply), "has a blank");
    close_stage();
}

Test(http_admission, over_tcp_a_name_is_needed) {
    stage_open(&stage);
    cr_expect(eq(int, raw("GET /debug HTTP/1.0\r\n\r\n"), 421));
    cr_expect(eq(int, raw("GET /debug HTTP/1.1\r\nHost:\r\n\r\n"), 421));
    cr_expect(eq(int, raw("GET /metrics HTTP/1.0\r\n\r\n"), 200));
    cr_expect(eq(int, raw("GET http://localhost/debug HTTP/1.0\r\n\r\n"), 421));
    close_stage();
}

/* ---- tokens ---- */

static const char CHALLENGES[] =
    "WWW-Authenticate: Bearer realm=\"statgate\"\r\n"
    "WWW-Authenticate: Basic realm=\"statgate\", charset=\"UTF-8\"\r\n";

static int with_token(const char *target, const char *authorization) {
    char lines[9000];
    reply_done(&reply);
    snprintf(lines, sizeof lines, "Authorization: %s\r\n", authorization);
    ask(&stage, "GET", target, lines, &reply);
    return reply.status;
}

Test(http_admission, people_may_use_a_password) {
    stage.options.debug_token = "open:sesame";
    stage_open(&stage);
    static const char *const good[] = {
        "Bearer open:sesame",
        "bearer   open:sesame",
        "Basic YTpvcGVuOnNlc2FtZQ==", /* a */
        "Basic Om9wZW46c2VzYW1l",     /* no user */
        "BASIC  w7zDvDpvcGVuOnNlc2FtZQ==",
        "Basic YTpvcGVuOnNlc2FtZQ", /* without padding */
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        cr_expect(eq(int, with_token("/debug", good[i]), 200), "%s", good[i]);
    static const char *const bad[] = {
        "Bearer open:sesam",
        "Bearer open:sesame2",
        "Bearer open:sesame open:sesame",
        "Bearer",
        "Bearer ",
        "Basic",
        "Basic ",
        "Basic b3BlbjpzZXNhbWU=",         /* user open, password sesame */
        "Basic open:sesame",              /* not encoded */
        "Basic YTpvcGVuOnNlc2Ft",         /* one byte less */
        "Basic YTpvcGVuOnNlc2FtZTI=",     /* one more */
        "Basic YTpvcGVuOnNlc2FtZQ==Og==", /* more behind its end */
        "Basic YTpvcGVuOnNlc2FtZQ==, Bearer x",
        "Basic YTpv cGVuOnNlc2FtZQ==",
        "Basic YTpvcGVuOnNlc2FtZW9wZW46c2VzYW1l", /* twice */
        "Basic YQ==",
        "Basic ====",
        "BasicYTpvcGVuOnNlc2FtZQ==",
        "Digest YTpvcGVuOnNlc2FtZQ==",
        "open:sesame",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_expect(eq(int, with_token("/debug", bad[i]), 401), "%s", bad[i]);
        EXPECT_HAS(strbuf_cstr(&reply.head), CHALLENGES);
    }
    static const char *const targets[] = {"/", "/-/statgate.css", "/debug/series",
                                          "/debug/nowhere"};
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        cr_expect(eq(int, with_token(targets[i], "Bearer x"), 401), "%s", targets[i]);
        EXPECT_HAS(strbuf_cstr(&reply.head), CHALLENGES);
        cr_expect(ne(int, with_token(targets[i], "Basic Om9wZW46c2VzYW1l"), 401), "%s", targets[i]);
    }
    cr_expect(eq(int, with_token("/metrics", "Bearer x"), 200), "its token is another one");
    close_stage();
}

Test(http_admission, scrapers_have_bearer_tokens_only) {
    stage.endpoints[0].bearer_token = "scrape";
    stage.options.debug_token = "look";
    stage_open(&stage);
    cr_expect(eq(int, with_token("/metrics", "Basic OnNjcmFwZQ=="), 401)); /* :scrape */
    cr_expect(strstr(strbuf_cstr(&reply.head), "Basic") == NULL);
    cr_expect(eq(int, with_token("/metrics", "Bearer scrape"), 200));
    cr_expect(eq(int, with_token("/metrics", "Bearer look"), 401));
    cr_expect(eq(int, with_token("/debug", "Bearer scrape"), 401));
    cr_expect(eq(int, with_token("/debug", "Basic Omxvb2s="), 200)); /* :look */
    cr_expect(eq(int, with_token("/healthz", "Bearer x"), 200));
    close_stage();
}

Test(http_admission, the_name_is_looked_at_before_the_token) {
    stage.options.debug_token = "t";
    stage_open(&stage);
    cr_expect(eq(int, with_host("/debug", "evil.example"), 421), "no password is asked for");
    EXPECT_TEXT(reply_header(&reply, "WWW-Authenticate"), "");
    cr_expect(eq(int, with_host("/debug", "localhost"), 401));
    close_stage();
}

Test(http_admission, long_headers_are_compared_to_their_end) {
    static char text[8192];
    stage.options.debug_token = "t";
    stage_open(&stage);
    snprintf(text, sizeof text, "Bearer %0*d", 8000, 0);
    cr_expect(eq(int, with_token("/debug", text), 401));
    snprintf(text, sizeof text, "Basic %08000d", 0);
    cr_expect(eq(int, with_token("/debug", text), 401));
    close_stage();
}
