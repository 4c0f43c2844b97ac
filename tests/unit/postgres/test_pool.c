/* SPDX-License-Identifier: MIT */
/* The connections of a database: which query gets one, and when one is opened or closed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "base/strbuf.h"
#include "rig.h"

static struct rig rig;

static void setup(void) {
    rig_database(&rig, NULL);
}

static void teardown(void) {
    rig_stop(&rig);
}

TestSuite(pool, .init = setup, .fini = teardown, .timeout = 300);

/* Queries q0, q1 ... of these texts, each with a family of its name, over so many connections. */
static void start(const char *conninfo, const char *connections, const char *const *texts,
                  size_t count) {
    struct strbuf text;
    strbuf_init(&text);
    strbuf_printf(&text,
                  "{\"statgate\":1,\"service\":\"test\",\"databases\":{\"main\":{\"conninfo\":"
                  "\"%%s\"%s%s}},\"families\":{",
                  connections ? ",\"connections\":" : "", connections ? connections : "");
    for (size_t i = 0; i < count; i++)
        strbuf_printf(&text, "%s\"q%zu\":{\"type\":\"gauge\",\"help\":\"x\"}", i > 0 ? "," : "", i);
    strbuf_puts(&text, "},\"queries\":[");
    for (size_t i = 0; i < count; i++)
        strbuf_printf(&text, "%s{\"sql\":\"%s\",\"values\":{\"q%zu\":\"n\"}}", i > 0 ? "," : "",
                      texts[i], i);
    strbuf_puts(&text, "]}");
    const char *catalogs[] = {strbuf_cstr(&text)};
    rig_start_catalogs(&rig, conninfo, catalogs, 1);
    strbuf_done(&text);
}

static bool anything_runs(void) {
    for (size_t i = 0; i < postgres_count(rig.postgres); i++)
        if (rig_view(&rig, i).running)
            return true;
    return false;
}

static void settle_all(void) {
    for (int i = 0; i < 1000 && anything_runs(); i++)
        rig_run_for(&rig, 10);
    cr_assert(not(anything_runs()));
}

static size_t up_count(void) {
    size_t count = 0;
    for (size_t i = 0; i < postgres_count(rig.postgres); i++)
        count += rig_view(&rig, i).up;
    return count;
}

static const char slow[] = "SELECT 1 AS n, pg_sleep(0.4)";

/* ---- more and fewer ---- */

Test(pool, has_eight_unless_a_catalog_says_otherwise) {
    const char *const texts[] = {slow, slow, slow, slow, slow, slow, slow, slow, slow};
    start(NULL, NULL, texts, 9);
    rig_scrape(&rig, 8000);
    cr_expect(eq(sz, up_count(), 9));
    cr_expect(eq(uint, rig_database_view(&rig).connected, 8));
}

Test(pool, shrinks_to_one_when_idle) {
    static const char *const catalogs[] = {
        "{\"statgate\":1,\"service\":\"test\",\"databases\":{\"main\":{\"conninfo\":\"%s\"}},"
        "\"families\":{\"a\":{\"type\":\"gauge\",\"help\":\"x\"},"
        "\"b\":{\"type\":\"gauge\",\"help\":\"x\"},\"c\":{\"type\":\"gauge\",\"help\":\"x\"}},"
        "\"queries\":[{\"sql\":\"SELECT 1 AS n, pg_sleep(0.4)\",\"values\":{\"a\":\"n\"},"
        "\"cache_s\":3600},{\"sql\":\"SELECT 1 AS n, pg_sleep(0.4)\",\"values\":{\"b\":\"n\"},"
        "\"cache_s\":3600},{\"sql\":\"SELECT 1 AS n\",\"values\":{\"c\":\"n\"}}]}"};
    rig_start_catalogs(&rig, NULL, catalogs, 1);
    rig_scrape(&rig, 8000);
    rig_run_for(&rig, 50);
    const uint32_t before = rig_database_view(&rig).connected;
    cr_expect(ge(uint, before, 2));
    rig.ahead_ms += POSTGRES_IDLE_MS - 10000;
    rig_scrape(&rig, 8000);
    rig_run_for(&rig, 50);
    cr_expect(eq(uint, rig_database_view(&rig).connected, before));
    rig.ahead_ms += 10000;
    rig_scrape(&rig, 8000);
    rig_run_for(&rig, 50);
    cr_expect(eq(uint, rig_database_view(&rig).connected, 1));
    rig.ahead_ms += INT64_C(10) * POSTGRES_IDLE_MS;
    rig_scrape(&rig, 8000);
    cr_expect(eq(uint, rig_database_view(&rig).connected, 1));
    cr_expect(eq(sz, up_count(), 3));
}

/* ---- a role that may have one ---- */

