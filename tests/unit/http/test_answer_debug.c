/* SPDX-License-Identifier: MIT */
/* The answers below /debug, and their parameters. */
#include "answers.h"

TestSuite(http_answer_debug, .init = open_stage);

Test(http_answer_debug, json_views_get_their_query) {
    stage_open(&stage);
    get("/debug/series?limit=7&after=a%26b&service=imgsrv&family=x+y", "");
    cr_expect(eq(int, reply.status, 200));
    expect_header("Content-Type", "application/json");
    expect_header("Cache-Control", "no-store");
    EXPECT_TEXT(fake.which, "series");
    EXPECT_TEXT(fake.limit, "7");
    EXPECT_TEXT(fake.after, "a&b");
    EXPECT_TEXT(fake.service, "imgsrv");
    EXPECT_TEXT(fake.family, "x y");
    cr_expect(eq(sz, stage.prepared, 1));
    cr_expect(eq(sz, stage.scrapes, 0), "JSON is no scrape");
    get("/debug/rejections", "");
    EXPECT_TEXT(fake.which, "rejections");
    EXPECT_TEXT(fake.limit, "(none)");
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

Test(http_answer_debug, bad_requests_are_explained_as_json) {
    stage_open(&stage);
    fake.json_error = "no such \"page\"";
    get("/debug/senders?after=x", "");
    cr_expect(eq(int, reply.status, 400));
    expect_header("Content-Type", "application/json");
    EXPECT_TEXT(reply_body(&reply), "{\"error\":\"no such \\\"page\\\"\"}\n");
    get("/debug/senders?after=%zz", "");
    cr_expect(eq(int, reply.status, 400));
    get("/metrics%00", "");
    cr_expect(eq(int, reply.status, 400));
    close_stage();
}

Test(http_answer_debug, filters_reach_the_view) {
    stage_open(&stage);
    get("/debug/rejections?reason=malformed&pid=7&since=5m", "");
    cr_expect(eq(int, reply.status, 200));
    EXPECT_TEXT(fake.reason, "malformed");
    EXPECT_TEXT(fake.pid, "7");
    EXPECT_TEXT(fake.since, "5m");
    cr_expect(gt(i64, fake.now_ms, 0));
    static const char *const bad[] = {"/debug/ingress?pid=7", "/debug/series?reason=malformed",
                                      "/debug/catalog?since=5m", "/debug/endpoints?family=x"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        get(bad[i], "");
        cr_expect(eq(int, reply.status, 400), "%s", bad[i]);
    }
    close_stage();
}

Test(http_answer_debug, parameters_that_a_view_does_not_take_are_refused) {
    stage_open(&stage);
    get("/debug/series?limt=5", "");
    cr_expect(eq(int, reply.status, 400));
    expect_header("Content-Type", "application/json");
    EXPECT_TEXT(reply_body(&reply),
                "{\"error\":\"unknown parameter \\\"limt\\\"; "
                "/debug/series takes service, family, since, limit, after\"}\n");
    get("/debug/senders?limit=5&family=x", "");
    EXPECT_TEXT(reply_body(&reply),
                "{\"error\":\"unknown parameter \\\"family\\\"; "
                "/debug/senders takes service, pid, since, order, limit, after\"}\n");
    get("/debug/ingress?limit=5", "");
    EXPECT_TEXT(reply_body(&reply), "{\"error\":\"unknown parameter \\\"limit\\\"; "
                                    "/debug/ingress takes none\"}\n");
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
