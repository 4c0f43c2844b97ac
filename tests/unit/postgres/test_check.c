/* SPDX-License-Identifier: MIT */
/* Queries checked before a deployment. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "rig.h"

static struct rig rig;
static struct postgres_check checks[4];
static struct postgres_database_check database;

static void setup(void) {
    rig_database(&rig, NULL);
}

static void teardown(void) {
    rig_stop(&rig);
}

TestSuite(check, .init = setup, .fini = teardown, .timeout = 300);

static bool look(void) {
    postgres_check_database(&rig.fx.set, rig.fx.set.databases[0], 5, checks, 4, &database);
    return database.connected;
}

static const char families[] =
    "\"v\":{\"type\":\"gauge\",\"help\":\"x\",\"labels\":{\"state\":[\"a\"]}},"
    "\"w\":{\"type\":\"gauge\",\"help\":\"x\"},\"x\":{\"type\":\"gauge\",\"help\":\"x\"}";

Test(check, reports_columns_types_and_plan_and_runs_nothing) {
    rig_sql(&rig, "CREATE TABLE up(state varchar(10), n numeric(8,2)); CREATE SEQUENCE ran");
    rig_start(&rig, NULL, families,
              "{\"sql\":\"SELECT state, n, nextval('ran') FROM up;\",\"labels\":[\"state\"],"
              "\"values\":{\"v\":\"n\"}}");
    cr_assert(look(), "%s", database.error.text);
    cr_expect(checks[0].good, "%s", checks[0].error.text);
    cr_expect(eq(u64, checks[0].column_count, 3));
    cr_expect(eq(str, checks[0].columns[0].name, "state"));
    cr_expect(eq(str, checks[0].columns[0].type, "character varying(10)"));
    cr_expect(eq(str, checks[0].columns[1].type, "numeric(8,2)"));
    cr_expect(eq(str, checks[0].columns[2].type, "bigint"));
    cr_expect(lt(dbl, 0, checks[0].cost));
    cr_expect(lt(dbl, 0, checks[0].rows));
    cr_expect(eq(long, rig_ask(&rig, "SELECT is_called::int FROM ran"), 0));
}

Test(check, reports_what_does_not_fit) {
    rig_start(&rig, NULL, families,
              "{\"sql\":\"SELECT 1 AS n\",\"labels\":[\"state\"],\"values\":{\"v\":\"n\"}},"
              "{\"sql\":\"SELECT 'x' AS n\",\"values\":{\"w\":\"n\"}},"
              "{\"sql\":\"SELECT n FROM nothing\",\"values\":{\"x\":\"n\"}}");
    cr_assert(look(), "%s", database.error.text);
    cr_expect(not(checks[0].good));
    cr_expect(eq(str, checks[0].error.text, "there is no column \"state\""));
    cr_expect(not(checks[1].good));
    cr_expect(eq(str, checks[1].error.text, "column \"n\" is text, which is not read as a number"));
    cr_expect(not(checks[2].good));
    cr_expect(eq(str, checks[2].error.text, "42P01: relation \"nothing\" does not exist"));
}

Test(check, refuses_parameters_and_statements_without_rows) {
    rig_start(&rig, NULL, families,
              "{\"sql\":\"SELECT $1::int AS n\",\"values\":{\"w\":\"n\"}},"
              "{\"sql\":\"SET work_mem = '1MB'\",\"values\":{\"x\":\"n\"}}");
    cr_assert(look(), "%s", database.error.text);
    cr_expect(eq(str, checks[0].error.text, "the query has parameters ($1)"));
    cr_expect(eq(str, checks[1].error.text, "the statement gives no rows"));
}

Test(check, reports_why_there_is_no_connection) {
    rig_start(&rig, "host=/nowhere", families,
              "{\"sql\":\"SELECT 1 AS n\",\"values\":{\"w\":\"n\"}}");
    cr_expect(not(look()));
    cr_expect(ne(ptr, strstr(database.error.text, "/nowhere"), NULL), "%s", database.error.text);
}

static enum postgres_role role_of(const char *user) {
    static const char query[] = "{\"sql\":\"SELECT 1 AS n\",\"values\":{\"w\":\"n\"}}";
    char conninfo[300];
    (void)snprintf(conninfo, sizeof conninfo, "%s", rig.conninfo);
    (void)strcpy(strstr(conninfo, " user="), user);
    rig_start(&rig, conninfo, families, query);
    cr_assert(look(), "%s", database.error.text);
    cr_expect(checks[0].good, "%s", checks[0].error.text);
    return database.role;
}

Test(check, a_role_that_reads_is_plain) {
    rig_sql(&rig, "DROP ROLE IF EXISTS reads; CREATE ROLE reads LOGIN IN ROLE pg_read_all_data");
    cr_expect(eq(int, (int)role_of(" user=reads"), (int)POSTGRES_ROLE_PLAIN));
}

Test(check, reports_a_role_that_may_run_programs) {
    rig_sql(&rig, "DROP ROLE IF EXISTS executes, writes; CREATE ROLE executes IN ROLE "
                  "pg_execute_server_program; CREATE ROLE writes LOGIN IN ROLE executes");
    cr_expect(eq(int, (int)role_of(" user=writes"), (int)POSTGRES_ROLE_SERVER));
}

Test(check, reports_a_superuser) {
    cr_expect(eq(int, (int)role_of(" user=statgate"), (int)POSTGRES_ROLE_SUPERUSER));
}
