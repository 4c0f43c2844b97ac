/* SPDX-License-Identifier: MIT */
/* When queries are due, and which scrapes wait for which. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "files.h"
#include "rig.h"
#include "sanitized.h"

static struct rig rig;

static void setup(void) {
    rig_database(&rig, NULL);
}

static void teardown(void) {
    rig_stop(&rig);
}

TestSuite(schedule, .init = setup, .fini = teardown, .timeout = 300);

static const char one_family[] = "\"v\":{\"type\":\"gauge\",\"help\":\"x\"}";

static void count_call(void *arg) {
    ++*(int *)arg;
}

Test(schedule, two_scrapes_share_a_run) {
    int calls = 0;
    struct postgres_wait first = {.done = count_call, .arg = &calls};
    struct postgres_wait second = {.done = count_call, .arg = &calls};
    rig_start(&rig, NULL, one_family,
              "{\"sql\":\"SELECT 1 AS n, pg_sleep(0.2)\",\"values\":{\"v\":\"n\"}}");
    cr_expect(rig_fresh(&rig, NULL, 5000, &first));
    rig_run_for(&rig, 50);
    cr_expect(rig_fresh(&rig, NULL, 5000, &second));
    rig_settle(&rig, 0);
    rig_run_for(&rig, 20);
    cr_expect(eq(int, calls, 2));
    cr_expect(eq(u64, rig_view(&rig, 0).runs, 1));
}

Test(schedule, who_forgot_is_not_called) {
    int calls = 0;
    struct postgres_wait first = {.done = count_call, .arg = &calls};
    struct postgres_wait second = {.done = count_call, .arg = &calls};
    rig_start(&rig, NULL, one_family, "{\"sql\":\"SELECT 1 AS n\",\"values\":{\"v\":\"n\"}}");
    cr_expect(rig_fresh(&rig, NULL, 5000, &first));
    cr_expect(rig_fresh(&rig, NULL, 5000, &second));
    postgres_forget(rig.postgres, &first);
    postgres_forget(rig.postgres, &first);
    rig_settle(&rig, 0);
    rig_run_for(&rig, 20);
    cr_expect(eq(int, calls, 1));
}

Test(schedule, fresh_rows_are_shown_without_asking) {
    rig_start(&rig, NULL, one_family,
              "{\"sql\":\"SELECT 1 AS n\",\"values\":{\"v\":\"n\"},\"cache_s\":60}");
    cr_expect(ge(i64, rig_scrape(&rig, 5000), 0));
    cr_expect(eq(i64, rig_scrape(&rig, 5000), -1));
    rig.ahead_ms = 59000;
    cr_expect(eq(i64, rig_scrape(&rig, 5000), -1));
    rig_expect(&rig, NULL, "v 1\n");
    rig.ahead_ms = 60000;
    cr_expect(ge(i64, rig_scrape(&rig, 5000), 0));
    cr_expect(eq(u64, rig_view(&rig, 0).runs, 2));
}

Test(schedule, a_failure_is_never_fresh) {
    rig_start(&rig, NULL, one_family,
              "{\"sql\":\"SELECT n FROM later\",\"values\":{\"v\":\"n\"},\"cache_s\":60}");
    cr_expect(ge(i64, rig_scrape(&rig, 5000), 0));
    cr_expect(not(rig_view(&rig, 0).up));
    rig_sql(&rig, "CREATE TABLE later AS SELECT 5 AS n");
    cr_expect(ge(i64, rig_scrape(&rig, 5000), 0));
    rig_expect(&rig, NULL, "v 5\n");
    cr_expect(eq(u64, rig_view(&rig, 0).errors[POSTGRES_SQL], 1));
}

Test(schedule, a_service_is_asked_alone) {
    static const char *const catalogs[] = {
        "{\"statgate\":1,\"service\":\"one\",\"databases\":{\"d\":{\"conninfo\":\"%s\"}},"
        "\"families\":{\"v\":{\"type\":\"gauge\",\"help\":\"x\"}},"
        "\"queries\":[{\"sql\":\"SELECT 1 AS n\",\"values\":{\"v\":\"n\"}}]}",
        "{\"statgate\":1,\"service\":\"two\",\"databases\":{\"d\":{\"conninfo\":\"%s\"}},"
        "\"families\":{\"w\":{\"type\":\"gauge\",\"help\":\"x\"}},"
        "\"queries\":[{\"sql\":\"SELECT 1 AS n, pg_sleep(0.3)\",\"values\":{\"w\":\"n\"}}]}"};
    int calls = 0;
    struct postgres_wait wait = {.done = count_call, .arg = &calls};
    rig_start_catalogs(&rig, NULL, catalogs, 2);
    cr_expect(eq(u64, postgres_database_count(rig.postgres), 2));
    cr_expect(rig_fresh(&rig, "two", 5000, &wait));
    cr_expect(not(rig_view(&rig, 0).running));
    /* One who waits for all comes while the second runs. */
    cr_expect(ge(i64, rig_scrape(&rig, 5000), 200));
    cr_expect(eq(int, calls, 1));
    rig_expect(&rig, NULL, "v 1\nw 1\n");
    cr_expect(eq(u64, rig_view(&rig, 1).runs, 1));
}

