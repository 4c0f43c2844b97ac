/* SPDX-License-Identifier: MIT */
/* Several endpoints on one server: listeners, paths, tokens, figures. */
#include "answers.h"

static char second[LISTEN_TEXT_MAX];
static char third[LISTEN_TEXT_MAX];

static void open_named_stage(void) {
    open_stage();
    snprintf(second, sizeof second, "unix:%s/second.sock", stage.folder);
    snprintf(third, sizeof third, "unix:%s/third.sock", stage.folder);
}

TestSuite(http_endpoints, .init = open_named_stage);

static int get_at(size_t listener, const char *target, const char *lines) {
    reply_done(&reply);
    ask_at(&stage, listener, "GET", target, lines, &reply);
    return reply.status;
}

static void expect_page(size_t listener, const char *target, const struct endpoint_page *page) {
    fake.options.page = NULL;
    cr_expect(eq(int, get_at(listener, target, ""), 200), "%s", target);
    cr_expect(fake.options.page == page, "%s", target);
}

static struct http_endpoint_figures figures(size_t index) {
    struct http_endpoint_figures found;
    http_server_endpoint(stage.server, index, &found);
    return found;
}

/* ---- listeners and paths ---- */

Test(http_endpoints, the_longest_path_wins) {
    stage_add(&stage, "deep", stage.address[0], "/metrics/imgsrv");
    stage_add(&stage, "near", stage.address[0], "/metricsx");
    stage_open(&stage);
    expect_page(0, "/metrics", &stage.served[0].all);
    expect_page(0, "/metrics/imgsrv", &stage.served[1].all);
    expect_page(0, "/metrics/imgsrv/deep", &fake_service_page);
    expect_page(0, "/metricsx", &stage.served[2].all);
    cr_expect(eq(int, get_at(0, "/metrics/imgsrv/imgsrv", ""), 404), "not of the shorter path");
    cr_expect(eq(int, get_at(0, "/metrics/other", ""), 404));
    cr_expect(eq(int, get_at(0, "/metricsx/", ""), 404));
    EXPECT_HAS(reply_body(&reply), "there are /metrics, /metrics/SERVICE, /metrics/imgsrv, "
                                   "/metrics/imgsrv/SERVICE, /metricsx, /metricsx/SERVICE, /debug");
    close_stage();
}

Test(http_endpoints, the_page_names_address_path_and_services_of_all) {
    static const struct catalog catalogs[] = {{.service = "api"}, {.service = "jobs"}};
    static const struct catalog *many[20];
    char expected[512];
    for (size_t i = 0; i < 20; i++)
        many[i] = &catalogs[i % 2];
    stage_add(&stage, "two", second, "/two");
    stage_add(&stage, "many", second, "/many");
    stage_add(&stage, "none", "", "/nowhere");
    stage.served[1].services = stage.served[2].services = many;
    stage.served[1].service_count = 2;
    stage.served[2].service_count = 20;
    stage_open(&stage);
    cr_expect(eq(int, get_at(0, "/", ""), 200));
    snprintf(expected, sizeof expected,
             "SERVICE:\n  %s/metrics  no service\n  %s/two  api, jobs\n  %s/many  api, jobs, ",
             stage.address[0], second, second);
    EXPECT_HAS(reply_body(&reply), expected);
    EXPECT_HAS(
        reply_body(&reply),
        "/many  api, jobs, api, jobs, api, jobs, api, jobs, api, jobs, api, jobs, api, jobs, "
        "api, jobs and 4 more\n");
    cr_expect(strstr(reply_body(&reply), "/nowhere") == NULL);
    close_stage();
}

/* ---- health and /debug ---- */

static void expect_parts(size_t listener, int debug, int health) {
    cr_expect(eq(int, get_at(listener, "/debug", ""), debug), "listener %zu", listener);
    cr_expect(eq(int, get_at(listener, "/", ""), debug), "listener %zu", listener);
    cr_expect(eq(int, get_at(listener, "/healthz", ""), health), "listener %zu", listener);
    cr_expect(eq(int, get_at(listener, "/readyz", ""), health), "listener %zu", listener);
}

Test(http_endpoints, every_listener_is_asked_for_health) {
    stage_add(&stage, "two", second, "/metrics");
    stage_open(&stage);
    expect_parts(0, 200, 200);
    expect_parts(1, 404, 200);
    close_stage();
}

Test(http_endpoints, debug_may_share_an_endpoint_s_address) {
    stage_add(&stage, "two", second, "/metrics");
    stage.options.debug_listen = second;
    stage_open(&stage);
    cr_expect(eq(sz, http_server_listeners(stage.server), 2));
    cr_expect(eq(sz, http_server_listener_of(stage.server, 2), 1));
    expect_parts(0, 404, 404);
    expect_parts(1, 200, 200);
    expect_page(1, "/metrics", &stage.served[1].all);
    close_stage();
}

Test(http_endpoints, a_default_endpoint_without_address_is_nowhere) {
    stage.endpoints[0].listen = "";
    stage_add(&stage, "two", second, "/metrics");
    stage_open(&stage);
    cr_expect(eq(sz, http_server_listeners(stage.server), 1));
    cr_expect(eq(sz, http_server_listener_of(stage.server, 0), SIZE_MAX));
    cr_expect(eq(sz, http_server_listener_of(stage.server, 2), SIZE_MAX));
    expect_page(0, "/metrics", &stage.served[1].all);
    expect_parts(0, 404, 200);
    close_stage();
}

/* ---- tokens ---- */

