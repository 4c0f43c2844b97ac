/* The answer to each request: one live server, one request per connection. */
#include "expect.h"
#include "gunzip.h"
#include "stage.h"

static struct stage stage;
static struct reply reply;

static void open_stage(void) {
    stage_init(&stage);
}

/* At the end of each test, not in .fini, where criterion does not count failures. */
static void close_stage(void) {
    reply_done(&reply);
    stage_close(&stage, 0);
}

TestSuite(http_answers, .init = open_stage);

static void get(const char *target, const char *lines) {
    reply_done(&reply);
    ask(&stage, "GET", target, lines, &reply);
}

static void expect_header(const char *name, const char *value) {
    EXPECT_TEXT(reply_header(&reply, name), value, "%s", name);
}

static void expect_fake_body(void) {
    struct strbuf expected;
    strbuf_init(&expected);
    fake_text(&expected);
    cr_assert(eq(sz, reply.body.len, expected.len));
    cr_expect(memcmp(reply.body.data, expected.data, expected.len) == 0);
    strbuf_done(&expected);
}

Test(http_answers, metrics_are_the_old_text_format_unless_asked) {
    stage_open(&stage);
    get("/metrics", "");
    cr_expect(eq(int, reply.status, 200));
    expect_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    expect_header("Content-Length", "1000");
    expect_header("Vary", "Accept, Accept-Encoding");
    expect_header("X-Content-Type-Options", "nosniff");
    expect_header("Content-Encoding", "");
    expect_header("Cache-Control", "");
    expect_fake_body();
    cr_expect(eq(int, (int)fake.options.format, (int)EXPOSITION_TEXT));
    cr_expect(fake.options.page == &stage.served[0].all);
    cr_expect(eq(sz, stage.prepared, 1));
    close_stage();
}

Test(http_answers, no_slice_is_made_in_the_midst_of_a_change) {
    stage_open(&stage);
    stage.midway = 5;
    get("/metrics", "");
    expect_fake_body();
    cr_expect(eq(sz, stage.midway, 0), "it was asked until the change was whole");
    cr_expect(eq(sz, stage.collected, 1), "once is enough");
    cr_expect(eq(sz, stage.prepared, 1));
    stage.midway = 3;
    get("/debug/series", "");
    cr_expect(eq(int, reply.status, 200));
    cr_expect(eq(sz, stage.midway, 0));
    cr_expect(eq(sz, stage.collected, 2));
    close_stage();
}

Test(http_answers, a_page_of_text_only_is_text_whatever_is_asked_for) {
    stage.served[0].options.openmetrics = false;
    stage_open(&stage);
    get("/metrics", "Accept: application/openmetrics-text;version=1.0.0;escaping=allow-utf-8\r\n");
    expect_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    cr_expect(eq(int, (int)fake.options.format, (int)EXPOSITION_TEXT));
    close_stage();
}

Test(http_answers, openmetrics_is_negotiated_and_escaping_repeated) {
    stage_open(&stage);
    get("/metrics", "Accept: application/openmetrics-text\r\n");
    expect_header("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8");
    cr_expect(eq(int, (int)fake.options.format, (int)EXPOSITION_OPENMETRICS));
    get("/metrics", "Accept: application/openmetrics-text;version=1.0.0;escaping=allow-utf-8\r\n");
    expect_header(
        "Content-Type",
        "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8");
    get("/metrics", "Accept: text/plain;q=0.1\r\naccept: application/openmetrics-text\r\n");
    expect_header("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8");
    close_stage();
}

Test(http_answers, a_service_has_a_page_of_its_own) {
    stage_open(&stage);
    get("/metrics/imgsrv", "");
    cr_expect(eq(int, reply.status, 200));
    cr_expect(fake.options.page == &fake_service_page);
    get("/metrics/img%73rv", "");
    cr_expect(eq(int, reply.status, 200));
    get("/metrics/other", "");
    cr_expect(eq(int, reply.status, 404));
    EXPECT_HAS(reply_body(&reply), "no such service");
    get("/metrics/", "");
    cr_expect(eq(int, reply.status, 404));
    EXPECT_HAS(reply_body(&reply), "no such page");
    get("/metricsx", "");
    cr_expect(eq(int, reply.status, 404));
    close_stage();
}

