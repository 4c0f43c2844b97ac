/* SPDX-License-Identifier: MIT */
/* Which failures are reported, and how often. */
#include "postgres/postgres_private.h"

#include <string.h>

#include "assertions.h"
#include "rig.h"

/* ---- pure ---- */

Test(news, a_failure_that_goes_on_is_reported_once_and_so_is_its_end) {
    struct news news = {0};
    cr_expect(not(postgres_news_take(&news, true, 1)), "good from the start is no news");
    cr_expect(postgres_news_take(&news, false, 2));
    for (int64_t now_ms = 3; now_ms < INT64_C(5) * NEWS_PAUSE_MS; now_ms += 1000)
        cr_expect(not(postgres_news_take(&news, false, now_ms)));
    cr_expect(postgres_news_take(&news, true, INT64_C(5) * NEWS_PAUSE_MS));
    cr_expect(not(postgres_news_take(&news, true, INT64_C(5) * NEWS_PAUSE_MS + 1)));
}

Test(news, one_that_comes_and_goes_is_reported_once_a_minute) {
    struct news news = {0};
    cr_expect(postgres_news_take(&news, false, 0), "the clock may begin at 0");
    cr_expect(postgres_news_take(&news, true, 1));
    for (int64_t now_ms = 2; now_ms < NEWS_PAUSE_MS; now_ms += 100) {
        cr_expect(not(postgres_news_take(&news, false, now_ms)));
        cr_expect(not(postgres_news_take(&news, true, now_ms + 50)),
                  "the end of what was not reported");
    }
    cr_expect(postgres_news_take(&news, false, NEWS_PAUSE_MS));
    cr_expect(postgres_news_take(&news, true, NEWS_PAUSE_MS + 1));
}

Test(news, what_goes_on_behind_the_pause_is_reported_late) {
    struct news news = {0};
    cr_expect(postgres_news_take(&news, false, 100));
    cr_expect(postgres_news_take(&news, true, 200));
    cr_expect(not(postgres_news_take(&news, false, 300)));
    cr_expect(not(postgres_news_take(&news, false, 99 + NEWS_PAUSE_MS)));
    cr_expect(postgres_news_take(&news, false, 100 + NEWS_PAUSE_MS));
}

Test(news, messages_that_may_hold_values_are_not_cited) {
    static const char *const cited[] = {"42P01", "42501", "25006", "57014", "57P01", "53300"};
    static const char *const others[] = {"22P02", "22003", "23505", "44000", "P0001",
                                         "XX000", "00000", "4",     ""};
    for (size_t i = 0; i < sizeof cited / sizeof cited[0]; i++)
        cr_expect(postgres_news_may_cite(cited[i]), "%s", cited[i]);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        cr_expect(not(postgres_news_may_cite(others[i])), "%s", others[i]);
}

/* ---- over a database ---- */

static struct rig rig;

static void setup(void) {
    rig_database(&rig, NULL);
}

static void teardown(void) {
    rig_stop(&rig);
}

TestSuite(reports, .init = setup, .fini = teardown, .timeout = 300);

static void expect_reported(const char *text) {
    rig_scrape(&rig, 5000);
    cr_expect(eq(str, rig.reported, (char *)text));
    rig.reported[0] = '\0';
}

static const char two_families[] = "\"v\":{\"type\":\"gauge\",\"help\":\"x\"},"
                                   "\"w\":{\"type\":\"gauge\",\"help\":\"x\"}";

Test(reports, queries_that_fail_and_are_good_again) {
    rig_sql(&rig, "CREATE TABLE things (n text); INSERT INTO things VALUES ('4')");
    rig_start(
        &rig, NULL, two_families,
        "{\"name\":\"one\",\"sql\":\"SELECT n::int AS n FROM things\",\"values\":{\"v\":\"n\"}},"
        "{\"name\":\"two\",\"sql\":\"SELECT 1 AS n\",\"values\":{\"w\":\"n\"}}");
    expect_reported("");
    rig_sql(&rig, "ALTER TABLE things RENAME TO gone");
    expect_reported("one: sql 42P01: relation \"things\" does not exist\n");
    expect_reported("");
    rig_sql(&rig, "ALTER TABLE gone RENAME TO things");
    expect_reported("one: good : \n");
    expect_reported("");
    rig_sql(&rig, "UPDATE things SET n = 'hunter2'");
    expect_reported("");
    rig.ahead_ms += NEWS_PAUSE_MS;
    expect_reported("one: sql 22P02: \n");
    cr_expect(ne(ptr, strstr(rig_view(&rig, 0).message.text, "hunter2"), NULL),
              "the message does cite it");
}

Test(reports, a_database_that_is_away_is_one_failure) {
    char conninfo[300];
    (void)snprintf(conninfo, sizeof conninfo, "%s", rig.conninfo);
    char *name = strstr(conninfo, "dbname=") + strlen("dbname=");
    name[0] = 'u';
    rig_start(&rig, conninfo, two_families,
              "{\"sql\":\"SELECT 1 AS n\",\"values\":{\"v\":\"n\"}},"
              "{\"sql\":\"SELECT 1 AS n\",\"values\":{\"w\":\"n\"}}");
    rig_scrape(&rig, 5000);
    cr_expect(eq(int, (int)rig_view(&rig, 1).error, (int)POSTGRES_CONNECT));
    cr_expect(eq(int, strncmp(rig.reported, "main: connect : ", 16), 0), "%s", rig.reported);
    cr_expect(ne(ptr, strstr(rig.reported, "does not exist\n"), NULL), "%s", rig.reported);
    cr_expect(eq(ptr, strchr(rig.reported, '\n'), strrchr(rig.reported, '\n')), "%s", rig.reported);
    rig.reported[0] = '\0';
    rig_run_for(&rig, POSTGRES_RETRY_MIN_MS + 50);
    expect_reported("");
    cr_expect(eq(u64, rig_database_view(&rig).failures, 2));
    char text[300];
    (void)snprintf(text, sizeof text, "CREATE DATABASE %.*s TEMPLATE template0",
                   (int)strcspn(name, " "), name);
    rig_sql(&rig, text);
    rig_run_for(&rig, 2 * POSTGRES_RETRY_MIN_MS + 50);
    expect_reported("main: good : \n");
    rig_expect(&rig, NULL, "v 1\nw 1\n");
}