Test(http_endpoints, each_page_has_its_own_token) {
    static const char one[] = "Authorization: Bearer one\r\n";
    static const char two[] = "Authorization: Bearer two\r\n";
    static const char all[] = "Authorization: Bearer all\r\n";
    stage_add(&stage, "one", stage.address[0], "/one");
    stage_add(&stage, "two", stage.address[0], "/one/two");
    stage_add(&stage, "open", stage.address[0], "/open");
    stage_lock(&stage, "all");
    stage.endpoints[1].bearer_token = "one";
    stage.endpoints[2].bearer_token = "two";
    stage.endpoints[3].bearer_token = NULL;
    stage_open(&stage);
    static const struct {
        const char *target;
        const char *token;
    } pages[] = {
        {"/metrics", all},       {"/metrics/imgsrv", all}, {"/one", one},   {"/one/one", one},
        {"/one/two", two},       {"/one/two/two", two},    {"/debug", all}, {"/", all},
        {"/debug/ingress", all}, {"/debug/series", all}};
    static const char *const tokens[] = {one, two, all, ""};
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        for (size_t t = 0; t < sizeof tokens / sizeof tokens[0]; t++)
            cr_expect(eq(int, get_at(0, pages[i].target, tokens[t]),
                         tokens[t] == pages[i].token ? 200 : 401),
                      "%s with %s", pages[i].target, tokens[t]);
    }
    cr_expect(eq(int, get_at(0, "/open", ""), 200));
    cr_expect(eq(int, get_at(0, "/open/open", ""), 200));
    cr_expect(eq(int, get_at(0, "/nowhere", ""), 401));
    cr_expect(eq(int, get_at(0, "/nowhere", one), 401));
    cr_expect(eq(int, get_at(0, "/nowhere", all), 404));
    cr_expect(eq(int, get_at(0, "/healthz", ""), 200));
    close_stage();
}

Test(http_endpoints, a_token_for_pages_alone_leaves_debug_open) {
    stage.endpoints[0].bearer_token = "t";
    stage_open(&stage);
    cr_expect(eq(int, get_at(0, "/metrics", ""), 401));
    cr_expect(eq(int, get_at(0, "/debug", ""), 200));
    close_stage();
}

/* ---- figures ---- */

Test(http_endpoints, answers_are_counted_where_they_were_asked) {
    stage_add(&stage, "two", stage.address[0], "/two");
    stage_lock(&stage, NULL);
    stage.endpoints[1].bearer_token = "t";
    stage_open(&stage);
    get_at(0, "/metrics", "");
    get_at(0, "/metrics/imgsrv", "");
    get_at(0, "/metrics/none", "");
    get_at(0, "/two", "");
    get_at(0, "/debug", "");
    get_at(0, "/nowhere", "");
    reply_done(&reply);
    ask(&stage, "HEAD", "/metrics", "", &reply);
    reply_done(&reply);
    ask(&stage, "POST", "/metrics", "", &reply);
    fake.fail_at = 1;
    cr_expect(eq(int, get_at(0, "/metrics", ""), 500));
    fake.fail_at = 0;
    cr_expect(eq(u64, figures(0).answers[HTTP_CODE_200], 3));
    cr_expect(eq(u64, figures(0).answers[HTTP_CODE_404], 1));
    cr_expect(eq(u64, figures(0).answers[HTTP_CODE_500], 1));
    cr_expect(eq(u64, figures(0).answers[HTTP_CODE_405], 1));
    cr_expect(eq(u64, figures(1).answers[HTTP_CODE_401], 1), "refused and counted");
    cr_expect(eq(u64, figures(1).answers[HTTP_CODE_200], 0));
    cr_expect(eq(u64, figures(0).answers[HTTP_CODE_401], 0));
    get_at(0, "/two", "Authorization: Bearer t\r\n");
    cr_expect(eq(u64, figures(1).answers[HTTP_CODE_200], 1));
    cr_expect(eq(uint, figures(0).in_flight, 0));
    cr_expect(eq(u64, figures(7).answers[HTTP_CODE_200], 0), "no such endpoint");
    close_stage();
}

Test(http_endpoints, answers_to_bodies_that_nobody_reads_are_counted) {
    static const char body[] = "Content-Length: 1000000\r\n";
    stage_add(&stage, "two", stage.address[0], "/two");
    stage_open(&stage);
    ask(&stage, "POST", "/two", body, &reply);
    cr_expect(eq(int, reply.status, 405));
    cr_expect(eq(int, get_at(0, "/two/two", body), 413));
    cr_expect(eq(int, get_at(0, "/nowhere", body), 413));
    cr_expect(eq(u64, figures(1).answers[HTTP_CODE_405], 1));
    cr_expect(eq(u64, figures(1).answers[HTTP_CODE_413], 1));
    cr_expect(eq(u64, figures(0).answers[HTTP_CODE_413], 0));
    cr_expect(eq(uint, figures(1).in_flight, 0), "nor does the end take what was never in");
    close_stage();
}

/* ---- refused ---- */

Test(http_endpoints, one_path_twice_is_refused) {
    stage_add(&stage, "two", stage.address[0], "/metrics");
    stage_expect_error(
        &stage, "x.json: /endpoints: /metrics: another endpoint of this address has the same path");
}

Test(http_endpoints, an_empty_token_of_a_page_is_refused) {
    stage_add(&stage, "two", second, "/metrics");
    stage.endpoints[1].bearer_token = "";
    stage_expect_error(
        &stage, "x.json: /endpoints: the token is empty; write one into its file, or name no "
                "file");
}

Test(http_endpoints, there_are_at_most_so_many) {
    static struct http_endpoint many[ENDPOINTS_MAX + 1];
    stage.options.endpoints = many;
    stage.options.endpoint_count = ENDPOINTS_MAX + 1;
    stage_expect_error(&stage, "HTTP: at most 64 endpoints");
}
