/* SPDX-License-Identifier: MIT */
/* Each kind of problem: when there is one, its text, and its link. */
#include <stdio.h>
#include <string.h>

#include "assertions.h"
#include "scene.h"

static struct scene scene;

static void setup(void) {
    scene_init(&scene);
}

static void teardown(void) {
    scene_done(&scene);
}

TestSuite(status_kinds, .init = setup, .fini = teardown);

static void send(const char *line) {
    fixture_send(&scene.fx, line);
}

static void expect_nothing(void) {
    (void)scene_look(&scene, SIZE_MAX);
    cr_expect(status_is_ok(&scene.status), "%s", scene.status.problems.items[0].text);
}

static void expect(enum status_kind kind, const char *text, const char *link) {
    const struct status_problem *problem = scene_problem(&scene);
    cr_expect(eq(int, (int)problem->kind, (int)kind));
    cr_expect(eq(str, (char *)problem->text, (char *)text));
    cr_expect(eq(str, (char *)problem->link, (char *)link));
}

Test(status_kinds, a_healthy_daemon_needs_nobody) {
    send("orders_total:1|c|#outcome:good");
    send("sync:ok|a|#job:a");
    send("hourly:ok|a");
    expect_nothing();
    cr_expect(eq(u64, scene.status.samples, 3));
    cr_expect(eq(u64, scene.status.rejected, 0));
}

Test(status_kinds, rejections_for_an_hour) {
    send("orders_total:1|c|#outcome:ugly");
    send("nobody_total:1|c");
    scene_wait(&scene, STATUS_FRESH_MS);
    send("hourly:ok|a");
    (void)scene_look(&scene, SIZE_MAX);
    cr_expect(eq(sz, scene.status.problems.count, 2));
    scene_wait(&scene, 1);
    expect_nothing();
    send("orders_total:1|c|#outcome:ugly");
    cr_expect(eq(u64, scene_problem(&scene)->count, 2), "with those before");
}

Test(status_kinds, attempts_that_do_not_come) {
    scene_wait(&scene, 3600000);
    expect_nothing();
    scene_wait(&scene, 90000);
    expect(STATUS_JOB_OVERDUE,
           "an attempt of hourly is overdue by 1 min 30 s; one is expected every 1 h",
           "/?service=shop&family=hourly#breakers");
    send("hourly:no|a");
    expect_nothing();
}

Test(status_kinds, a_job_beyond_its_last_bucket) {
    send("thumbs:started|j|i:7f3a");
    scene_wait(&scene, 60000);
    expect_nothing();
    scene_wait(&scene, 1000);
    expect(STATUS_JOB_OVERDUE,
           "job 7f3a of thumbs has been running for 1 min 1 s, longer than its last bucket",
           "/?service=shop&family=thumbs#jobs");
    cr_expect(eq(i32, scene_problem(&scene)->who.pid, 100));
    send("thumbs:started|j|i:b");
    scene_wait(&scene, 61000);
    const struct status_problem *problem = scene_problem(&scene);
    cr_expect(eq(u64, problem->count, 2));
    cr_expect(ne(ptr, strstr(problem->text, "job 7f3a "), NULL), "the oldest is named");
    send("thumbs:succeeded|j|i:b");
    send("thumbs:succeeded|j|i:7f3a");
    expect_nothing();
}

Test(status_kinds, a_query_whose_database_does_not_answer) {
    const struct status_query query = {.service = scene.fx.set.catalogs[0],
                                       .name = "stock",
                                       .why = "connect",
                                       .away = "main",
                                       .silent = true};
    scene.facts.queries = &query;
    scene.facts.query_count = 1;
    char text[STATUS_TEXT_MAX];
    char link[STATUS_LINK_MAX];
    events_print(text, sizeof text,
                 "database main of %s does not answer, so its families show nothing and scrapes do "
                 "not wait for it: connect",
                 query.service->service);
    events_print(link, sizeof link, "/?show=queries&service=%s", query.service->service);
    expect(STATUS_QUERY_DOWN, text, link);
}

Test(status_kinds, queries_of_a_database_that_is_away_are_one) {
    const struct catalog *service = scene.fx.set.catalogs[0];
    const struct status_query queries[] = {
        {.service = service, .name = "stock", .why = "FATAL: no such role", .away = "main"},
        {.service = service, .name = "other", .why = "permission denied"},
        {.service = service, .name = "orders", .why = "FATAL: no such role", .away = "main"},
        {.service = service, .name = "carts", .why = "FATAL: no such role", .away = "main"}};
    scene.facts.queries = queries;
    scene.facts.query_count = 4;
    char text[STATUS_TEXT_MAX];
    (void)scene_look(&scene, SIZE_MAX);
    cr_assert(eq(sz, scene.status.problems.count, 2));
    events_print(text, sizeof text,
                 "database main of %s cannot be reached, so its families show nothing: FATAL: no "
                 "such role",
                 service->service);
    cr_expect(eq(str, scene.status.problems.items[0].text, text));
}

