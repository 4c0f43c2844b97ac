/* SPDX-License-Identifier: MIT */
/* The page for people, and the files that it loads. */
#include "answers.h"
#include "gunzip.h"

TestSuite(http_answer_people, .init = open_stage);

Test(http_answer_people, people_find_their_way) {
    stage_open(&stage);
    get("/?service=a%20b&family=f&q=&line=a:1|c%0A&other", "Accept: text/html,*/*;q=0.8\r\n");
    cr_expect(eq(int, reply.status, 200));
    expect_header("Content-Type", "text/html; charset=utf-8");
    expect_header("Vary", "Accept, Accept-Encoding");
    expect_header("Cache-Control", "no-store");
    EXPECT_TEXT(fake.which, "page");
    EXPECT_TEXT(fake.service, "a b");
    EXPECT_TEXT(fake.family, "f");
    EXPECT_TEXT(fake.search, "");
    EXPECT_TEXT(fake.line, "a:1|c\n");
    expect_fake_body();
    fake.not_found = true;
    get("/?show=it&after=x", "Accept: text/html\r\n");
    cr_expect(eq(int, reply.status, 404));
    expect_header("Content-Type", "text/html; charset=utf-8");
    EXPECT_TEXT(fake.show, "it");
    EXPECT_TEXT(fake.after, "x");
    fake.not_found = false;
    get("/", "Accept: text/html\r\nAccept-Encoding: gzip\r\n");
    expect_header("Content-Encoding", "gzip");
    EXPECT_TEXT(fake.line, "(none)");
    fake.no_view = true;
    get("/", "Accept: text/html\r\n");
    cr_expect(eq(int, reply.status, 500));
    fake.no_view = false;
    get("/debug", "");
    expect_header("Content-Type", "application/json");
    EXPECT_HAS(reply_body(&reply), "{\"path\":\"/debug/ingress\",");
    EXPECT_HAS(reply_body(&reply), "{\"path\":\"/debug/breakers\",");
    EXPECT_HAS(reply_body(&reply), "{\"path\":\"/debug/jobs\",");
    EXPECT_HAS(reply_body(&reply),
               "\"parameters\":[\"service\",\"family\",\"since\",\"limit\",\"after\","
               "\"pretty\"]");
    get("/debug/ingress", "");
    EXPECT_TEXT(reply_body(&reply), "{\"sockets\":[]}\n");
    get("/nowhere", "");
    cr_expect(eq(int, reply.status, 404));
    EXPECT_HAS(reply_body(&reply), "/metrics, /metrics/SERVICE, /debug, /debug/status");
    get("/debug/nowhere", "");
    cr_expect(eq(int, reply.status, 404));
    EXPECT_HAS(reply_body(&reply), "{\"error\":\"no such page");
    get("http://elsewhere/healthz", "");
    cr_expect(eq(int, reply.status, 200));
    close_stage();
}

Test(http_answer_people, whoever_does_not_ask_for_html_gets_a_text) {
    static const char *const others[] = {"", "Accept: */*\r\n", "Accept: text/html;q=0, */*\r\n",
                                         "Accept: text/*\r\n"};
    stage_open(&stage);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        get("/", others[i]);
        cr_expect(eq(int, reply.status, 200));
        expect_header("Content-Type", "text/plain; charset=utf-8");
        EXPECT_HAS(reply_body(&reply), "\n  /debug/series      every series with its value\n");
        cr_expect(strchr(reply_body(&reply), '<') == NULL);
    }
    close_stage();
}

static void expect_policy(const char *target) {
    static const char policy[] =
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
    get(target, "Accept: text/html\r\n");
    expect_header("Content-Security-Policy", policy);
    expect_header("Referrer-Policy", "no-referrer");
    expect_header("X-Content-Type-Options", "nosniff");
}

Test(http_answer_people, what_people_look_at_has_a_policy) {
    static const char *const targets[] = {
        "/",      "/?line=x",    "/-/statgate.css", "/-/statgate.js",        "/-/nowhere",
        "/debug", "/debug/jobs", "/debug/nowhere",  "/debug/series?limit=x", "/%64ebug"};
    stage_open(&stage);
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
        expect_policy(targets[i]);
    get("/metrics", "");
    expect_header("Content-Security-Policy", "");
    expect_header("Referrer-Policy", "");
    get("/healthz", "");
    expect_header("Content-Security-Policy", "");
    close_stage();
}

static void expect_asset(const char *path, const char *type) {
    const struct page_asset *asset = page_asset(path);
    char etag[128];
    char lines[256];
    cr_assert(asset != NULL);
    snprintf(etag, sizeof etag, "W/%s", asset->etag);
    get(path, "");
    cr_expect(eq(int, reply.status, 200));
    expect_header("Content-Type", type);
    expect_header("ETag", etag);
    expect_header("Cache-Control", "no-cache");
    expect_header("Vary", "Accept-Encoding");
    cr_assert(eq(sz, reply.body.len, asset->len));
    cr_expect(memcmp(reply.body.data, asset->bytes, asset->len) == 0);
    struct strbuf plain;
    strbuf_init(&plain);
    get(path, "Accept-Encoding: gzip\r\n");
    expect_header("Content-Encoding", "gzip");
    expect_header("ETag", etag);
    gunzip(&reply.body, &plain);
    cr_assert(eq(sz, plain.len, asset->len));
    cr_expect(memcmp(plain.data, asset->bytes, asset->len) == 0);
    strbuf_done(&plain);
    snprintf(lines, sizeof lines, "If-None-Match: \"x\", %s\r\nAccept-Encoding: gzip\r\n",
             asset->etag);
    get(path, lines);
    cr_expect(eq(int, reply.status, 304));
    expect_header("ETag", etag);
    expect_header("Cache-Control", "no-cache");
    cr_expect(eq(sz, reply.body.len, 0));
    snprintf(lines, sizeof lines, "If-None-Match: %.10s\"\r\n", asset->etag);
    get(path, lines);
    cr_expect(eq(int, reply.status, 200), "of another version");
}

Test(http_answer_people, the_pages_files_are_sent_once) {
    stage_open(&stage);
    expect_asset("/-/statgate.css", "text/css; charset=utf-8");
    expect_asset("/-/statgate.js", "text/javascript; charset=utf-8");
    get("/-/statgate.css?v=1", "If-None-Match: *\r\n");
    cr_expect(eq(int, reply.status, 304));
    static const char *const none[] = {"/-", "/-/", "/-/statgate.css/", "/statgate.css",
                                       "/-/../-/statgate.css"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        get(none[i], "");
        cr_expect(eq(int, reply.status, 404), "%s", none[i]);
    }
    close_stage();
}
