/* SPDX-License-Identifier: MIT */
/* The answer to each request: expositions, methods, tokens, health, and where /debug is. */
#include "answers.h"
#include "gunzip.h"

TestSuite(http_answers, .init = open_stage);

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
    get("/", "");
    EXPECT_HAS(reply_body(&reply), "/a/b  no service");
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
    fake.slice_bytes = VIEW_SLICE_BYTES;
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

Test(http_answers, memory_that_is_out_is_a_500) {
    stage_open(&stage);
    fake.fail_at = 1;
    get("/metrics", "Accept-Encoding: gzip\r\n");
    cr_expect(eq(int, reply.status, 500));
    EXPECT_TEXT(reply_body(&reply), "out of memory\n");
    expect_header("Content-Encoding", "");
    expect_header("Content-Type", "text/plain; charset=utf-8");
    cr_expect(eq(uint, stage.scrape.code, 500));
    get("/debug/series", "");
    cr_expect(eq(int, reply.status, 500));
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
