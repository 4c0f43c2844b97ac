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

Test(loader_set, one_socket_serves_one_service) {
    rig_add("one.json", SERVICE("one", "\"socket\":\"/run/s\"," FAMILIES(GAUGE("a"))));
    rig_add("two.json", SERVICE("two", "\"socket\":\"/run/s\"," FAMILIES(GAUGE("b"))));
    rig_expect_refused("two.json: /socket: the service \"one\" has this socket, too (one.json); a "
                       "socket of its own serves one service");
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