Test(http_answers, the_metrics_path_is_a_setting) {
    stage.endpoints[0].path = "/a/b";
    stage_open(&stage);
    get("/a/b", "");
    cr_expect(eq(int, reply.status, 200));
    get("/a/b/imgsrv", "");
    cr_expect(eq(int, reply.status, 200));
    get("/metrics", "");
    cr_expect(eq(int, reply.status, 404));
    EXPECT_HAS(reply_body(&reply), "/a/b/SERVICE");
    get("/", "Accept: text/html\r\n");
    EXPECT_TEXT(fake.people.endpoints[0].path, "/a/b");
    get("/debug", "");
    EXPECT_HAS(reply_body(&reply), "\"metrics\":\"/a/b\"");
    close_stage();
}

Test(http_answers, head_has_the_headers_of_get_and_no_body) {
    stage_open(&stage);
    ask(&stage, "HEAD", "/metrics", "", &reply);
    cr_expect(eq(int, reply.status, 200));
    expect_header("Content-Length", "1000");
    expect_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    cr_expect(eq(u64, stage.scrape.bytes, 0));
    reply_done(&reply);

    fake.slices = 5;
    fake.steps = 0;
    ask(&stage, "HEAD", "/metrics", "Accept-Encoding: gzip\r\n", &reply);
    cr_expect(eq(int, reply.status, 200));
    expect_header("Content-Encoding", "gzip");
    expect_header("Content-Length", "");
    cr_expect(eq(sz, fake.steps, 1), "only what the headers need is rendered");
    reply_done(&reply);

    ask(&stage, "HEAD", "/nowhere", "", &reply);
    cr_expect(eq(int, reply.status, 404));
    close_stage();
}

Test(http_answers, gzip_is_sent_when_it_is_accepted) {
    struct strbuf plain;
    strbuf_init(&plain);
    stage_open(&stage);
    get("/metrics", "Accept-Encoding: deflate, gzip\r\n");
    expect_header("Content-Encoding", "gzip");
    cr_expect(ne(sz, reply.body.len, 0));
    EXPECT_TEXT(reply_header(&reply, "Transfer-Encoding"), "", "a small body has a length");
    gunzip(&reply.body, &plain);
    reply_done(&reply);
    reply.body = plain;
    expect_fake_body();
    cr_expect(stage.scrape.gzip);
    cr_expect(lt(u64, stage.scrape.bytes, 1000));
    get("/metrics", "Accept-Encoding: gzip;q=0\r\n");
    expect_header("Content-Encoding", "");
    get("/debug/series", "Accept-Encoding: gzip\r\n");
    expect_header("Content-Encoding", "gzip");
    expect_header("Vary", "Accept-Encoding");
    close_stage();
}

Test(http_answers, other_methods_get_a_list_of_those_allowed) {
    static const char *const methods[] = {"POST",  "PUT",   "DELETE", "OPTIONS",
                                          "PATCH", "TRACE", "BREW"};
    stage_open(&stage);
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        ask(&stage, methods[i], i % 2 == 0 ? "/metrics" : "/nowhere", "", &reply);
        cr_expect(eq(int, reply.status, 405), "%s", methods[i]);
        expect_header("Allow", "GET, HEAD");
        reply_done(&reply);
    }
    cr_expect(eq(sz, fake.made, 0));
    close_stage();
}

