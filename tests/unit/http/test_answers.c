/* SPDX-License-Identifier: MIT */
/* The answer to each request: expositions, methods, tokens, health, and where /debug is. */
#include "answers.h"
#include "gunzip.h"

TestSuite(http_answers, .init = open_stage);

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
