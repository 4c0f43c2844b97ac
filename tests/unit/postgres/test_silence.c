/* SPDX-License-Identifier: MIT */
/* Databases that do not answer at all: nobody waits for them for long, and they are found again. */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "assertions.h"
#include "rig.h"

static struct rig rig;
static char folder[RIG_FOLDER_MAX];

static void setup(void) {
    folder[0] = '\0';
    rig_database(&rig, NULL);
}

static void teardown(void) {
    rig_stop(&rig);
    if (folder[0] != '\0')
        rig_act(folder, "remove", NULL);
}

TestSuite(silence, .init = setup, .fini = teardown, .timeout = 300);

enum { AT_ONCE_MS = 4000, FOUND_MS = 20000 };

#define GAUGE(name) "\"" name "\":{\"type\":\"gauge\",\"help\":\"x\"}"

static void start(const char *connections, const char *families, const char *queries) {
    char text[2048];
    (void)snprintf(text, sizeof text,
                   "{\"statgate\":1,\"service\":\"test\",\"databases\":{\"main\":{\"conninfo\":"
                   "\"%%s\",\"connections\":%s}},\"families\":{%s},\"queries\":[%s]}",
                   connections, families, queries);
    const char *catalogs[] = {text};
    rig_start_catalogs(&rig, NULL, catalogs, 1);
}

static void expect_at_once(int scrapes) {
    for (int i = 0; i < scrapes; i++)
        cr_expect(le(i64, rig_scrape(&rig, 8000), AT_ONCE_MS));
}

static void await_answer(void) {
    const uint64_t begin_ns = uv_hrtime();
    while (rig_database_view(&rig).silent && uv_hrtime() - begin_ns < FOUND_MS * 1000000ULL)
        rig_run_for(&rig, 10);
    cr_assert(not(rig_database_view(&rig).silent));
}

/* The next request is the first without an answer. */
Test(silence, a_frozen_server_holds_one_scrape_and_is_found_again) {
    rig_own_server(&rig, folder);
    start("1", GAUGE("v") "," GAUGE("w"),
          "{\"sql\":\"SELECT 1 AS n\",\"values\":{\"v\":\"n\"},\"timeout_s\":1.5},"
          "{\"sql\":\"SELECT 2 AS n\",\"values\":{\"w\":\"n\"},\"timeout_s\":1.5}");
    rig_scrape(&rig, 8000);
    rig_expect(&rig, NULL, "v 1\nw 2\n");
    rig_run_for(&rig, 200);
    rig_signal_server(folder, SIGSTOP);
    cr_expect(le(i64, rig_scrape(&rig, 8000), 3000));
    rig_expect(&rig, NULL, "");
    cr_expect(rig_database_view(&rig).silent);
    cr_expect(ne(ptr, strstr(rig.reported, "main: timeout : no answer for 1"), NULL), "%s",
              rig.reported);
    expect_at_once(5);
    rig_run_for(&rig, 7000); /* a few probes */
    expect_at_once(5);
    cr_expect(not(rig_view(&rig, 1).up));
    cr_expect(eq(u64, rig_view(&rig, 1).errors[POSTGRES_CONNECT], 1), "counted once");
    cr_expect(le(u64, rig_database_view(&rig).failures, 4), "attempts are bounded");
    rig.reported[0] = '\0';
    rig_signal_server(folder, SIGCONT);
    await_answer();
    cr_expect(ne(ptr, strstr(rig.reported, "main: good"), NULL), "%s", rig.reported);
    cr_expect(ge(i64, rig_scrape(&rig, 8000), 0));
    rig_expect(&rig, NULL, "v 1\nw 2\n");
}

/* In the midst of a query nobody can tell at first: that it cannot be cancelled raises the doubt.
 */
Test(silence, a_server_that_freezes_in_a_query_is_silent_soon) {
    rig_own_server(&rig, folder);
    start("1", GAUGE("v"),
          "{\"sql\":\"SELECT 1 AS n, pg_sleep(0.5)\",\"values\":{\"v\":\"n\"},\"timeout_s\":1}");
    rig_scrape(&rig, 300);
    rig_signal_server(folder, SIGSTOP);
    rig_settle(&rig, 0);
    cr_expect(not(rig_database_view(&rig).silent));
    cr_expect(le(i64, rig_scrape(&rig, 8000), 4000));
    cr_expect(rig_database_view(&rig).silent);
    expect_at_once(5);
    rig_signal_server(folder, SIGCONT);
    await_answer();
    rig_scrape(&rig, 8000);
    rig_expect(&rig, NULL, "v 1\n");
}

/* A scrape may be over before the query's own time is. */
Test(silence, the_end_of_a_scrape_is_a_time_out_too) {
    rig_own_server(&rig, folder);
    start("2", GAUGE("v"), "{\"sql\":\"SELECT 1 AS n\",\"values\":{\"v\":\"n\"},\"timeout_s\":60}");
    rig_scrape(&rig, 8000);
    rig_run_for(&rig, 200);
    rig_signal_server(folder, SIGSTOP);
    cr_expect(ge(i64, rig_scrape(&rig, 1200), 1200));
    cr_expect(rig_database_view(&rig).silent);
    expect_at_once(3);
    rig_expect(&rig, NULL, "");
    rig_signal_server(folder, SIGCONT);
    await_answer(); /* by the run that nobody waits for */
    rig_settle(&rig, 0);
    rig_expect(&rig, NULL, "v 1\n");
    rig_scrape(&rig, 8000);
    rig_expect(&rig, NULL, "v 1\n");
}