Test(status_kinds, a_family_near_its_bound_if_it_can_want_more) {
    char line[64];
    for (int i = 0; i < 18; i++) {
        (void)snprintf(line, sizeof line, "visits_total:1|c|#page:p%d", i);
        send(line);
    }
    expect_nothing();
    send("visits_total:1|c|#page:last");
    expect(STATUS_BOUND_NEAR, "visits_total has 19 of at most 20 series",
           "/?service=shop&family=visits_total#series");
    cr_expect(eq(u64, scene_problem(&scene)->count, 95));
}

Test(status_kinds, a_family_that_folds_what_is_beyond_its_bound_needs_nobody) {
    char line[64];
    for (int i = 0; i < 60; i++) {
        (void)snprintf(line, sizeof line, "users_total:1|c|#user:u%d\ncut_total:1|c|#user:u%d", i,
                       i);
        send(line);
    }
    expect_nothing();
    const struct status_folding *folding = &scene.status.folding;
    cr_expect(eq(str, (char *)folding->family->name, "cut_total"), "which folds more of them");
    cr_expect(eq(int, folding->label, 0));
    cr_expect(eq(dbl, folding->rate, 5.1));
    cr_expect(eq(i32, folding->who.pid, 100));
}

/* A second in which a service folds this many samples. */
static void fold(int samples) {
    size_t budget = SIZE_MAX;
    for (int i = 0; i < samples; i++)
        send("cut_total:1|c|#user:late");
    scene_wait(&scene, 1000);
    (void)history_tick(scene.history, scene.fx.now.mono_ms, &budget);
}

static void fill_up(void) {
    char line[64];
    for (int i = 0; i < 12; i++) {
        (void)snprintf(line, sizeof line, "cut_total:1|c|#user:u%d", i);
        send(line);
    }
    fold(0);
}

Test(status_kinds, folding_far_more_than_in_the_hour_before) {
    fill_up();
    for (int i = 0; i < 20 * 60; i++)
        fold(i % 2 == 0);
    expect_nothing();
    for (int i = 0; i < 60; i++)
        fold(10);
    expect_nothing();
    for (int i = 0; i < 240; i++)
        fold(10);
    expect(STATUS_FOLDING,
           "shop folds 10 samples a second, and 0.499 in the hour before: most are of cut_total, "
           "label user, by process 100",
           "/?show=folded&service=shop");
}

Test(status_kinds, folding_of_a_daemon_whose_hour_before_is_unknown) {
    fill_up();
    for (int i = 0; i < 10 * 60; i++)
        fold(10);
    expect_nothing();
}

Test(status_kinds, live_jobs_near_their_maximum) {
    char line[64];
    for (int i = 0; i < 19; i++) {
        (void)snprintf(line, sizeof line, "thumbs:queued|j|i:%d", i);
        send(line);
    }
    expect(STATUS_BOUND_NEAR, "thumbs has 19 of at most 20 live jobs",
           "/?service=shop&family=thumbs#jobs");
}

static void happen(enum event_kind kind, const char *name, int32_t pid) {
    struct events_item item = {.at_ms = scene.fx.now.real_ms,
                               .kind = kind,
                               .who = {.pid = pid, .comm = "cook"},
                               .held = 2};
    events_copy(item.service, sizeof item.service, "shop");
    events_copy(item.name, sizeof item.name, name);
    events_copy(item.text, sizeof item.text, "it happened");
    (void)events_add(scene.events, &item);
}

static void expect_incident(enum status_kind kind, const char *text, const char *link) {
    expect(kind, text, link);
    const struct status_problem *problem = scene_problem(&scene);
    cr_expect(eq(str, (char *)problem->who.comm, "cook"));
    cr_expect(eq(u64, problem->count, 3), "with those that were held back");
    scene_wait(&scene, 1 + (int64_t)STATUS_FRESH_MS);
    send("hourly:ok|a");
    expect_nothing();
}

Test(status_kinds, a_lost_job_for_an_hour) {
    happen(EVENT_JOB_LOST, "thumbs", 0);
    expect_incident(STATUS_JOB_LOST, "it happened; and 2 more",
                    "/?service=shop&family=thumbs#jobs");
}

/* A process is among the senders. */
static void is_there(int32_t pid, const char *comm) {
    bool is_new;
    ledger_sender_describe(ledger_sender(scene.fx.ledger, pid, 0, 0, scene.fx.now.real_ms, &is_new),
                           comm, 1);
}

Test(status_kinds, samples_that_a_client_lost_for_an_hour) {
    is_there(4711, "cook");
    happen(EVENT_SENDER_LOSS, "cook", 4711);
    expect_incident(STATUS_SENDER_LOSS, "it happened", "/?pid=4711#senders");
}

/* What the daemon finds when it looks at a process. */
static void look(void *arg, size_t row) {
    ledger_set_alive(scene.fx.ledger, row, *(const bool *)arg);
}

