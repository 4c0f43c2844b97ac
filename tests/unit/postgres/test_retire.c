/* SPDX-License-Identifier: MIT */
/* Another process takes over, or this one stops: what runs on the server ends, too. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "rig.h"

static struct rig rig;

static void setup(void) {
    rig_database(&rig, NULL);
}

static void teardown(void) {
    rig_stop(&rig);
}

TestSuite(retire, .init = setup, .fini = teardown, .timeout = 300);

static const char two_queries[] =
    "{\"sql\":\"SELECT 1 AS n\",\"values\":{\"v\":\"n\"}},"
    "{\"sql\":\"SELECT 2 AS n, pg_sleep(t.s) FROM "
    "t\",\"values\":{\"w\":\"n\"},\"timeout_s\":60,\"combine\":\"sum\"}";

static void start(const char *connections) {
    char text[1024];
    (void)snprintf(text, sizeof text,
                   "{\"statgate\":1,\"service\":\"test\",\"databases\":{\"main\":{\"conninfo\":"
                   "\"%%s\",\"connections\":%s}},\"families\":{"
                   "\"v\":{\"type\":\"gauge\",\"help\":\"x\"},"
                   "\"w\":{\"type\":\"gauge\",\"help\":\"x\"}},\"queries\":[%s]}",
                   connections, two_queries);
    const char *catalogs[] = {text};
    rig_sql(&rig, "CREATE TABLE t AS SELECT 0::float8 AS s");
    rig_start_catalogs(&rig, NULL, catalogs, 1);
}

static long sessions(void) {
    return rig_ask(&rig, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                         "AND application_name = 'statgate'");
}

/* The server ends them when it gets to it, and a connection that a slow machine made later the loop
 * closes; only one that stays would meet the limit. */
static void expect_no_sessions(void) {
    enum { EACH_MS = 20, LIMIT_MS = 60000 };
    for (int waited_ms = 0; sessions() > 0 && waited_ms < LIMIT_MS; waited_ms += EACH_MS)
        rig_run_for(&rig, EACH_MS);
    cr_expect(eq(long, sessions(), 0));
}

static void note(void *arg) {
    *(bool *)arg = true;
}

/* Of two connections one is idle, and on the other one a query runs for long. */
static void begin_slow(struct postgres_wait *wait) {
    rig_scrape(&rig, 8000);
    rig_expect(&rig, NULL, "v 1\nw 2\n");
    rig_sql(&rig, "UPDATE t SET s = 40");
    cr_assert(rig_fresh(&rig, NULL, 30000, wait));
    rig_run_for(&rig, 300);
    cr_expect(rig_view(&rig, 1).running);
    cr_expect(lt(long, 0, sessions()));
}

Test(retire, no_session_is_left_when_the_next_process_begins) {
    bool done = false;
    struct postgres_wait wait = {.done = note, .arg = &done};
    start("2");
    begin_slow(&wait);
    const uint64_t begin_ns = uv_hrtime();
    postgres_retire(rig.postgres, true);
    postgres_await_retired(rig.postgres);
    cr_expect(lt(u64, uv_hrtime() - begin_ns, (POSTGRES_RETIRE_MS + 100) * 1000000ULL));
    expect_no_sessions();
    /* Who waits gets the rows of last time at once, and no failure is counted. */
    rig_run_for(&rig, 50);
    cr_expect(done);
    rig_expect(&rig, NULL, "v 1\nw 2\n");
    cr_expect(eq(int, (int)rig_view(&rig, 1).error, (int)POSTGRES_OK));
    cr_expect(eq(str, rig.reported, ""));
    cr_expect(eq(long, sessions(), 0), "nothing begins any more");
}

/* Ten times in a row, with rows that the server cannot get rid of. */
Test(retire, rows_that_nobody_reads_end_too) {
    start("2");
    rig_sql(&rig, "ALTER TABLE t ALTER s TYPE text USING repeat('x', 8000)");
    rig_sql(&rig, "CREATE FUNCTION pg_sleep(text) RETURNS text LANGUAGE sql AS 'SELECT $1'");
    rig_sql(&rig, "INSERT INTO t SELECT repeat('x', 8000) FROM generate_series(1, 5000)");
    for (int i = 0; i < 10; i++) {
        bool done = false;
        struct postgres_wait wait = {.done = note, .arg = &done};
        cr_assert(rig_fresh(&rig, NULL, 30000, &wait));
        while (rig_database_view(&rig).connected == 0)
            rig_run_for(&rig, 10);
        rig_run_for(&rig, 20);
        postgres_retire(rig.postgres, true);
        postgres_await_retired(rig.postgres);
        expect_no_sessions();
        postgres_forget(rig.postgres, &wait);
        postgres_retire(rig.postgres, false);
    }
}

Test(retire, a_stop_leaves_nothing_running) {
    bool done = false;
    char text[256];
    struct postgres_wait wait = {.done = note, .arg = &done};
    start("2");
    begin_slow(&wait);
    (void)snprintf(
        text, sizeof text,
        "SELECT count(*) FROM pg_stat_activity WHERE datname = '%s' AND state = 'active' "
        "AND application_name = 'statgate'",
        PQdb(rig.admin));
    rig_stop(&rig);
    rig_database(&rig, NULL);
    rig_sql(&rig, "SELECT pg_sleep(0.1)");
    cr_expect(eq(long, rig_ask(&rig, text), 0));
    cr_expect(not(done));
}