Test(http_answers, the_token_covers_all_but_health) {
    static const char *const closed[] = {
        "/metrics", "/metrics/imgsrv", "/debug", "/debug/series", "/debug/ingress",
        "/",        "/nowhere",        "/%zz"};
    stage_lock(&stage, "s3cret");
    stage_open(&stage);
    for (size_t i = 0; i < sizeof closed / sizeof closed[0]; i++) {
        get(closed[i], "");
        cr_expect(eq(int, reply.status, 401), "%s", closed[i]);
        expect_header("WWW-Authenticate", "Bearer realm=\"statgate\"");
    }
    get("/healthz", "");
    cr_expect(eq(int, reply.status, 200));
    get("/readyz", "");
    cr_expect(eq(int, reply.status, 200));

    static const char *const wrong[] = {"Bearer s3cre",   "Bearer s3crets", "Bearer S3cret",
                                        "Bearer ",        "Bearer",         "s3cret",
                                        "Basic czNjcmV0", "Bearers3cret",   "Bearer s3crets3cret"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char line[80];
        snprintf(line, sizeof line, "Authorization: %s\r\n", wrong[i]);
        get("/metrics", line);
        cr_expect(eq(int, reply.status, 401), "%s", wrong[i]);
    }
    get("/metrics", "Authorization: Bearer s3cret\r\n");
    cr_expect(eq(int, reply.status, 200));
    get("/metrics", "authorization: bEARER   s3cret\r\n");
    cr_expect(eq(int, reply.status, 200));
    close_stage();
}

Test(http_answers, json_views_get_their_query) {
    stage_open(&stage);
    get("/debug/series?limit=7&after=a%26b&service=imgsrv&family=x+y", "");
    cr_expect(eq(int, reply.status, 200));
    expect_header("Content-Type", "application/json");
    expect_header("Cache-Control", "no-store");
    EXPECT_TEXT(fake.which, "series");
    cr_expect(eq(sz, fake.limit, 7));
    EXPECT_TEXT(fake.after, "a&b");
    EXPECT_TEXT(fake.service, "imgsrv");
    EXPECT_TEXT(fake.family, "x y");
    cr_expect(eq(sz, stage.prepared, 1));
    cr_expect(eq(sz, stage.scrapes, 0), "JSON is no scrape");
    get("/debug/rejections", "");
    EXPECT_TEXT(fake.which, "rejections");
    cr_expect(eq(sz, fake.limit, 0));
    EXPECT_TEXT(fake.after, "(none)");
    get("/debug/senders", "");
    EXPECT_TEXT(fake.which, "senders");
    get("/debug/catalog", "");
    EXPECT_TEXT(fake.which, "catalog");
    get("/debug/breakers?service=imgsrv", "");
    EXPECT_TEXT(fake.which, "breakers");
    EXPECT_TEXT(fake.service, "imgsrv");
    get("/debug/jobs?family=thumbs&after=x", "");
    EXPECT_TEXT(fake.which, "jobs");
    EXPECT_TEXT(fake.family, "thumbs");
    EXPECT_TEXT(fake.after, "x");
    cr_expect(eq(sz, stage.prepared, 6), "each shows what was received before it");
    close_stage();
}

Test(http_answers, bad_requests_are_explained_as_json) {
    stage_open(&stage);
    get("/debug/series?limit=many", "");
    cr_expect(eq(int, reply.status, 400));
    expect_header("Content-Type", "application/json");
    EXPECT_TEXT(reply_body(&reply), "{\"error\":\"limit must be a number from 1 to 1000000\"}\n");
    fake.json_error = "no such \"page\"";
    get("/debug/senders?after=x", "");
    cr_expect(eq(int, reply.status, 400));
    EXPECT_TEXT(reply_body(&reply), "{\"error\":\"no such \\\"page\\\"\"}\n");
    get("/debug/senders?after=%zz", "");
    cr_expect(eq(int, reply.status, 400));
    get("/metrics%00", "");
    cr_expect(eq(int, reply.status, 400));
    close_stage();
}

Test(http_answers, filters_reach_the_view) {
    stage_open(&stage);
    get("/debug/rejections?reason=malformed&pid=7&since=5m", "");
    cr_expect(eq(int, reply.status, 200));
    EXPECT_TEXT(fake.reason, "malformed");
    EXPECT_TEXT(fake.pid, "7");
    EXPECT_TEXT(fake.since, "5m");
    cr_expect(gt(i64, fake.now_ms, 0));
    cr_expect(not(fake.pretty));
    static const char *const bad[] = {"/debug/ingress?pid=7", "/debug/series?reason=malformed",
                                      "/debug/catalog?since=5m", "/debug/endpoints?family=x"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        get(bad[i], "");
        cr_expect(eq(int, reply.status, 400), "%s", bad[i]);
    }
    close_stage();
}