Test(schedule, queries_take_turns_on_a_connection) {
    rig_start(&rig, NULL,
              "\"a\":{\"type\":\"gauge\",\"help\":\"x\"},\"b\":{\"type\":\"gauge\",\"help\":\"x\"}",
              "{\"sql\":\"SELECT 1 AS n, pg_sleep(0.2)\",\"values\":{\"a\":\"n\"}},"
              "{\"sql\":\"SELECT 1 AS n, pg_sleep(0.2)\",\"values\":{\"b\":\"n\"}}");
    cr_expect(ge(i64, rig_scrape(&rig, 5000), 400));
    cr_expect(eq(u64, rig_database_view(&rig).connects, 1));
    cr_expect(le(i64, rig_view(&rig, 0).last_run_ms, rig_view(&rig, 1).last_run_ms));
    rig_expect(&rig, NULL, "a 1\nb 1\n");
}

Test(schedule, queries_run_beside_each_other_on_several) {
    static const char *const catalogs[] = {
        "{\"statgate\":1,\"service\":\"one\",\"databases\":{\"d\":{\"conninfo\":\"%s\","
        "\"connections\":2}},\"families\":{\"a\":{\"type\":\"gauge\",\"help\":\"x\"},"
        "\"b\":{\"type\":\"gauge\",\"help\":\"x\"}},\"queries\":["
        "{\"sql\":\"SELECT 1 AS n, pg_sleep(1)\",\"values\":{\"a\":\"n\"}},"
        "{\"sql\":\"SELECT 1 AS n, pg_sleep(1)\",\"values\":{\"b\":\"n\"}}]}"};
    rig_start_catalogs(&rig, NULL, catalogs, 1);
    cr_expect(lt(i64, rig_scrape(&rig, 5000), 1900));
    cr_expect(eq(u64, rig_database_view(&rig).connected, 2));
    rig_expect(&rig, NULL, "a 1\nb 1\n");
}

/* A query that was fresh for one waiter does not hold him up when it runs again for another. */
Test(schedule, a_later_run_is_not_taken_for_one_that_is_waited_for) {
    static const char *const catalogs[] = {
        "{\"statgate\":1,\"service\":\"one\",\"databases\":{\"d\":{\"conninfo\":\"%s\","
        "\"connections\":2}},\"families\":{\"a\":{\"type\":\"gauge\",\"help\":\"x\"},"
        "\"b\":{\"type\":\"gauge\",\"help\":\"x\"}},\"queries\":["
        "{\"sql\":\"SELECT 1 AS n\",\"values\":{\"a\":\"n\"},\"cache_s\":60},"
        "{\"sql\":\"SELECT 1 AS n, pg_sleep(0.5)\",\"values\":{\"b\":\"n\"}}]}"};
    int calls = 0;
    struct postgres_wait first = {.done = count_call, .arg = &calls};
    struct postgres_wait second = {.done = count_call, .arg = &calls};
    rig_start_catalogs(&rig, NULL, catalogs, 1);
    rig_scrape(&rig, 5000);
    cr_expect(rig_fresh(&rig, NULL, 5000, &first));
    rig.ahead_ms = 60000;
    cr_expect(rig_fresh(&rig, NULL, 5000, &second));
    rig_settle(&rig, 0);
    rig_run_for(&rig, 20);
    cr_expect(rig_view(&rig, 1).running);
    cr_expect(eq(int, calls, 0));
    rig_settle(&rig, 1);
    rig_run_for(&rig, 20);
    cr_expect(eq(int, calls, 2));
}

Test(schedule, nothing_is_due_without_queries) {
    const char *catalogs[] = {"{\"statgate\":1,\"service\":\"one\",\"families\":{\"v\":{\"type\":"
                              "\"gauge\",\"help\":\"x\"}},\"scope\":{\"name\":\"%s\"}}"};
    rig_start_catalogs(&rig, "x", catalogs, 1);
    cr_expect(eq(i64, rig_scrape(&rig, 5000), -1));
    cr_expect(eq(u64, postgres_count(rig.postgres), 0));
}

static long resident_kb(void) {
    char line[256];
    long kb = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (fgets(line, sizeof line, file))
        if (strncmp(line, "VmRSS:", 6) == 0)
            kb = strtol(line + 6, NULL, 10);
    (void)fclose(file);
    return kb;
}

Test(schedule, two_thousand_rounds_leave_nothing) {
    rig_start(&rig, NULL,
              "\"v\":{\"type\":\"gauge\",\"help\":\"x\",\"labels\":{\"i\":{\"pattern\":\"integer\","
              "\"max\":50}}},\"w\":{\"type\":\"gauge\",\"help\":\"x\"}",
              "{\"sql\":\"SELECT i, random() AS n FROM generate_series(1, 50) i\","
              "\"labels\":[\"i\"],\"values\":{\"v\":\"n\"}},"
              "{\"sql\":\"SELECT n FROM nothing\",\"values\":{\"w\":\"n\"}}");
    for (int i = 0; i < 200; i++)
        rig_scrape(&rig, 5000);
    const size_t descriptors = open_descriptors();
    const long before_kb = resident_kb();
    for (int i = 0; i < 1800; i++)
        rig_scrape(&rig, 5000);
    cr_expect(eq(u64, rig_view(&rig, 0).runs, 2000));
    cr_expect(eq(u64, rig_view(&rig, 0).values, 50));
    cr_expect(eq(u64, open_descriptors(), descriptors));
    if (!SANITIZED) /* freed memory stays in quarantine there */
        cr_expect(lt(long, resident_kb() - before_kb, 512));
    cr_expect(eq(long,
                 rig_ask(&rig, "SELECT count(*) FROM pg_stat_activity WHERE datname = "
                               "current_database() AND application_name = 'statgate'"),
                 1));
}
