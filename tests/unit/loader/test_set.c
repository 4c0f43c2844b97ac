/* SPDX-License-Identifier: MIT */
/* Several catalogs together: order, numbering, and what they may not share. */
#include <stdio.h>
#include <string.h>

#include "assertions.h"
#include "base/strbuf.h"
#include "endpoint/endpoint.h"
#include "loader/loader.h"
#include "rig.h"

TestSuite(loader_set, .init = rig_start, .fini = rig_end);

#define HISTOGRAM(name) "\"" name "\":{\"type\":\"histogram\",\"buckets\":[1]}"

Test(loader_set, is_sorted_and_numbered) {
    rig_add("b.json", SERVICE("b", FAMILIES(COUNTER("z_total") "," GAUGE("a"))));
    rig_add("a.json", SERVICE("a", FAMILIES(HISTOGRAM("m") "," GAUGE("y"))));
    rig_add("B.json", SERVICE("B", FAMILIES(GAUGE("c"))));
    rig_expect_accepted();
    static const char *const services[] = {"B", "a", "b"};
    static const char *const families[] = {"a", "c", "m", "y", "z_total"};
    cr_assert(eq(sz, rig_set.count, 3));
    cr_assert(eq(sz, rig_set.family_count, 5));
    for (uint32_t i = 0; i < 3; i++) {
        cr_expect(eq(str, (char *)rig_set.catalogs[i]->service, (char *)services[i]));
        cr_expect(eq(u32, rig_set.catalogs[i]->index, i));
        cr_expect(eq(ptr, (void *)catalog_set_find(&rig_set, services[i], 1), rig_set.catalogs[i]));
    }
    for (uint32_t i = 0; i < 5; i++) {
        cr_expect(eq(str, (char *)rig_set.families[i]->name, (char *)families[i]));
        cr_expect(eq(u32, rig_set.families[i]->index, i));
    }
    cr_expect(eq(u64, rig_set.bound, 5));
    cr_expect(eq(u64, rig_set.lines, 4 + 4));
    cr_expect(catalog_set_find(&rig_set, "", 0) == NULL);
    cr_expect(catalog_set_find(&rig_set, "aa", 2) == NULL);
    cr_expect(catalog_set_find(&rig_set, "c", 1) == NULL);
    rig_expect_accepted(); /* again */
    cr_expect(eq(u64, rig_set.bound, 5));
}

Test(loader_set, one_service_has_one_catalog) {
    rig_add("one.json", SERVICE("shop", FAMILIES(GAUGE("a"))));
    rig_add("two.json", SERVICE("shop", FAMILIES(GAUGE("b"))));
    cr_expect(not(rig_finish()));
    cr_expect(strstr(rig_why.text, "/service: the service \"shop\" is declared in ") != NULL, "%s",
              rig_why.text);
}

Test(loader_set, one_family_belongs_to_one_service) {
    rig_add("one.json", SERVICE("one", FAMILIES(COUNTER("a_total"))));
    rig_add("two.json", SERVICE("two", FAMILIES(COUNTER("a_total"))));
    rig_expect_refused("two.json: /families/a_total: the service \"one\" declares this family, too "
                       "(one.json); on one endpoint a family belongs to one service: serve them on "
                       "two (\"endpoints\" in the configuration), or rename one");
}

Test(loader_set, a_socket_of_its_own_does_not_part_families) {
    rig_add("one.json", SERVICE("one", "\"socket\":\"/run/one\"," FAMILIES(GAUGE("a"))));
    rig_add("two.json", SERVICE("two", FAMILIES(GAUGE("a"))));
    cr_expect(not(rig_finish()));
}

Test(loader_set, one_socket_serves_one_service) {
    rig_add("one.json", SERVICE("one", "\"socket\":\"/run/s\"," FAMILIES(GAUGE("a"))));
    rig_add("two.json", SERVICE("two", "\"socket\":\"/run/s\"," FAMILIES(GAUGE("b"))));
    rig_expect_refused("two.json: /socket: the service \"one\" has this socket, too (one.json); a "
                       "socket of its own serves one service");
}

