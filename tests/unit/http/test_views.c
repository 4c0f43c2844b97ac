/* SPDX-License-Identifier: MIT */
/* The real views behind the server: samples sent as datagrams appear on each page. */
#include "answers.h"
#include "fixture.h"

static struct fixture fx;

static const char *const CATALOGS[] = {
    "{\"statgate\":1,\"service\":\"one\",\"families\":{\"one_total\":{\"type\":\"counter\","
    "\"help\":\"Ones.\",\"labels\":{\"k\":[\"a\",\"b\"]}}}}",
    "{\"statgate\":1,\"service\":\"two\",\"families\":{\"two\":{\"type\":\"gauge\","
    "\"help\":\"Twos.\"}}}",
    "{\"statgate\":1,\"service\":\"work\",\"attempts\":{\"upload\":{\"labels\":{\"job\":[\"a\"]},"
    "\"success\":[\"worked\"],\"failure\":[\"error\"]}},\"jobs\":{\"zip\":{"
    "\"labels\":{\"queue\":[\"fast\"]},\"max_live\":10,\"buckets\":[1]}}}",
    NULL};

static struct store_time now(void *arg) {
    (void)arg;
    return fx.now;
}

static void open_views(void) {
    fixture_init(&fx, CATALOGS);
    open_stage();
    stage.source = (struct http_source){.views = {.set = &fx.set,
                                                  .store = fx.store,
                                                  .ledger = fx.ledger,
                                                  .breakers_jobs = fx.breakers_jobs},
                                        .clock = now};
    stage.endpoints[0].endpoint = &fx.endpoints.items[0];
    stage_open(&stage);
    fixture_send(&fx, "one_total:2|c|#k:a\none_total:3|c|#k:b\ntwo:1.5|g\nthree:1|c\n"
                      "upload:error|a|#job:a\nzip:queued|j|#queue:fast|i:7f3a");
}

/* As close_stage, at the end of each test. */
static void close_views(void) {
    close_stage();
    fixture_done(&fx);
}

TestSuite(http_views, .init = open_views);

Test(http_views, expositions_show_what_was_sent) {
    get("/metrics", "");
    EXPECT_HAS(reply_body(&reply), "# HELP one_total Ones.\n# TYPE one_total counter\n"
                                   "one_total{k=\"a\"} 2\none_total{k=\"b\"} 3\n"
                                   "# HELP two Twos.\n# TYPE two gauge\ntwo 1.5\n");
    get("/metrics/two", "Accept: application/openmetrics-text\r\n");
    EXPECT_TEXT(reply_body(&reply), "# TYPE two gauge\n# HELP two Twos.\ntwo 1.5\n# EOF\n");
    get("/metrics/three", "");
    cr_expect(eq(int, reply.status, 404));
    close_views();
}

Test(http_views, every_json_view_answers) {
    static const struct {
        const char *target;
        const char *part;
    } views[] = {{"/debug/series?family=two", "\"name\":\"two\""},
                 {"/debug/rejections", "unknown_family"},
                 {"/debug/senders", "\"pid\":100"},
                 {"/debug/catalog", "\"service\":\"one\""},
                 {"/debug/breakers", "\"consecutive_failures\":1"},
                 {"/debug/jobs", "\"id\":\"7f3a\""},
                 {"/debug/jobs?family=zip&limit=1", "\"next\":null"},
                 {"/debug/services?q=ON&order=trouble", "\"service\":\"one\""},
                 {"/debug/families?q=tw", "\"name\":\"two\""}};
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
        get(views[i].target, "");
        cr_expect(eq(int, reply.status, 200), "%s", views[i].target);
        EXPECT_HAS(reply_body(&reply), views[i].part);
    }
    get("/debug/series?after=nonsense", "");
    cr_expect(eq(int, reply.status, 400));
    EXPECT_HAS(reply_body(&reply), "{\"error\":");
    close_views();
}