static void limited_conninfo(const char *role, char *ret_conninfo, size_t size) {
    (void)snprintf(ret_conninfo, size, "%s", rig.conninfo);
    char *user = strstr(ret_conninfo, " user=");
    (void)snprintf(user, size - (size_t)(user - ret_conninfo), " user=%s", role);
}

Test(pool, goes_on_with_the_connections_that_a_role_may_have) {
    const char *const texts[] = {slow, slow};
    char conninfo[300];
    rig_sql(&rig, "DROP ROLE IF EXISTS single; CREATE ROLE single LOGIN CONNECTION LIMIT 1");
    limited_conninfo("single", conninfo, sizeof conninfo);
    start(conninfo, NULL, texts, 2);
    for (int i = 0; i < 2; i++) {
        rig_scrape(&rig, 8000);
        rig_expect(&rig, NULL, "q0 1\nq1 1\n");
    }
    struct postgres_database_view view = rig_database_view(&rig);
    cr_expect(eq(uint, view.connected, 1));
    cr_expect(eq(u64, view.connects, 1));
    cr_expect(eq(u64, view.failures, 1), "it is not tried with each scrape");
    cr_expect(ne(ptr, strstr(view.message.text, "too many connections"), NULL), "%s",
              view.message.text);
    cr_expect(lt(i64, 0, view.retry_ms));
    cr_expect(eq(int, strncmp(rig.reported, "main: connect : ", 16), 0), "%s", rig.reported);
    cr_expect(eq(ptr, strchr(rig.reported, '\n'), strrchr(rig.reported, '\n')), "%s", rig.reported);
    rig.reported[0] = '\0';
    /* Later it may have two. */
    rig_sql(&rig, "ALTER ROLE single CONNECTION LIMIT 2");
    rig.ahead_ms += POSTGRES_GROW_RETRY_MS;
    rig_scrape(&rig, 8000);
    view = rig_database_view(&rig);
    cr_expect(eq(uint, view.connected, 2));
    cr_expect(eq(str, view.message.text, ""));
    cr_expect(eq(str, rig.reported, "main: good : \n"));
}

/* ---- turns ---- */

static void make_tables(size_t count) {
    char text[128];
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(text, sizeof text, "CREATE TABLE t%zu AS SELECT %zu AS n", i, i);
        rig_sql(&rig, text);
    }
}

static const char *const tables[] = {"SELECT n FROM t0", "SELECT n FROM t1", "SELECT n FROM t2",
                                     "SELECT n FROM t3"};

Test(pool, a_query_that_waits_for_a_lock_keeps_no_other_waiting) {
    make_tables(2);
    start(NULL, "1", tables, 2);
    rig_sql(&rig, "BEGIN; LOCK TABLE t0");
    for (int i = 0; i < 3; i++) {
        cr_expect(ge(i64, rig_scrape(&rig, 1000), 1000));
        rig_expect(&rig, NULL, "q1 1\n");
        cr_expect(not(rig_view(&rig, 0).up));
        cr_expect(rig_view(&rig, 1).up);
        if (i > 0) /* then it is known, and the other one goes first */
            cr_expect(lt(dbl, rig_view(&rig, 1).duration_s, 0.5));
    }
    cr_expect(eq(u64, rig_view(&rig, 1).runs, 3), "the one that is free ran once for each");
    rig_sql(&rig, "ROLLBACK");
    settle_all();
    rig_scrape(&rig, 8000);
    rig_expect(&rig, NULL, "q0 0\nq1 1\n");
    cr_expect(eq(u64, rig_database_view(&rig).connects, 1));
}

Test(pool, short_scrapes_cancel_no_more_than_others) {
    make_tables(3);
    start(NULL, "1", tables, 3);
    rig_sql(&rig, "BEGIN; LOCK TABLE t0, t1, t2");
    const uint64_t begin_ns = uv_hrtime();
    for (int i = 0; i < 100; i++)
        rig_scrape(&rig, 5);
    const uint64_t took_ms = (uv_hrtime() - begin_ns) / 1000000;
    rig_sql(&rig, "ROLLBACK");
    settle_all();
    const uint64_t cancelled = rig_database_view(&rig).cancelled;
    cr_expect(lt(u64, 0, cancelled));
    cr_expect(le(u64, cancelled, took_ms / POSTGRES_TURN_MIN_MS + 1));
}

/* A query that is known to be slow is not stopped again and again to let others run. */
Test(pool, slow_queries_do_not_stop_each_other) {
    const char *const texts[] = {slow, slow, slow, slow};
    start(NULL, "1", texts, 4);
    rig_scrape(&rig, 1200); /* 0.3 s for each */
    settle_all();
    rig_scrape(&rig, 1200);
    cr_expect(ge(sz, up_count(), 1));
    settle_all();
    cr_expect(eq(sz, up_count(), 4), "the others are done when nobody waits");
}