Test(loader_set, sample_names_clash_across_services) {
    rig_add("one.json", SERVICE("one", FAMILIES(HISTOGRAM("a"))));
    rig_add("two.json", SERVICE("two", FAMILIES(GAUGE("a_count"))));
    rig_expect_refused(
        "two.json: /families/a_count: it needs the name \"a_count\", which also belongs "
        "to the histogram \"a\" of service \"one\" (one.json); rename one of the two");
}

Test(loader_set, a_gauge_may_be_beside_a_counter_of_another_service) {
    rig_add("one.json", SERVICE("one", FAMILIES(GAUGE("a"))));
    rig_add("two.json", SERVICE("two", FAMILIES(COUNTER("a_total"))));
    rig_expect_accepted();
}

Test(loader_set, services_may_share_a_name_on_the_wire) {
    rig_add(
        "one.json",
        SERVICE("one", FAMILIES("\"a_total\":{\"type\":\"counter\",\"aliases\":[\"n\",\"b\"]}")));
    rig_add("two.json", SERVICE("two", FAMILIES("\"b\":{\"type\":\"gauge\",\"aliases\":[\"n\"]}")));
    rig_expect_accepted();
}

Test(loader_set, each_service_has_its_own_limit) {
    rig_add("one.json", SERVICE("one", "\"max_series\":1," FAMILIES(GAUGE("a"))));
    rig_add("two.json", SERVICE("two", "\"max_series\":1," FAMILIES(GAUGE("b"))));
    rig_expect_accepted();
    rig_add("three.json",
            SERVICE("three", "\"max_series\":1," FAMILIES(GAUGE("c") "," GAUGE("d"))));
    rig_expect_refused(
        "three.json: /max_series: the families' bounds add up to 2 series, the limit of "
        "the service is 1; the largest: c 1, d 1. Bound a label tighter, give a family a "
        "max_series, or raise this limit");
}

/* A catalog with so many gauges NAME0, NAME1, ... */
static void add_many(const char *name, int families) {
    struct strbuf text;
    strbuf_init(&text);
    strbuf_printf(&text, "{\"statgate\":1,\"service\":\"%s\",\"families\":{", name);
    for (int i = 0; i < families; i++)
        strbuf_printf(&text, "%s\"%s%d\":{\"type\":\"gauge\"}", i ? "," : "", name, i);
    strbuf_puts(&text, "}}");
    char file[16];
    (void)snprintf(file, sizeof file, "%s.json", name);
    rig_add(file, strbuf_cstr(&text));
    strbuf_done(&text);
}

Test(loader_set, counts_families_up_to_its_limit, .timeout = 300) {
    add_many("a", 40000);
    add_many("b", CATALOG_FAMILIES_MAX - 40000);
    rig_expect_accepted();
    add_many("c", 1);
    rig_expect_refused(
        "c.json: /families: with this catalog there are 65536 families, the limit is "
        "65535");
}

/* ---- databases and queries ---- */

#define DATABASES(inside) "\"databases\":{" inside "}"
#define DATABASE(name)    "\"" name "\":{\"conninfo\":\"\"}"
#define QUERIES(inside)   "\"queries\":[" inside "]"
#define QUERY(more, name) "{" more "\"sql\":\"SELECT 1\",\"values\":[\"" name "\"]}"
#define ASKS(family)                                                                               \
    FAMILIES(GAUGE(family)) "," DATABASES(DATABASE("main")) "," QUERIES(QUERY("", family))

Test(loader_set, numbers_databases_and_queries) {
    rig_add(
        "b.json",
        SERVICE("b", FAMILIES(GAUGE("x") "," GAUGE("y")) "," DATABASES(DATABASE("z") "," DATABASE(
                         "a")) "," QUERIES(QUERY("\"database\":\"z\",",
                                                 "y") "," QUERY("\"database\":\"a\",", "x"))));
    rig_add("a.json", SERVICE("a", ASKS("m")));
    rig_add("c.json", SERVICE("c", FAMILIES(GAUGE("c"))));
    static const char *const databases[] = {"main", "a", "z"};
    static const char *const queries[] = {"m", "y", "x"};
    for (int again = 0; again < 2; again++) {
        rig_expect_accepted();
        cr_assert(eq(sz, rig_set.database_count, 3));
        cr_assert(eq(sz, rig_set.query_count, 3));
        for (uint32_t i = 0; i < 3; i++) {
            cr_expect(eq(str, (char *)rig_set.databases[i]->name, (char *)databases[i]));
            cr_expect(eq(u32, rig_set.databases[i]->index, i));
            cr_expect(eq(str, (char *)rig_set.queries[i]->name, (char *)queries[i]));
            cr_expect(eq(u32, rig_set.queries[i]->index, i));
        }
        cr_expect(eq(str, (char *)rig_set.queries[1]->database->name, "z"));
        cr_expect(eq(ptr, (void *)rig_set.queries[1]->values[0].family, rig_set.families[3]));
    }
}

