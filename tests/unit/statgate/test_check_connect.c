/* SPDX-License-Identifier: MIT */
/* `check --connect` with databases played by the test. */
#include <stdio.h>

#include "assertions.h"
#include "run.h"
#include "statgate/check/check_private.h"

static struct run run;
static bool is_down;
static size_t asked;
static enum postgres_role role;

static void set_column(struct postgres_check *check, const char *name, const char *type) {
    struct postgres_column *column = &check->columns[check->column_count++];
    (void)snprintf(column->name, sizeof column->name, "%s", name);
    (void)snprintf(column->type, sizeof column->type, "%s", type);
}

/* Every query has the columns state and n. One that selects from "gone" is refused. */
static void play(const struct catalog_set *set, const struct catalog_database *database,
                 unsigned timeout_s, struct postgres_check *ret_checks, size_t max_checks,
                 struct postgres_database_check *ret_database) {
    size_t count = 0;
    asked++;
    cr_assert(eq(uint, timeout_s, CHECK_CONNECT_S));
    *ret_database = (struct postgres_database_check){.connected = true, .role = role};
    if (is_down || strcmp(database->name, "down") == 0) {
        *ret_database = (struct postgres_database_check){.error.text = "connection refused"};
        return;
    }
    for (size_t i = 0; i < set->query_count; i++) {
        const struct catalog_query *query = set->queries[i];
        if (query->database != database)
            continue;
        cr_assert(lt(sz, count, max_checks));
        struct postgres_check *check = &ret_checks[count++];
        if (strstr(query->sql, "gone")) {
            error_set(&check->error, "42P01: relation \"gone\" does not exist");
            continue;
        }
        check->good = true;
        check->cost = 12.25;
        check->rows = 200;
        set_column(check, "state", "text");
        set_column(check, "n", "bigint");
        set_column(check, "odd\x1bname", "oid");
    }
}

static void setup(void) {
    run_init(&run);
    run.cli.check_database = play;
}

static void teardown(void) {
    run_done(&run);
}

TestSuite(statgate_check_connect, .init = setup, .fini = teardown);

#define HEAD                                                                                       \
    "{\"statgate\":1,\"service\":\"s\",\"databases\":{\"main\":{\"conninfo\":\"\"},"               \
    "\"down\":{\"conninfo\":\"\"}},\"families\":{"                                                 \
    "\"a\":{\"type\":\"gauge\",\"help\":\"x\",\"labels\":{\"state\":[\"x\"]}},"                    \
    "\"b\":{\"type\":\"gauge\",\"help\":\"x\"},\"c\":{\"type\":\"gauge\",\"help\":\"x\"}},"        \
    "\"queries\":["
#define QUERY_A                                                                                    \
    "{\"database\":\"main\",\"sql\":\"select state, n from t\",\"labels\":[\"state\"],"            \
    "\"values\":{\"a\":\"n\"}}"
#define QUERY_B(table)                                                                             \
    "{\"database\":\"main\",\"sql\":\"select n from " table "\",\"values\":{\"b\":\"n\"}}"
#define QUERY_C "{\"database\":\"down\",\"sql\":\"select n\",\"values\":{\"c\":\"n\"}}"

static const char plain[] = "{\"statgate\":1,\"service\":\"s\",\"families\":{\"a\":{\"type\":"
                            "\"gauge\",\"help\":\"x\"}}}";

static const char all_good[] =
    "{\"statgate\":1,\"service\":\"s\",\"databases\":{\"main\":{"
    "\"conninfo\":\"\"}},\"families\":{\"a\":{\"type\":\"gauge\","
    "\"help\":\"x\",\"labels\":{\"state\":[\"x\"]}}},\"queries\":[" QUERY_A "]}";

Test(statgate_check_connect, without_the_flag_nobody_is_asked) {
    run_file(&run, "a.json", all_good);
    cr_expect(eq(int, RUN(&run, "check", run.path), CLI_OK));
    cr_expect(eq(sz, asked, 0));
    cr_expect(not(has(run_out(&run), "database main")));
    cr_expect(eq(int, RUN(&run, "check", "--json", run.path), CLI_OK));
    cr_expect(not(has(run_out(&run), "\"databases\"")));
}

Test(statgate_check_connect, a_role_that_may_do_too_much_is_a_warning) {
    run_file(&run, "a.json", all_good);
    role = POSTGRES_ROLE_SUPERUSER;
    cr_expect(eq(int, RUN(&run, "check", "--connect", run.path), CLI_OK));
    cr_expect(has(run_err(&run), "warning: "));
    cr_expect(has(run_err(&run), "/a.json:1:42: /databases/main: the role is a superuser; "), "%s",
              run_err(&run));
    role = POSTGRES_ROLE_SERVER;
    cr_expect(eq(int, RUN(&run, "check", "--connect", "--json", run.path), CLI_OK));
    cr_expect(has(run_out(&run), "/a.json: /databases/main: the role may run programs "), "%s",
              run_out(&run));
}

Test(statgate_check_connect, a_query_that_does_not_fit_ends_with_2_and_its_place) {
    run_file(&run, "a.json", HEAD QUERY_A "," QUERY_B("gone") "," QUERY_C "]}");
    cr_expect(eq(int, RUN(&run, "check", "--connect", run.path), CLI_USAGE));
    cr_expect(has(run_err(&run), ": /queries/1 (b): 42P01: relation \"gone\" does not exist\n"));
    cr_expect(has(run_err(&run), ": /databases/down: no connection: connection refused\n"));
    cr_expect(has(run_out(&run), "\ndatabase down of s: no connection\n"));
    cr_expect(has(run_out(&run), "\n  b      does not fit             -             -  -\n"), "%s",
              run_out(&run));
    cr_expect(has(run_out(&run), "\n  a      fits "));
    cr_expect(eq(sz, asked, 2), "one that is down keeps nobody from asking the other");
    cr_expect(eq(int, RUN(&run, "check", "--connect", "--json", run.path), CLI_USAGE));
    cr_expect(has(run_out(&run), "{\"ok\":false,\"errors\":["));
    cr_expect(has(run_out(&run), "{\"name\":\"b\",\"ok\":false,\"error\":\"42P01: relation "));
    cr_expect(has(run_out(&run), "\"name\":\"down\",\"connected\":false,"
                                 "\"error\":\"connection refused\",\"queries\":[]"));
    cr_expect(has(run_out(&run), "\"total\":{"), "the catalogs themselves are good");
}

Test(statgate_check_connect, a_refused_catalog_is_reported_before_anybody_is_asked) {
    run_file(&run, "a.json", "{");
    cr_expect(eq(int, RUN(&run, "check", "--connect", run.path), CLI_USAGE));
    cr_expect(eq(sz, asked, 0));
    cr_expect(eq(int, RUN(&run, "check", "--connect", "--json", run.path), CLI_USAGE));
    cr_expect(not(has(run_out(&run), "\"databases\"")));
}

Test(statgate_check_connect, without_databases_there_is_a_warning) {
    run_file(&run, "a.json", plain);
    cr_expect(eq(int, RUN(&run, "check", "--connect", run.path), CLI_OK));
    cr_expect(eq(str, (char *)(uintptr_t)run_err(&run),
                 "warning: --connect: no catalog declares databases\n"));
}
