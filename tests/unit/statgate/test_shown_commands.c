/* SPDX-License-Identifier: MIT */
/* Commands that show a view: their requests, and what they print if there is no answer. */
#include <stdio.h>
#include <string.h>

#include "assertions.h"
#include "canned.h"
#include "run.h"

static struct run run;
static struct canned canned;
static char asked[16384];

static void setup(void) {
    run_init(&run);
    memset(&canned, 0, sizeof canned);
}

static void teardown(void) {
    if (canned.server > 0)
        canned_end(&canned, asked, sizeof asked);
    run_done(&run);
}

TestSuite(statgate_shown_commands, .init = setup, .fini = teardown);

static void expect_says(const char *part) {
    cr_expect(has(run_err(&run), part), "%s", run_err(&run));
}

static void expect_asked(const char *part) {
    canned_end(&canned, asked, sizeof asked);
    canned.server = 0;
    cr_expect(has(asked, part), "%s", asked);
}

#define SENDERS                                                                                    \
    "{\"total\":{\"samples\":1,\"accepted\":1,\"folded\":0,\"rejected\":0,\"ignored\":0},"         \
    "\"senders\":[{\"pid\":7,\"comm\":\"worker\",\"uid\":0,\"samples\":1}],\"next\":null}\n"

Test(statgate_shown_commands, the_daemon_s_own_words_for_programs) {
    CANNED(&canned, canned_json("{\"x\": [1,\n 2]}"));
    cr_expect(eq(int, RUN(&run, "jobs", "--json", "--daemon", canned.address), 0));
    cr_expect(eq(str, (char *)(uintptr_t)run_out(&run), "{\"x\": [1,\n 2]}"));
}

Test(statgate_shown_commands, filters_go_to_the_daemon) {
    CANNED(&canned, canned_json("{}"));
    cr_expect(eq(int,
                 RUN(&run, "rejections", "--daemon", canned.address, "--service", "a b&c", "--pid",
                     "7", "--since", "5m", "--reason", "label_value", "--limit", "9"),
                 0));
    expect_asked("GET "
                 "/debug/rejections?service=a%20b%26c&reason=label_value&pid=7&since=5m&limit=9 ");
}

Test(statgate_shown_commands, more_than_a_page_is_said) {
    CANNED(&canned, canned_json("{\"breakers\":[],\"next\":\"YQ\"}"));
    cr_expect(eq(int, RUN(&run, "breakers", "--daemon", canned.address), 0));
    cr_expect(has(run_out(&run), "There is more: --limit"));
}

Test(statgate_shown_commands, the_address_comes_from_flag_variable_or_settings) {
    char config[256];
    CANNED(&canned, canned_json("{}"), canned_json("{}"), canned_json("{}"));
    (void)snprintf(config, sizeof config,
                   "{\"metrics_listen\": \"127.0.0.1:1\", \"debug_listen\": "
                   "\"%s\"}",
                   canned.address);
    run_file(&run, "statgate.json", config);
    run.cli.host.config_file = run.path;
    cr_expect(eq(int, RUN(&run, "queries"), 0), "%s", run_err(&run));
    run_variable(&run, "STATGATE_DAEMON=%s", canned.address);
    run.cli.host.config_file = "/nonexistent";
    cr_expect(eq(int, RUN(&run, "queries"), 0), "%s", run_err(&run));
    cr_expect(eq(int, RUN(&run, "queries", "--daemon", "127.0.0.1:1"), 1));
    expect_says("127.0.0.1:1 (--daemon): no process listens there");
    cr_expect(eq(int, RUN(&run, "queries", "--daemon", canned.address), 0));
}

Test(statgate_shown_commands, settings_that_cannot_be_read_are_named) {
    run_file(&run, "statgate.json", "{");
    run.cli.host.config_file = run.path;
    (void)RUN(&run, "queries", "--daemon", "127.0.0.1:1");
    cr_expect(not(has(run_err(&run), "statgate.json")), "%s", run_err(&run));
    run_file(&run, "statgate.json", "{\"metrics_listen\": \"127.0.0.1:1\", \"x\": 1}");
    (void)RUN(&run, "queries");
    expect_says("the settings cannot be read: ");
}

Test(statgate_shown_commands, a_token_is_read_from_a_file) {
    char path[RUN_PATH_MAX];
    run_file(&run, "token", "secret\n");
    (void)snprintf(path, sizeof path, "%s", run.path);
    CANNED(&canned, canned_json("{}"));
    cr_expect(eq(int, RUN(&run, "queries", "--daemon", canned.address, "--token-file", path), 0));
    expect_asked("Authorization: Bearer secret\r\n");
    cr_expect(eq(int, RUN(&run, "queries", "--daemon", "127.0.0.1:1", "--token-file", "/none"), 2));
}

