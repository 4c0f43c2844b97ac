/* SPDX-License-Identifier: MIT */
/* Databases and networks that misbehave. */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

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

TestSuite(faults, .init = setup, .fini = teardown, .timeout = 300);

static const char one_family[] = "\"v\":{\"type\":\"gauge\",\"help\":\"x\"}";

static void start_value(const char *conninfo, const char *sql, const char *timeout_s) {
    char query[1024];
    (void)snprintf(query, sizeof query,
                   "{\"sql\":\"%s\",\"values\":{\"v\":\"n\"},\"timeout_s\":%s}", sql, timeout_s);
    rig_start(&rig, conninfo, one_family, query);
}

static long backends(const char *and) {
    char text[512];
    (void)snprintf(text, sizeof text,
                   "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                   "application_name = 'statgate' %s",
                   and);
    return rig_ask(&rig, text);
}

Test(faults, a_query_ends_by_its_timeout) {
    start_value(NULL, "SELECT 1 AS n, pg_sleep(20)", "0.5");
    const int64_t took_ms = rig_scrape(&rig, 8000);
    cr_expect(ge(i64, took_ms, 490));
    cr_expect(le(i64, took_ms, 2000));
    cr_expect(eq(int, (int)rig_view(&rig, 0).error, (int)POSTGRES_TIMEOUT));
    rig_run_for(&rig, 300);
    cr_expect(eq(long, backends("AND state <> 'idle'"), 0));
    cr_expect(eq(long, backends(""), 1));
}

/* The function takes the server's own limit away, so it is the cancel request that ends it. */
Test(faults, a_query_that_escapes_the_servers_timeout_is_cancelled) {
    rig_sql(&rig, "CREATE FUNCTION long() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM "
                  "pg_sleep(1.2); PERFORM pg_sleep(20); RETURN 1; EXCEPTION WHEN query_canceled "
                  "THEN PERFORM pg_sleep(20); RETURN 2; END $$");
    start_value(NULL, "SELECT long() AS n", "0.5");
    const int64_t took_ms = rig_scrape(&rig, 8000);
    cr_expect(le(i64, took_ms, 2000));
    cr_expect(eq(int, (int)rig_view(&rig, 0).error, (int)POSTGRES_TIMEOUT));
    rig_run_for(&rig, 500);
    cr_expect(eq(long, backends("AND state <> 'idle'"), 0));
}

Test(faults, a_killed_connection_is_one_failed_run) {
    start_value(NULL, "SELECT 1 AS n, pg_sleep(0.3)", "5");
    cr_expect(ge(i64, rig_scrape(&rig, 5000), 300));
    rig_expect(&rig, NULL, "v 1\n");
    cr_expect(ge(i64, rig_scrape(&rig, 100), 100));
    rig_sql(&rig, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
                  "current_database() AND application_name = 'statgate'");
    rig_settle(&rig, 0);
    const struct postgres_view view = rig_view(&rig, 0);
    cr_expect(eq(int, (int)view.error, (int)POSTGRES_LOST));
    cr_expect(eq(str, (char *)view.sqlstate, "57P01"));
    rig_expect(&rig, NULL, "");
    cr_expect(ge(i64, rig_scrape(&rig, 5000), 300));
    rig_expect(&rig, NULL, "v 1\n");
}

Test(faults, an_idle_connection_that_dies_costs_no_run) {
    start_value(NULL, "SELECT 1 AS n", "5");
    rig_scrape(&rig, 5000);
    for (int i = 0; i < 3; i++) {
        rig_sql(&rig, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname "
                      "= current_database() AND application_name = 'statgate'");
        if (i == 0) /* the others are met only when the next query is sent */
            rig_run_for(&rig, 50);
        rig_scrape(&rig, 5000);
        cr_expect(rig_view(&rig, 0).up);
    }
    cr_expect(eq(u64, rig_database_view(&rig).connects, 4));
    cr_expect(eq(u64, rig_view(&rig, 0).runs, 4));
}

