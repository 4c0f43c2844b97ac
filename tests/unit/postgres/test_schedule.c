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