Test(http_answers, people_may_have_it_indented) {
    static const struct {
        const char *target;
        bool pretty;
    } cases[] = {
        {"/debug/series?pretty", true},
        {"/debug/series?pretty=1", true},
        {"/debug/series?pretty=0", false},
        {"/debug/series?pretty=false", false},
        {"/debug/ingress?pretty", true},
        {"/debug?pretty", true},
        {"/debug", false},
    };
    stage_open(&stage);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fake.pretty = false;
        get(cases[i].target, "");
        cr_expect(eq(int, reply.status, 200), "%s", cases[i].target);
        expect_header("Content-Type", "application/json");
        cr_expect(eq(int, fake.pretty, cases[i].pretty), "%s", cases[i].target);
    }
    close_stage();
}

Test(http_answers, parameters_that_a_view_does_not_take_are_refused) {
    stage_open(&stage);
    get("/debug/series?limt=5", "");
    cr_expect(eq(int, reply.status, 400));
    expect_header("Content-Type", "application/json");
    EXPECT_TEXT(reply_body(&reply),
                "{\"error\":\"unknown parameter \\\"limt\\\"; "
                "/debug/series takes service, family, since, limit, after, pretty\"}\n");
    get("/debug/senders?limit=5&family=x", "");
    EXPECT_TEXT(reply_body(&reply), "{\"error\":\"unknown parameter \\\"family\\\"; "
                                    "/debug/senders takes service, pid, since, limit, after, "
                                    "pretty\"}\n");
    get("/debug/ingress?limit=5", "");
    EXPECT_TEXT(reply_body(&reply), "{\"error\":\"unknown parameter \\\"limit\\\"; "
                                    "/debug/ingress takes pretty\"}\n");
    get("/debug?since=5m", "");
    cr_expect(eq(int, reply.status, 400));
    cr_expect(eq(sz, fake.made, 0));
    static const char *const others[] = {"/metrics?x=1", "/metrics/imgsrv?limit=1", "/healthz?x",
                                         "/readyz?x", "/?x"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        get(others[i], "");
        cr_expect(eq(int, reply.status, 200), "%s", others[i]);
    }
    get("/debug/nowhere?x", "");
    cr_expect(eq(int, reply.status, 404));
    close_stage();
}

Test(http_answers, memory_that_is_out_is_a_500) {
    stage_open(&stage);
    fake.no_view = true;
    get("/metrics", "Accept-Encoding: gzip\r\n");
    cr_expect(eq(int, reply.status, 500));
    EXPECT_TEXT(reply_body(&reply), "out of memory\n");
    expect_header("Content-Encoding", "");
    cr_expect(eq(uint, stage.scrape.code, 500));
    get("/debug/series", "");
    cr_expect(eq(int, reply.status, 500));
    fake.no_view = false;
    fake.fail_at = 1;
    get("/metrics", "Accept-Encoding: gzip\r\n");
    cr_expect(eq(int, reply.status, 500));
    expect_header("Content-Encoding", "");
    expect_header("Content-Type", "text/plain; charset=utf-8");
    close_stage();
}

Test(http_answers, health_is_reported) {
    stage_open(&stage);
    get("/healthz", "");
    cr_expect(eq(int, reply.status, 200));
    EXPECT_TEXT(reply_body(&reply), "ok\n");
    get("/readyz", "");
    cr_expect(eq(int, reply.status, 200));
    EXPECT_TEXT(reply_body(&reply), "ready\n");
    stage.not_ready = "no socket yet";
    get("/readyz", "");
    cr_expect(eq(int, reply.status, 503));
    EXPECT_TEXT(reply_body(&reply), "no socket yet\n");
    get("/healthz", "");
    cr_expect(eq(int, reply.status, 200));
    close_stage();
}