Test(faults, a_wrong_password_is_reported_without_it) {
    char conninfo[512];
    (void)snprintf(conninfo, sizeof conninfo, "%s", rig.conninfo);
    *strstr(conninfo, " user=") = '\0';
    setenv("PGPASSWORD", "hunter2", 1);
    (void)strncat(conninfo, " user=locked", sizeof conninfo - strlen(conninfo) - 1);
    start_value(conninfo, "SELECT 1 AS n", "5");
    cr_expect(ge(i64, rig_scrape(&rig, 5000), 0));
    struct postgres_view view = rig_view(&rig, 0);
    cr_expect(eq(int, (int)view.error, (int)POSTGRES_CONNECT));
    cr_expect(ne(ptr, strstr(view.message.text, "password authentication failed"), NULL), "%s",
              view.message.text);
    cr_expect(eq(ptr, strstr(view.message.text, "hunter2"), NULL));
    /* Nobody is asked, and nobody waits, until the back-off is over. */
    cr_expect(eq(i64, rig_scrape(&rig, 5000), -1));
    cr_expect(lt(i64, 0, rig_database_view(&rig).retry_ms));
    setenv("PGPASSWORD", "sesame", 1);
    rig_run_for(&rig, POSTGRES_RETRY_MIN_MS + 50);
    cr_expect(ge(i64, rig_scrape(&rig, 5000), 0));
    rig_expect(&rig, NULL, "v 1\n");
    cr_expect(eq(i64, rig_database_view(&rig).retry_ms, 0));
}

Test(faults, a_conninfo_that_cannot_be_read_is_not_cited) {
    start_value("host=/tmp hunter2", "SELECT 1 AS n", "5");
    rig_scrape(&rig, 5000);
    cr_expect(eq(str, (char *)rig_view(&rig, 0).message.text,
                 "conninfo is neither a connection URI nor a list of key=value"));
}

/* A server that was just started may still refuse, for as long as the machine is busy. */
static void scrape_until_found(void) {
    enum { TRIES = 60 };
    rig_scrape(&rig, 5000);
    for (int i = 0; i < TRIES && rig_view(&rig, 0).error != POSTGRES_OK; i++) {
        rig_run_for(&rig, POSTGRES_RETRY_MIN_MS + 50);
        rig_scrape(&rig, 5000);
    }
    rig_expect(&rig, NULL, "v 1\n");
}

Test(faults, a_server_that_was_away_is_found_again) {
    char folder[RIG_FOLDER_MAX];
    rig_own_server(&rig, folder);
    start_value(NULL, "SELECT 1 AS n", "5");
    rig_scrape(&rig, 5000);
    rig_expect(&rig, NULL, "v 1\n");
    rig_act(folder, "stop", "immediate");
    rig_scrape(&rig, 5000);
    rig_expect(&rig, NULL, "");
    cr_expect(eq(int, (int)rig_view(&rig, 0).error, (int)POSTGRES_CONNECT));
    rig_act(folder, "start", NULL);
    scrape_until_found();
    rig_act(folder, "stop", "fast");
    rig_act(folder, "start", NULL);
    scrape_until_found();
    rig_act(folder, "remove", NULL);
}

/* ---- a peer that takes connections and says nothing ---- */

static int listen_in_silence(char *ret_conninfo, size_t size) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(ge(int, fd, 0));
    cr_assert(eq(int, bind(fd, (struct sockaddr *)&address, len), 0));
    cr_assert(eq(int, listen(fd, 8), 0));
    cr_assert(eq(int, getsockname(fd, (struct sockaddr *)&address, &len), 0));
    (void)snprintf(ret_conninfo, size, "host=127.0.0.1 port=%d user=x connect_timeout=2",
                   ntohs(address.sin_port));
    return fd;
}

Test(faults, a_silent_peer_delays_no_scrape_no_loop_and_no_end) {
    char conninfo[128];
    const int fd = listen_in_silence(conninfo, sizeof conninfo);
    start_value(conninfo, "SELECT 1 AS n", "5");
    rig_run_for(&rig, 10);
    rig.ticks = 0;
    const int64_t took_ms = rig_scrape(&rig, 300);
    cr_expect(ge(i64, took_ms, 300));
    cr_expect(le(i64, took_ms, 1500));
    cr_expect(lt(u64, 50, rig.ticks), "the loop waited for the peer");
    cr_expect(eq(u64, rig_database_view(&rig).connecting, 1));
    rig_settle(&rig, 0);
    cr_expect(eq(int, (int)rig_view(&rig, 0).error, (int)POSTGRES_CONNECT));
    cr_expect(eq(i64, rig_scrape(&rig, 5000), -1));
    rig_run_for(&rig, POSTGRES_RETRY_MIN_MS + 50);
    cr_expect(rig_database_view(&rig).silent);
    cr_expect(eq(i64, rig_scrape(&rig, 5000), -1), "nobody waits for a peer known to be silent");
    rig_stop(&rig); /* with an attempt in its thread */
    close(fd);
    rig_database(&rig, NULL);
}