Test(silence, rows_that_are_still_fresh_show_meanwhile) {
    rig_own_server(&rig, folder);
    start("1", GAUGE("v") "," GAUGE("w"),
          "{\"sql\":\"SELECT 1 AS n\",\"values\":{\"v\":\"n\"},\"timeout_s\":1.5,\"cache_s\":60},"
          "{\"sql\":\"SELECT 2 AS n\",\"values\":{\"w\":\"n\"},\"timeout_s\":1.5}");
    rig_scrape(&rig, 8000);
    rig_signal_server(folder, SIGSTOP);
    rig_scrape(&rig, 8000);
    expect_at_once(3);
    rig_expect(&rig, NULL, "v 1\n");
    cr_expect(rig_view(&rig, 0).up);
    rig.ahead_ms += 60000;
    expect_at_once(3);
    rig_expect(&rig, NULL, "");
    cr_expect(not(rig_view(&rig, 0).up));
    rig_signal_server(folder, SIGCONT);
    await_answer();
    rig_scrape(&rig, 8000);
    rig_expect(&rig, NULL, "v 1\nw 2\n");
}

/* ---- what is no silence ---- */

Test(silence, slow_queries_and_locks_are_none) {
    rig_sql(&rig, "CREATE TABLE t AS SELECT 1 AS n");
    start("2", GAUGE("v") "," GAUGE("w"),
          "{\"sql\":\"SELECT n FROM t\",\"values\":{\"v\":\"n\"},\"timeout_s\":1.5},"
          "{\"sql\":\"SELECT 2 AS n, pg_sleep(3)\",\"values\":{\"w\":\"n\"},\"timeout_s\":60}");
    rig_scrape(&rig, 8000);
    rig_sql(&rig, "BEGIN; LOCK TABLE t");
    for (int i = 0; i < 2; i++) {
        rig_scrape(&rig, 1600);
        cr_expect(not(rig_database_view(&rig).silent));
    }
    cr_expect(ge(i64, rig_scrape(&rig, 8000), 1400), "scrapes still wait");
    rig_expect(&rig, NULL, "w 2\n");
    rig_sql(&rig, "ROLLBACK");
    cr_expect(eq(str, strstr(rig.reported, "main:") != NULL ? rig.reported : "", ""));
}

/* Neither the server's timeout nor a request to cancel ends the query; another one is slow. */
Test(silence, a_query_that_cannot_be_cancelled_is_none) {
    rig_sql(&rig, "CREATE FUNCTION stubborn() RETURNS int LANGUAGE plpgsql AS $$ DECLARE until "
                  "timestamptz := clock_timestamp() + interval '4 s'; BEGIN WHILE "
                  "clock_timestamp() < until LOOP BEGIN PERFORM pg_sleep(4); EXCEPTION WHEN "
                  "query_canceled THEN NULL; END; END LOOP; RETURN 1; END $$");
    start("2", GAUGE("v") "," GAUGE("w"),
          "{\"sql\":\"SELECT stubborn() AS n\",\"values\":{\"v\":\"n\"},\"timeout_s\":0.5},"
          "{\"sql\":\"SELECT 2 AS n, pg_sleep(3)\",\"values\":{\"w\":\"n\"},\"timeout_s\":60}");
    for (int i = 0; i < 2; i++) {
        rig_scrape(&rig, 8000);
        rig_expect(&rig, NULL, "w 2\n");
        cr_expect(not(rig_database_view(&rig).silent));
    }
    cr_expect(eq(ptr, strstr(rig.reported, "main:"), NULL), "%s", rig.reported);
}

/* ---- one of two ---- */

static int listen_in_silence(uint16_t *ret_port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(ge(int, fd, 0));
    cr_assert(eq(int, bind(fd, (struct sockaddr *)&address, len), 0));
    cr_assert(eq(int, listen(fd, 8), 0));
    cr_assert(eq(int, getsockname(fd, (struct sockaddr *)&address, &len), 0));
    *ret_port = ntohs(address.sin_port);
    return fd;
}

Test(silence, the_other_database_is_waited_for) {
    char text[1024];
    uint16_t port = 0;
    const int fd = listen_in_silence(&port);
    (void)snprintf(
        text, sizeof text,
        "{\"statgate\":1,\"service\":\"test\",\"databases\":{\"good\":{\"conninfo\":\"%%s\"},"
        "\"bad\":{\"conninfo\":\"host=127.0.0.1 port=%u user=x connect_timeout=20\"}},"
        "\"families\":{" GAUGE("v") "," GAUGE(
            "w") "},\"queries\":[{\"database\":\"good\","
                 "\"sql\":\"SELECT 1 AS n, "
                 "pg_sleep(0.2)\",\"values\":{\"v\":\"n\"}},{\"database\":\"bad\","
                 "\"sql\":\"SELECT 2 AS n\",\"values\":{\"w\":\"n\"}}]}",
        (unsigned)port);
    const char *catalogs[] = {text};
    rig_start_catalogs(&rig, NULL, catalogs, 1);
    cr_expect(ge(i64, rig_scrape(&rig, 1200), 1200));
    for (int i = 0; i < 5; i++) {
        const int64_t took_ms = rig_scrape(&rig, 8000);
        cr_expect(ge(i64, took_ms, 199));
        cr_expect(le(i64, took_ms, 199 + AT_ONCE_MS));
        rig_expect(&rig, NULL, "v 1\n");
    }
    cr_expect(not(rig_view(&rig, 0).silent));
    cr_expect(rig_view(&rig, 1).silent);
    close(fd);
}
