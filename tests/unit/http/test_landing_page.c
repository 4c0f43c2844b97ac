/* SPDX-License-Identifier: MIT */
/* The page at /, as HTML or as text, and the files that it loads. */
#include "answers.h"
#include "gunzip.h"
#include "page/page.h"

TestSuite(http_landing_page, .init = open_stage);

Test(http_landing_page, whoever_does_not_ask_for_html_gets_a_text) {
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

Test(http_landing_page, what_people_look_at_has_a_policy) {
    static const char *const targets[] = {"/",           "/?line=x",       "/-/statgate.css",
                                          "/-/main.js",  "/-/nowhere",     "/debug",
                                          "/debug/jobs", "/debug/nowhere", "/debug/series?limit=x",
                                          "/%64ebug"};
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

static void expect_asset(const char *path, const char *name, const char *type, const char *vary) {
    const struct page_asset *asset = page_asset(name);
    const char *accept = strcmp(path, "/") == 0 ? "Accept: text/html\r\n" : "";
    char etag[128];
    char lines[256];
    cr_assert(asset != NULL);
    snprintf(etag, sizeof etag, "W/%s", asset->etag);
    get(path, accept);
    cr_expect(eq(int, reply.status, 200));
    expect_header("Content-Type", type);
    expect_header("ETag", etag);
    expect_header("Cache-Control", "no-cache");
    expect_header("Vary", vary);
    cr_assert(eq(sz, reply.body.len, asset->len));
    cr_expect(memcmp(reply.body.data, asset->bytes, asset->len) == 0);
    struct strbuf plain;
    strbuf_init(&plain);
    snprintf(lines, sizeof lines, "%sAccept-Encoding: gzip\r\n", accept);
    get(path, lines);
    expect_header("Content-Encoding", "gzip");
    expect_header("ETag", etag);
    gunzip(&reply.body, &plain);
    cr_assert(eq(sz, plain.len, asset->len));
    cr_expect(memcmp(plain.data, asset->bytes, asset->len) == 0);
    strbuf_done(&plain);
    snprintf(lines, sizeof lines, "%sIf-None-Match: \"x\", %s\r\nAccept-Encoding: gzip\r\n", accept,
             asset->etag);
    get(path, lines);
    cr_expect(eq(int, reply.status, 304));
    expect_header("ETag", etag);
    expect_header("Cache-Control", "no-cache");
    cr_expect(eq(sz, reply.body.len, 0));
    snprintf(lines, sizeof lines, "%sIf-None-Match: %.10s\"\r\n", accept, asset->etag);
    get(path, lines);
    cr_expect(eq(int, reply.status, 200), "of another version");
}

Test(http_landing_page, the_pages_files_are_sent_once) {
    stage_open(&stage);
    expect_asset("/", "/-/index.html", "text/html; charset=utf-8", "Accept, Accept-Encoding");
    expect_asset("/-/statgate.css", "/-/statgate.css", "text/css; charset=utf-8",
                 "Accept-Encoding");
    expect_asset("/-/main.js", "/-/main.js", "text/javascript; charset=utf-8", "Accept-Encoding");
    get("/-/statgate.css?v=1", "If-None-Match: *\r\n");
    cr_expect(eq(int, reply.status, 304));
    static const char *const none[] = {
        "/-", "/-/", "/-/statgate.css/", "/statgate.css", "/-/../-/statgate.css", "/-/index.html"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        get(none[i], "");
        cr_expect(eq(int, reply.status, 404), "%s", none[i]);
    }
    close_stage();
}