/* Silent peers must not keep others from connecting: more of them than a pool would have threads.
 */
Test(faults, silent_peers_do_not_keep_others_waiting) {
    char conninfo[128];
    struct strbuf text;
    const int fd = listen_in_silence(conninfo, sizeof conninfo);
    strbuf_init(&text);
    strbuf_puts(&text, "{\"statgate\":1,\"service\":\"test\",\"databases\":{\"good\":{\"conninfo\":"
                       "\"%s\"}");
    for (int i = 0; i < 8; i++)
        strbuf_printf(&text, ",\"bad%d\":{\"conninfo\":\"%s\"}", i, conninfo);
    strbuf_puts(&text, "},\"families\":{\"v\":{\"type\":\"gauge\",\"help\":\"x\"}");
    for (int i = 0; i < 8; i++)
        strbuf_printf(&text, ",\"w%d\":{\"type\":\"gauge\",\"help\":\"x\"}", i);
    strbuf_puts(&text, "},\"queries\":[");
    for (int i = 0; i < 8; i++)
        strbuf_printf(&text,
                      "{\"database\":\"bad%d\",\"sql\":\"SELECT 1 AS n\",\"values\":{\"w%d\":"
                      "\"n\"}},",
                      i, i);
    strbuf_puts(&text,
                "{\"database\":\"good\",\"sql\":\"SELECT 1 AS n\",\"values\":{\"v\":\"n\"}}]}");
    const char *catalogs[] = {strbuf_cstr(&text)};
    rig_start_catalogs(&rig, NULL, catalogs, 1);
    rig_scrape(&rig, 500);
    rig_expect(&rig, "v", "v 1\n");
    strbuf_done(&text);
    close(fd);
}

/* Everything of the server is stopped in mid-query while the kernel goes on accepting: there are
 * no rows, no answer to the cancel request and none to a new connection. */
Test(faults, a_server_that_freezes_is_left) {
    char folder[RIG_FOLDER_MAX];
    rig_own_server(&rig, folder);
    start_value(NULL, "SELECT 1 AS n, pg_sleep(0.4)", "0.8");
    rig_scrape(&rig, 100);
    const pid_t backend = (pid_t)rig_ask(&rig, "SELECT pid FROM pg_stat_activity WHERE datname = "
                                               "current_database() AND application_name = "
                                               "'statgate'");
    const pid_t parent = rig_postmaster(folder);
    cr_assert(eq(int, kill(parent, SIGSTOP), 0));
    cr_assert(eq(int, kill(backend, SIGSTOP), 0));
    rig_settle(&rig, 0);
    cr_expect(eq(int, (int)rig_view(&rig, 0).error, (int)POSTGRES_TIMEOUT));
    rig_run_for(&rig, 1200);
    cr_expect(eq(u64, rig_database_view(&rig).connected, 0));
    cr_expect(le(i64, rig_scrape(&rig, 200), 1500));
    cr_expect(eq(u64, rig_database_view(&rig).connecting, 1));
    cr_assert(eq(int, kill(backend, SIGCONT), 0));
    cr_assert(eq(int, kill(parent, SIGCONT), 0));
    rig_settle(&rig, 0);
    rig_scrape(&rig, 5000);
    rig_expect(&rig, NULL, "v 1\n");
    /* Again, and the collector ends while connecting and cancelling hang. */
    rig_scrape(&rig, 100);
    cr_assert(eq(int, kill(parent, SIGSTOP), 0));
    rig_run_for(&rig, 50);
    const pid_t waker = fork();
    if (waker == 0) {
        (void)sleep(3);
        (void)kill(parent, SIGCONT); /* the thread that cancels may then end */
        _exit(0);
    }
    rig_stop(&rig);
    cr_assert(eq(int, waitpid(waker, NULL, 0), waker));
    rig_act(folder, "remove", NULL);
    rig_database(&rig, NULL);
}