Test(http_answers, people_find_their_way) {
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

Test(http_answers, whoever_does_not_ask_for_html_gets_a_text) {
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

Test(http_answers, what_people_look_at_has_a_policy) {
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

static const char *explain(void *arg, const char *line, const char *service, struct strbuf *out) {
    (void)arg;
    if (service != NULL && strcmp(service, "none") == 0)
        return "no such service";
    strbuf_printf(out, "{\"line\":\"%s\",\"service\":\"%s\"}\n", line,
                  service != NULL ? service : "-");
    return NULL;
}

Test(http_answers, a_line_is_explained) {
    stage.source.explain = explain;
    stage_open(&stage);
    get("/debug/explain?line=a:1%7Cc", "");
    cr_expect(eq(int, reply.status, 200));
    expect_header("Content-Type", "application/json");
    expect_header("Cache-Control", "no-store");
    EXPECT_TEXT(reply_body(&reply), "{\"line\":\"a:1|c\",\"service\":\"-\"}\n");
    get("/debug/explain?line=b&service=s", "");
    EXPECT_TEXT(reply_body(&reply), "{\"line\":\"b\",\"service\":\"s\"}\n");
    static const char *const bad[] = {"/debug/explain",
                                      "/debug/explain?line=", "/debug/explain?line=b&service=none",
                                      "/debug/explain?line=b&limit=1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        get(bad[i], "");
        cr_expect(eq(int, reply.status, 400), "%s", bad[i]);
        EXPECT_HAS(reply_body(&reply), "{\"error\":");
    }
    close_stage();
}

Test(http_answers, without_a_source_nothing_is_explained) {
    stage_open(&stage);
    get("/debug/explain?line=a:1%7Cc", "");
    cr_expect(eq(int, reply.status, 404));
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

Test(http_answers, the_pages_files_are_sent_once) {
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

Test(http_answers, an_address_of_its_own_takes_debug_away) {
    char debug[128];
    struct client client;
    snprintf(debug, sizeof debug, "unix:%s/debug.sock", stage.folder);
    stage.options.debug_listen = debug;
    stage_open(&stage);
    static const char *const moved[] = {"/debug",   "/debug/series", "/",
                                        "/healthz", "/readyz",       "/-/statgate.css"};
    for (size_t i = 0; i < sizeof moved / sizeof moved[0]; i++) {
        get(moved[i], "");
        cr_expect(eq(int, reply.status, 404), "%s", moved[i]);
        EXPECT_HAS(reply_body(&reply), "; /debug is at the address of debug_listen");
        reply_done(&reply);
        char text[128];
        snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", moved[i]);
        client_open(&client, &stage, 1);
        client_send(&client, text);
        client_reply(&client, &reply, false);
        cr_expect(eq(int, reply.status, 200), "%s", moved[i]);
        if (strcmp(moved[i], "/") == 0)
            EXPECT_HAS(reply_body(&reply), "/http.sock/metrics  no service\n");
        else
            cr_expect(strstr(reply_body(&reply), "/metrics") == NULL);
        client_close(&client);
    }
    reply_done(&reply);
    client_open(&client, &stage, 1);
    client_send(&client, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    client_reply(&client, &reply, false);
    cr_expect(eq(int, reply.status, 404));
    client_close(&client);
    get("/metrics", "");
    cr_expect(eq(int, reply.status, 200));
    close_stage();
}

Test(http_answers, debug_can_be_off) {
    stage.options.debug_listen = "";
    stage_open(&stage);
    get("/debug/series", "");
    cr_expect(eq(int, reply.status, 404));
    cr_expect(strstr(reply_body(&reply), "; /debug") == NULL);
    get("/", "");
    cr_expect(eq(int, reply.status, 404));
    get("/healthz", "");
    cr_expect(eq(int, reply.status, 200));
    get("/metrics", "");
    cr_expect(eq(int, reply.status, 200));
    close_stage();
}
