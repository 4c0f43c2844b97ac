/* SPDX-License-Identifier: MIT */
/* What happens to rows. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "assertions.h"
#include "rig.h"

static struct rig rig;

static void setup(void) {
    rig_database(&rig, NULL);
}

static void teardown(void) {
    rig_stop(&rig);
}

TestSuite(rows, .init = setup, .fini = teardown, .timeout = 300);

static const char uploads[] =
    "\"uploads\":{\"type\":\"gauge\",\"help\":\"x\",\"labels\":{\"state\":[\"a\",\"b\"]}}";
static const char by_state[] = "{\"sql\":\"SELECT state, count(*) AS n FROM up GROUP BY state\","
                               "\"labels\":[\"state\"],\"values\":{\"uploads\":\"n\"}}";

static void start_value(const char *sql) {
    char query[1024];
    (void)snprintf(query, sizeof query, "{\"sql\":\"%s\",\"values\":{\"v\":\"n\"}}", sql);
    rig_start(&rig, NULL, "\"v\":{\"type\":\"gauge\",\"help\":\"x\"}", query);
    cr_assert(ge(i64, rig_scrape(&rig, 5000), 0));
}

static void expect_error(enum postgres_error error, const char *sqlstate, const char *message) {
    const struct postgres_view view = rig_view(&rig, 0);
    cr_expect(not(view.up));
    cr_expect(eq(int, (int)view.error, (int)error));
    cr_expect(eq(u64, view.errors[error], 1));
    cr_expect(eq(str, (char *)view.sqlstate, (char *)sqlstate));
    cr_expect(eq(str, (char *)view.message.text, (char *)message));
    rig_expect(&rig, NULL, "");
}

Test(rows, appear_and_vanish) {
    rig_sql(&rig, "CREATE TABLE up(state text)");
    rig_start(&rig, NULL, uploads, by_state);
    cr_expect(ge(i64, rig_scrape(&rig, 5000), 0));
    rig_expect(&rig, NULL, "");
    cr_expect(rig_view(&rig, 0).up);
    rig_sql(&rig, "INSERT INTO up VALUES ('a'), ('b'), ('b')");
    cr_expect(ge(i64, rig_scrape(&rig, 5000), 0));
    rig_expect(&rig, NULL, "uploads{state=\"a\"} 1\nuploads{state=\"b\"} 2\n");
    rig_sql(&rig, "DELETE FROM up WHERE state = 'a'");
    cr_expect(ge(i64, rig_scrape(&rig, 5000), 0));
    rig_expect(&rig, NULL, "uploads{state=\"b\"} 2\n");
    const struct postgres_view view = rig_view(&rig, 0);
    cr_expect(eq(u64, view.runs, 3));
    cr_expect(eq(u64, view.rows, 1));
    cr_expect(eq(u64, view.values, 1));
    cr_expect(lt(dbl, 0, view.duration_s));
    cr_expect(eq(i64, view.last_good_ms, view.last_run_ms));
}

Test(rows, with_null_have_no_sample) {
    rig_sql(&rig, "CREATE TABLE up(state text)");
    rig_start(&rig, NULL, uploads,
              "{\"sql\":\"SELECT 'a' AS state, NULL::int AS n UNION ALL SELECT 'b', 1\","
              "\"labels\":[\"state\"],\"values\":{\"uploads\":\"n\"}}");
    rig_scrape(&rig, 5000);
    rig_expect(&rig, NULL, "uploads{state=\"b\"} 1\n");
    cr_expect(eq(u64, rig_view(&rig, 0).nulls, 1));
}

Test(rows, pass_the_gate) {
    rig_start(&rig, NULL, uploads,
              "{\"sql\":\"SELECT * FROM (VALUES ('a', 1), ('c', 2), (NULL, 3)) AS t(state, n)\","
              "\"labels\":[\"state\"],\"values\":{\"uploads\":\"n\"}}");
    rig_scrape(&rig, 5000);
    rig_expect(&rig, NULL, "uploads{state=\"a\"} 1\n");
    const struct postgres_view view = rig_view(&rig, 0);
    cr_expect(view.up);
    cr_expect(eq(u64, view.rows, 3));
    cr_expect(eq(u64, view.values, 1));
    cr_expect(eq(u64, view.rejected, 2));
}

Test(rows, fill_several_families_by_columns_of_other_names) {
    rig_start(&rig, NULL,
              "\"n\":{\"type\":\"gauge\",\"help\":\"x\",\"labels\":{\"state\":[\"a\",\"b\"]}},"
              "\"c_total\":{\"type\":\"counter\",\"help\":\"x\"}",
              "{\"sql\":\"SELECT 'b' AS \\\"St\\\", 7 AS \\\"N\\\", 3::bigint AS c\","
              "\"labels\":{\"state\":\"St\"},\"values\":{\"n\":\"N\",\"c_total\":\"c\"}}");
    rig_scrape(&rig, 5000);
    rig_expect(&rig, NULL, "c_total 3\nn{state=\"b\"} 7\n");
}

Test(rows, convert_under_any_settings_of_the_server) {
    rig_sql(&rig, "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET datestyle = ''SQL, DMY''', "
                  "current_database()); EXECUTE format('ALTER DATABASE %I SET intervalstyle = "
                  "''postgres_verbose''', current_database()); EXECUTE format('ALTER DATABASE %I "
                  "SET timezone = ''Asia/Kolkata''', current_database()); EXECUTE format('ALTER "
                  "DATABASE %I SET extra_float_digits = -10', current_database()); END $$");
    rig_start(&rig, NULL,
              "\"a\":{\"type\":\"gauge\",\"help\":\"x\"},\"b\":{\"type\":\"gauge\",\"help\":\"x\"},"
              "\"c\":{\"type\":\"gauge\",\"help\":\"x\"},\"d\":{\"type\":\"gauge\",\"help\":\"x\"},"
              "\"e\":{\"type\":\"gauge\",\"help\":\"x\"},\"f\":{\"type\":\"gauge\",\"help\":\"x\"}",
              "{\"sql\":\"SELECT true AS a, interval '1 day -1.5 seconds' AS b, "
              "timestamptz '2024-02-29 12:34:56.25+05:30' AS c, timestamp '2025-01-01' AS d, "
              "0.1::float8 + 0.2::float8 AS e, 12.50::numeric AS f\","
              "\"values\":{\"a\":\"a\",\"b\":\"b\",\"c\":\"c\",\"d\":\"d\",\"e\":\"e\","
              "\"f\":\"f\"}}");
    rig_scrape(&rig, 5000);
    rig_expect(&rig, NULL,
               "a 1\nb 86398.5\nc 1709190296.25\nd 1735689600\ne 0.30000000000000004\nf 12.5\n");
}

Test(rows, of_a_wrong_type_fail) {
    start_value("SELECT 'x' AS n");
    expect_error(POSTGRES_WRONG_TYPE, "", "column \"n\" is of no type that is read as a number");
}

Test(rows, that_are_not_finite_fail) {
    start_value("SELECT 'NaN'::float8 AS n");
    expect_error(POSTGRES_WRONG_TYPE, "", "column \"n\" has a value that is not a finite number");
}

Test(rows, with_a_column_twice_fail) {
    start_value("SELECT 1 AS n, 2 AS n");
    expect_error(POSTGRES_MISSING_COLUMN, "", "column \"n\" is there more than once");
}

Test(rows, that_meet_fail) {
    start_value("SELECT generate_series(1, 2) AS n");
    expect_error(POSTGRES_DUPLICATE_ROW, "",
                 "rows meet on one series of v, and the query does not say how to combine them");
}

Test(rows, that_meet_combine_as_declared) {
    rig_start(&rig, NULL,
              "\"s\":{\"type\":\"gauge\",\"help\":\"x\"},\"t\":{\"type\":\"gauge\",\"help\":\"x\"},"
              "\"u\":{\"type\":\"gauge\",\"help\":\"x\"}",
              "{\"sql\":\"SELECT generate_series(1, 4) AS n\",\"values\":{\"s\":\"n\"},"
              "\"combine\":\"sum\"},"
              "{\"sql\":\"SELECT generate_series(1, 4) AS n\",\"values\":{\"t\":\"n\"},"
              "\"combine\":\"min\"},"
              "{\"sql\":\"SELECT generate_series(1, 4) AS n\",\"values\":{\"u\":\"n\"},"
              "\"combine\":\"max\"}");
    rig_scrape(&rig, 5000);
    rig_expect(&rig, NULL, "s 10\nt 1\nu 4\n");
}

Test(rows, beyond_the_maximum_end_the_run_at_once) {
    rig_start(&rig, NULL, "\"v\":{\"type\":\"gauge\",\"help\":\"x\"}",
              "{\"sql\":\"SELECT generate_series(1, 100000000) AS n\",\"values\":{\"v\":\"n\"},"
              "\"combine\":\"sum\",\"max_rows\":1000,\"timeout_s\":30}");
    cr_expect(le(i64, rig_scrape(&rig, 10000), 2000));
    expect_error(POSTGRES_TOO_MANY_ROWS, "", "more than 1000 rows (max_rows)");
    /* The server ends it when it has read the cancel. */
    long busy = 1;
    for (int i = 0; i < 120 && busy != 0; i++) {
        rig_run_for(&rig, 500);
        busy = rig_ask(&rig, "SELECT count(*) FROM pg_stat_activity WHERE "
                             "application_name = 'statgate' AND state <> 'idle' AND "
                             "datname = current_database()");
    }
    cr_expect(eq(long, busy, 0));
    cr_expect(ge(i64, rig_scrape(&rig, 10000), 0));
    cr_expect(eq(u64, rig_database_view(&rig).connects, 1));
}