Test(loader_set, queries_of_one_name_are_refused_across_services) {
    rig_add("one.json", SERVICE("one", ASKS("a")));
    rig_add("two.json", SERVICE("two", FAMILIES(GAUGE("b")) "," DATABASES(DATABASE(
                                           "main")) "," QUERIES(QUERY("\"name\":\"a\",", "b"))));
    rig_expect_refused(
        "two.json: /queries/0: the query /queries/0 of service \"one\" (one.json) is "
        "called \"a\", too; give one of them another \"name\"");
}

Test(loader_set, a_query_that_nobody_sees_is_not_asked) {
    rig_add(
        "one.json",
        SERVICE(
            "one",
            "\"families\":{\"a\":{\"type\":\"gauge\",\"group\":\"app\"}," GAUGE("b") "}," DATABASES(
                DATABASE("main")) "," QUERIES(QUERY("", "a") "," QUERY("", "b"))));
    rig_select_groups("none", "none");
    cr_assert(eq(sz, rig_set.query_count, 1));
    cr_expect(eq(str, (char *)rig_set.queries[0]->name, "b"));
    cr_expect(eq(u32, rig_set.queries[0]->index, 0));
    cr_expect(eq(u32, rig_set.catalogs[0]->queries[0].index, UINT32_MAX));
}

/* A catalog with so many databases and so many queries of the first. */
static void add_sources(const char *name, int databases, int queries) {
    struct strbuf text;
    strbuf_init(&text);
    strbuf_printf(&text,
                  "{\"statgate\":1,\"service\":\"%s\",\"families\":{\"%s\":{\"type\":"
                  "\"gauge\"}",
                  name, name);
    for (int i = 0; i < queries; i++)
        strbuf_printf(&text, ",\"%s%d\":{\"type\":\"gauge\"}", name, i);
    strbuf_puts(&text, "},\"databases\":{");
    for (int i = 0; i < databases; i++)
        strbuf_printf(&text, "%s\"d%d\":{\"conninfo\":\"\"}", i ? "," : "", i);
    strbuf_puts(&text, "},\"queries\":[");
    for (int i = 0; i < queries; i++)
        strbuf_printf(&text, "%s{\"database\":\"d0\",\"sql\":\"SELECT\",\"values\":[\"%s%d\"]}",
                      i ? "," : "", name, i);
    strbuf_puts(&text, "]}");
    char file[16];
    (void)snprintf(file, sizeof file, "%s.json", name);
    rig_add(file, strbuf_cstr(&text));
    strbuf_done(&text);
}

Test(loader_set, counts_databases_up_to_their_limit) {
    add_sources("a", CATALOG_DATABASES_MAX - 1, 0);
    add_sources("b", 1, 0);
    rig_expect_accepted();
    add_sources("c", 1, 0);
    rig_expect_refused(
        "c.json: /databases: with this catalog there are 17 databases, the limit is 16");
}

Test(loader_set, counts_queries_up_to_their_limit) {
    add_sources("a", 1, CATALOG_QUERIES_MAX - 1);
    add_sources("b", 1, 1);
    rig_expect_accepted();
    cr_expect(eq(sz, rig_set.query_count, CATALOG_QUERIES_MAX));
    add_sources("c", 1, 1);
    rig_expect_refused(
        "c.json: /queries: with this catalog there are 257 queries, the limit is 256");
}

Test(loader_set, only_the_daemon_declares_statgate) {
    struct error error;
    static const char text[] = SERVICE("statgate", FAMILIES(GAUGE("a")));
    struct catalog *catalog = loader_text("built in", text, strlen(text), true, &error);
    cr_assert(catalog != NULL, "%s", error.text);
    cr_expect(catalog->internal);
    catalog_free(catalog);
    cr_expect(loader_text("x.json", text, strlen(text), false, &error) == NULL);
}