Test(status_kinds, what_a_process_that_has_gone_lost_or_sent_wrong_for_a_minute) {
    bool alive = true;
    scene.look = look;
    scene.look_arg = &alive;
    is_there(4711, "cook");
    happen(EVENT_SENDER_LOSS, "cook", 4711);
    send("orders_total:1|c|#outcome:ugly");
    (void)scene_look(&scene, SIZE_MAX);
    cr_expect(eq(sz, scene.status.problems.count, 2));
    scene_wait(&scene, STATUS_GONE_MS);
    alive = false;
    (void)scene_look(&scene, SIZE_MAX);
    cr_expect(eq(sz, scene.status.problems.count, 2));
    scene_wait(&scene, 1);
    alive = true;
    (void)scene_look(&scene, SIZE_MAX);
    cr_expect(eq(sz, scene.status.problems.count, 2), "alive");
    alive = false;
    expect_nothing();
}

Test(status_kinds, a_table_that_was_full_for_an_hour) {
    happen(EVENT_TABLE_FULL, "series", 0);
    expect_incident(STATUS_TABLE_FULL, "it happened", "/?show=services&service=shop");
}

Test(status_kinds, other_events_and_what_was_told_before_are_no_needs) {
    happen(EVENT_HANDOVER, "crash", 0);
    happen(EVENT_BREAKER_OPENED, "sync", 0);
    expect_nothing();
    happen(EVENT_JOB_LOST, "thumbs", 0);
    happen(EVENT_JOB_LOST, "thumbs", 0);
    (void)scene_problem(&scene);
}

Test(status_kinds, a_queue_that_is_full_and_who_fills_it) {
    scene.facts.full_queue = (struct status_queue){.since_ms = scene.fx.now.real_ms,
                                                   .last_ms = scene.fx.now.real_ms,
                                                   .percent = 61,
                                                   .who = {.pid = 4711, .comm = "cook"}};
    expect(
        STATUS_QUEUE_FULL,
        "the queue of the shared socket is full: cook (process 4711) sends at least 61 % of what "
        "arrives; further sends of every process are refused, or wait",
        "/?pid=4711#senders");
    scene.facts.full_queue.percent = 9;
    scene.facts.full_queue.service = scene.fx.set.catalogs[1];
    expect(STATUS_QUEUE_FULL,
           "the queue of the socket of shop is full: many processes send at once; further sends of "
           "every process are refused, or wait",
           "/?show=senders&service=shop");
}

Test(status_kinds, a_scraper_that_has_stopped_coming) {
    struct scrapers *scrapers = scrapers_new();
    const struct scraper_visit visit = {.page = "/metrics", .client = "10.0.0.5", .agent = ""};
    scene.facts.scrapers = scrapers;
    for (int i = 0; i < 12; i++) {
        scene_wait(&scene, 15000);
        scrapers_came(scrapers, &visit, scene.fx.now.mono_ms, scene.fx.now.real_ms);
    }
    scene_wait(&scene, 46000);
    expect_nothing();
    scene_wait(&scene, 4000);
    expect(STATUS_SCRAPER_AWAY,
           "10.0.0.5 has not asked for /metrics for 50 s; it came every 15 s before",
           "/debug/endpoints");
    scrapers_free(scrapers);
}

Test(status_kinds, a_socket_that_is_not_there) {
    scene.facts.not_ready = "the socket's path was taken";
    expect(STATUS_NOT_READY, "datagrams are not taken: the socket's path was taken",
           "/debug/ingress");
}

Test(status_kinds, a_supervisor_that_is_gone) {
    scene.facts.supervisor_gone = true;
    expect(
        STATUS_SUPERVISOR_GONE,
        "the supervisor is gone: if this process ends, it is not restarted and its values are lost",
        "/debug/status");
}

Test(status_kinds, a_state_file_that_a_stop_could_not_write) {
    scene.facts.state_wrong = "state file /x: its folder is gone: No such file or directory";
    scene.facts.state_wrong_ms = 5;
    expect(STATUS_STATE_FILE,
           "a stop would lose the values: state file /x: its folder is gone: No such file or "
           "directory",
           "/debug/status");
}

Test(status_kinds, a_file_that_differs_from_what_runs) {
    scene.facts.changed_file = "/etc/shop.json";
    scene.facts.changed_ms = 5;
    scene.facts.changed_count = 1;
    expect(STATUS_FILES_CHANGED,
           "the contents of /etc/shop.json differ from what runs: a reload takes them, or says why "
           "not",
           "/debug/catalog");
}

Test(status_kinds, a_reload_that_was_refused) {
    scene.facts.reload_error = "shop.json:3: no such type";
    scene.facts.reload_ms = 5;
    expect(STATUS_RELOAD_REFUSED,
           "the last reload was refused, so the configuration before it is in force: shop.json:3: "
           "no such "
           "type",
           "/debug/catalog");
}

Test(status_kinds, a_full_table_has_the_count_of_its_metric) {
    static const struct status_table tables[] = {{"jobs", 14009}};
    scene.facts.tables = tables;
    scene.facts.table_count = 1;
    happen(EVENT_TABLE_FULL, "jobs", 0);
    cr_expect(eq(u64, scene_problem(&scene)->count, 14009));
    cr_expect(eq(str, (char *)scene_problem(&scene)->text, "it happened; 14009 times in all"));
}