Test(rows, of_exactly_the_maximum_are_fine) {
    rig_start(&rig, NULL, "\"v\":{\"type\":\"gauge\",\"help\":\"x\"}",
              "{\"sql\":\"SELECT generate_series(1, 1000) AS n\",\"values\":{\"v\":\"n\"},"
              "\"combine\":\"max\",\"max_rows\":1000}");
    rig_scrape(&rig, 5000);
    rig_expect(&rig, NULL, "v 1000\n");
}

/* A statement takes its time to make such a row; this is not about a time-out. */
Test(rows, of_many_megabytes_end_the_run) {
    rig_start(&rig, NULL, "\"v\":{\"type\":\"gauge\",\"help\":\"x\"}",
              "{\"sql\":\"SELECT 1 AS n, repeat('x', 100000000) AS t\",\"values\":{\"v\":\"n\"},"
              "\"timeout_s\":30}");
    cr_assert(ge(i64, rig_scrape(&rig, 10000), 0));
    expect_error(POSTGRES_TOO_LONG_ROW, "", "a row of more than 1048576 bytes");
    rig_run_for(&rig, 50);
    cr_expect(ge(i64, rig_scrape(&rig, 10000), 0));
}

Test(rows, of_half_a_megabyte_are_fine) {
    start_value("SELECT 1 AS n, repeat('x', 500000) AS t");
    rig_expect(&rig, NULL, "v 1\n");
}