Test(statgate_shown_commands, the_settings_token_goes_to_the_settings_address_only) {
    char config[256];
    char path[RUN_PATH_MAX];
    run_file(&run, "token", "secret\n");
    (void)snprintf(path, sizeof path, "%s", run.path);
    CANNED(&canned, canned_json("{}"), canned_json("{}"));
    (void)snprintf(config, sizeof config,
                   "{\"metrics_listen\": \"%s\", \"bearer_token_file\": \"%s\"}", canned.address,
                   path);
    run_file(&run, "statgate.json", config);
    run.cli.host.config_file = run.path;
    cr_expect(eq(int, RUN(&run, "queries", "--daemon", canned.address), 0));
    cr_expect(eq(int, RUN(&run, "queries"), 0), "%s", run_err(&run));
    expect_asked("Bearer secret");
    const char *second = strstr(asked + 4, "GET ");
    const char *token = strstr(asked, "Bearer secret");
    cr_expect(gt(ptr, (void *)(uintptr_t)token, (void *)(uintptr_t)second), "%s", asked);
}

/* ---- no answer ---- */

static void expect_trouble(const char *answer, int code, const char *part) {
    CANNED(&canned, answer);
    cr_expect(eq(int, RUN(&run, "events", "--daemon", canned.address), code), "%s", run_err(&run));
    expect_says(part);
    canned_end(&canned, asked, sizeof asked);
    canned.server = 0;
}

Test(statgate_shown_commands, each_refusal_says_what_to_do) {
    expect_trouble(canned_answer(401, "{}"), 1, "wants a token");
    expect_trouble(canned_answer(404, "{\"error\":\"no such page; there are /metrics\"}"), 1,
                   "no such page; there are /metrics. Ask at the daemon's debug_listen");
    expect_trouble(canned_answer(404, "{\"error\":\"no catalog declares queries\"}"), 1,
                   ": no catalog declares queries");
    expect_trouble(canned_answer(421, "{}"), 1, "debug_hosts");
    expect_trouble(canned_answer(400, "{\"error\":\"since: not \\u001b[2J a time\"}"), 2,
                   "since: not ");
    expect_trouble("HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\n{}", 1, "Try again");
    expect_trouble(canned_answer(500, "oops"), 1, "answered 500");
    expect_trouble("SSH-2.0-x\r\n", 1, "speaks no HTTP");
    expect_trouble("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", 1, "ended before the answer");
    expect_trouble(canned_json("<html>"), 1, "no JSON");
    cr_expect(not(has(run_err(&run), "\x1b")));
}

Test(statgate_shown_commands, a_refused_token_is_another_matter) {
    char path[RUN_PATH_MAX];
    run_file(&run, "token", "secret\n");
    (void)snprintf(path, sizeof path, "%s", run.path);
    CANNED(&canned, canned_answer(401, "{}"));
    cr_expect(eq(int, RUN(&run, "queries", "--daemon", canned.address, "--token-file", path), 1));
    expect_says("refuses this token");
}

/* ---- events that are followed ---- */

static const char REFUSAL[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 34\r\n\r\n"
                              "{\"error\":\"family: no such family\"}";

Test(statgate_shown_commands, events_go_on_with_the_next_daemon) {
    CANNED(&canned, canned_json("{\"last_id\":6,\"events\":[{\"id\":6}],\"next\":\"x\"}"),
           canned_json("{\"last_id\":7,\"events\":[{\"id\":7,\"at\":1700000000000,\"event\":"
                       "\"reload\",\"text\":\"taken\"}],\"next\":null}"),
           canned_answer(503, "{}"),
           canned_json("{\"last_id\":8,\"events\":[{\"id\":8,\"at\":1700000001000,\"event\":"
                       "\"job_lost\",\"service\":\"shop\",\"family\":\"exports\",\"text\":"
                       "\"its process ended\"}],\"next\":null}"),
           REFUSAL);
    cr_expect(eq(int,
                 RUN(&run, "events", "--follow", "--family", "exports", "--daemon", canned.address),
                 2));
    cr_expect(eq(str, (char *)(uintptr_t)run_out(&run),
                 "2023-11-14 22:13:20  reload           taken\n"
                 "2023-11-14 22:13:21  job_lost         shop exports: its process ended\n"));
    expect_says("the daemon has gone; waiting");
    expect_says("the daemon is back");
    expect_says("no such family");
    expect_asked("GET /debug/events?family=exports&limit=1 ");
    cr_expect(has(asked, "GET /debug/events?family=exports&after=6 "));
    cr_expect(has(asked, "GET /debug/events?family=exports&after=8 "));
}

Test(statgate_shown_commands, a_place_to_follow_from_is_an_id) {
    CANNED(&canned, canned_answer(400, "{}"));
    cr_expect(eq(int, RUN(&run, "events", "--follow", "--after", "x"), 2));
    expect_says("--after: with --follow, the id of an event");
    cr_expect(eq(int, RUN(&run, "events", "--follow", "--limit", "3"), 2));
    expect_says("--limit: --follow goes on");
    cr_expect(
        eq(int, RUN(&run, "events", "--follow", "--since", "5m", "--daemon", canned.address), 2));
    expect_asked("GET /debug/events?since=5m&after=0 ");
}

Test(statgate_shown_commands, nobody_to_follow_is_said_at_once) {
    cr_expect(eq(int, RUN(&run, "events", "--follow", "--daemon", "127.0.0.1:1"), 1));
    expect_says("no process listens there");
}