Test(rows, need_a_statement_that_gives_some) {
    start_value("SET work_mem = '1MB'");
    expect_error(POSTGRES_SQL, "", "the statement gives no rows");
    cr_expect(ge(i64, rig_scrape(&rig, 5000), 0));
    cr_expect(eq(u64, rig_database_view(&rig).connects, 1));
}

Test(rows, are_not_copied) {
    rig_sql(&rig, "CREATE TABLE up(n int)");
    start_value("COPY up TO STDOUT");
    expect_error(POSTGRES_SQL, "", "the statement gives no rows");
    cr_expect(ge(i64, rig_scrape(&rig, 5000), 0));
    cr_expect(eq(u64, rig_database_view(&rig).connects, 1));
}

Test(rows, have_their_columns_before_anything_runs) {
    start_value("SELECT 1 / (SELECT 0) AS m");
    expect_error(POSTGRES_MISSING_COLUMN, "", "there is no column \"n\"");
}

Test(rows, leave_nothing_in_the_session) {
    rig_sql(&rig, "CREATE FUNCTION prepare() RETURNS int LANGUAGE plpgsql AS $$ BEGIN EXECUTE "
                  "'PREPARE leak AS SELECT 1'; RETURN 5; END $$");
    start_value("SELECT prepare() AS n, pg_advisory_lock(7), pg_advisory_lock_shared(1, 2)");
    rig_expect(&rig, NULL, "v 5\n");
    rig_run_for(&rig, 100);
    cr_expect(
        eq(long, rig_ask(&rig, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), 0));
    rig_scrape(&rig, 5000);
    cr_expect(rig_view(&rig, 0).up, "%s", rig_view(&rig, 0).message.text);
    cr_expect(eq(u64, rig_database_view(&rig).connects, 1));
}

/* Not those that the role, the database or the environment looks at first. */
Test(rows, are_those_of_the_schema_public) {
    rig_sql(&rig, "CREATE TABLE up AS SELECT 1 AS n; CREATE SCHEMA statgate; "
                  "CREATE TABLE statgate.up AS SELECT 2 AS n; "
                  "CREATE FUNCTION statgate.count(int) RETURNS bigint LANGUAGE sql RETURN 9");
    start_value("SELECT n + (SELECT count(n) FROM up) AS n FROM up");
    rig_expect(&rig, NULL, "v 2\n");
}

Test(rows, fail_with_the_servers_words) {
    start_value("SELECT n FROM nothing");
    expect_error(POSTGRES_SQL, "42P01", "relation \"nothing\" does not exist");
}

Test(rows, that_fail_in_the_midst_show_nothing) {
    rig_start(&rig, NULL, "\"v\":{\"type\":\"gauge\",\"help\":\"x\"}",
              "{\"sql\":\"SELECT 1000 / (900 - i) AS n FROM generate_series(1, 1000) i\","
              "\"values\":{\"v\":\"n\"},\"combine\":\"sum\"}");
    rig_scrape(&rig, 5000);
    expect_error(POSTGRES_SQL, "22012", "division by zero");
}
