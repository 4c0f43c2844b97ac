/* SPDX-License-Identifier: MIT */
/* Which services and families are on which page. */
#include <string.h>

#include "assertions.h"
#include "rig.h"
#include "usual_options.h"

TestSuite(pages, .init = rig_start, .fini = rig_end);

static void add_three(void) {
    rig_add("b.json", SERVICE("b", FAMILIES(GAUGE("b1") "," GAUGE("d1"))));
    rig_add("a.json", SERVICE("a", FAMILIES(GAUGE("a1") "," GAUGE("c1"))));
    rig_add("c.json", SERVICE("c", FAMILIES(GAUGE("a2"))));
    rig_add_own();
}

static char *all(size_t endpoint) {
    return rig_families(&rig_endpoints.items[endpoint].all);
}

static char *of(size_t endpoint, const char *service) {
    const struct endpoint_page *page = endpoint_page_of(&rig_endpoints.items[endpoint], service);
    cr_assert(page != NULL, "%s", service);
    return rig_families(page);
}

Test(pages, one_endpoint_of_all) {
    add_three();
    cr_assert(endpoints_build(&rig_endpoints, &rig_set, &usual_options, 1, &rig_error));
    cr_assert(eq(sz, rig_endpoints.count, 1));
    cr_expect(eq(str, rig_services(&rig_endpoints.items[0]), "a b c statgate"));
    cr_expect(eq(str, all(0), "a1 a2 b1 c1 d1 process_x statgate_up"));
    cr_expect(eq(str, of(0, "a"), "a1 c1"));
    cr_expect(eq(str, of(0, "statgate"), "process_x statgate_up"));
    cr_expect(endpoint_page_of(&rig_endpoints.items[0], "d") == NULL);
    cr_expect(rig_endpoints.items[0].options.handler == NULL);
    cr_expect(eq(sz, rig_endpoints.items[0].all.target.count, 0));
    cr_expect(eq(str, rig_constants(&rig_endpoints.items[0].all, "a"), ""));
}

Test(pages, a_service_that_is_named_leaves_the_default) {
    add_three();
    const struct endpoint_options options[] = {
        rig_options("default", NULL), rig_options("one", "c a"), rig_options("own", "statgate")};
    rig_build(options, 3);
    cr_expect(eq(str, rig_services(&rig_endpoints.items[0]), "b"));
    cr_expect(eq(str, all(0), "b1 d1"));
    cr_expect(eq(str, rig_services(&rig_endpoints.items[1]), "a c"));
    cr_expect(eq(str, all(1), "a1 a2 c1"));
    cr_expect(eq(str, of(1, "c"), "a2"));
    cr_expect(eq(str, all(2), "process_x statgate_up"));
    cr_expect(endpoint_page_of(&rig_endpoints.items[0], "statgate") == NULL);
    cr_expect(eq(str, (char *)rig_endpoints.items[1].options.name, "one"));
    cr_expect(eq(str, (char *)rig_endpoints.items[1].options.place, "c.json: /one"));
}

Test(pages, the_daemons_own_is_on_the_default) {
    add_three();
    const struct endpoint_options options[] = {rig_options("default", NULL),
                                               rig_options("one", "a b c")};
    rig_build(options, 2);
    cr_expect(eq(str, all(0), "process_x statgate_up"));
    cr_expect(eq(str, all(1), "a1 a2 b1 c1 d1"));
}

Test(pages, the_daemons_process_gives_way_to_that_of_a_service) {
    add_three();
    rig_add("p.json", SERVICE("p", FAMILIES(GAUGE("process_x"))));
    const struct endpoint_options options[] = {rig_options("default", NULL),
                                               rig_options("one", "statgate a")};
    rig_build(options, 1);
    cr_expect(rig_endpoints.items[0].gave_way);
    cr_expect(eq(str, all(0), "a1 a2 b1 c1 d1 process_x statgate_up"));
    cr_expect(eq(str, (char *)rig_endpoints.items[0].all.families[5]->catalog->service, "p"));
    const struct endpoint_page *own = endpoint_page_of(&rig_endpoints.items[0], "statgate");
    cr_assert(own != NULL);
    cr_expect(eq(str, rig_families(own), "process_x statgate_up"));
    rig_build(options, 2);
    cr_expect(not(rig_endpoints.items[1].gave_way));
    cr_expect(eq(str, all(1), "a1 c1 process_x statgate_up"));
}

Test(pages, a_service_may_be_on_two) {
    add_three();
    const struct endpoint_options options[] = {rig_options("one", "a"), rig_options("two", "a b")};
    rig_build(options, 2);
    cr_expect(eq(str, all(0), "a1 c1"));
    cr_expect(eq(str, all(1), "a1 b1 c1 d1"));
    const struct catalog *c = catalog_set_find(&rig_set, "c", 1);
    cr_expect(endpoint_page_of(&rig_endpoints.items[0], "b") == NULL);
    cr_expect(endpoint_page_of(&rig_endpoints.items[1], "b") != NULL);
    for (size_t i = 0; i < rig_endpoints.count; i++)
        cr_expect(endpoint_page_of(&rig_endpoints.items[i], "c") == NULL);
    cr_expect(not(c->families[0].exposed));
    cr_expect(eq(str, rig_exposed(), "a1 b1 c1 d1"));
}

Test(pages, a_handler_is_on_its_endpoint_alone) {
    add_three();
    struct endpoint_options options[] = {rig_options("default", NULL), rig_options("h:1/m", "b"),
                                         rig_options("h:2/m", "a")};
    options[1].handler = rig_add_handler("h:1/m");
    options[2].handler = rig_add_handler("h:2/m");
    rig_build(options, 3);
    cr_expect(eq(str, all(0), "a2 process_x statgate_up"));
    cr_expect(eq(str, all(1), "b1 d1 promhttp_up"));
    cr_expect(eq(ptr, (void *)rig_endpoints.items[1].all.families[2]->catalog,
                 (void *)options[1].handler));
    cr_expect(eq(str, all(2), "a1 c1 promhttp_up"));
    cr_expect(eq(ptr, (void *)rig_endpoints.items[2].options.handler, (void *)options[2].handler));
    cr_expect(eq(str, rig_services(&rig_endpoints.items[1]), "b"));
    cr_expect(eq(str, of(1, "b"), "b1 d1"), "the handler is no part of a service");
    cr_expect(endpoint_page_of(&rig_endpoints.items[1], "h:1/m") == NULL);
    cr_expect(options[1].handler->families[0].exposed);
}

Test(pages, two_services_may_declare_one_family_apart) {
    rig_add("one.json", SERVICE("one", FAMILIES(COUNTER("a_total"))));
    rig_add("two.json", SERVICE("two", FAMILIES(COUNTER("a_total") "," GAUGE("b"))));
    const struct endpoint_options options[] = {rig_options("default", NULL),
                                               rig_options("e", "two")};
    rig_build(options, 2);
    cr_expect(eq(str, all(0), "a_total"));
    cr_expect(eq(str, all(1), "a_total b"));
    cr_expect(eq(str, (char *)rig_endpoints.items[0].all.families[0]->catalog->service, "one"));
    cr_expect(eq(str, (char *)rig_endpoints.items[1].all.families[0]->catalog->service, "two"));
}

Test(pages, machines_have_no_lines) {
    rig_add("a.json",
            SERVICE("a", "\"attempts\":{\"m\":{\"success\":[\"ok\"],\"failure\":[\"no\"]}}"));
    const struct endpoint_options options = rig_options("default", NULL);
    rig_build(&options, 1);
    cr_expect(eq(str, all(0),
                 "m_attempts_total m_consecutive_failures m_errors_total "
                 "m_last_error_timestamp_seconds m_last_success_timestamp_seconds"));
    cr_expect(catalog_family_find(rig_set.catalogs[0], "m", 1)->exposed);
}

Test(pages, created_is_the_endpoints_own) {
    add_three();
    struct endpoint_options options[] = {rig_options("default", NULL), rig_options("one", "a")};
    options[1].created = true;
    rig_build(options, 2);
    cr_expect(not(rig_endpoints.items[0].all.options->created));
    cr_expect(not(rig_endpoints.items[0].each[0].options->created));
    cr_expect(rig_endpoints.items[1].all.options->created);
    cr_expect(rig_endpoints.items[1].each[0].options->created);
}

Test(pages, may_be_built_again) {
    add_three();
    const struct endpoint_options first = rig_options("one", "a");
    const struct endpoint_options second[] = {rig_options("default", NULL),
                                              rig_options("two", "b")};
    rig_build(&first, 1);
    cr_expect(eq(str, rig_exposed(), "a1 c1"));
    rig_build(second, 2);
    cr_expect(eq(str, rig_exposed(), "a1 a2 b1 c1 d1 process_x statgate_up"));
    cr_expect(eq(str, all(1), "b1 d1"));
}

Test(pages, no_service_and_no_set) {
    const struct endpoint_options options = rig_options("default", NULL);
    rig_build(&options, 1);
    cr_expect(eq(str, all(0), ""));
    cr_expect(eq(str, rig_services(&rig_endpoints.items[0]), ""));
    endpoints_done(&rig_endpoints);
    endpoints_done(&rig_endpoints);
}

/* ---- queries ---- */

#define QUERY(more, name) "{" more "\"sql\":\"SELECT 1\",\"values\":[\"" name "\"]}"
#define DATABASES         "\"databases\":{\"main\":{\"conninfo\":\"\"}}"

static void expect_queries(const struct endpoint_page *page, size_t count,
                           const char *const *names) {
    cr_assert(eq(sz, page->query_count, count));
    for (size_t i = 0; i < count; i++)
        cr_expect(eq(str, (char *)rig_set.queries[page->queries[i]]->name, (char *)names[i]));
}

Test(pages, know_the_queries_that_fill_them) {
    rig_add("b.json",
            SERVICE("b", FAMILIES(IN_GROUP("p", "app") "," GAUGE("q") "," GAUGE(
                             "r")) "," DATABASES
                                   ",\"queries\":[" QUERY("", "p") "," QUERY("", "r") "]"));
    rig_add("a.json",
            SERVICE("a", FAMILIES(GAUGE("s")) "," DATABASES ",\"queries\":[" QUERY("", "s") "]"));
    struct endpoint_options options[] = {rig_options("one", "b"), rig_options("two", "b a"),
                                         rig_options("three", "b")};
    options[1].exclude = "app";
    rig_build(options, 3);
    cr_assert(eq(sz, rig_set.query_count, 3));
    expect_queries(&rig_endpoints.items[0].all, 2, (const char *const[]){"p", "r"});
    expect_queries(&rig_endpoints.items[1].all, 2, (const char *const[]){"s", "r"});
    expect_queries(endpoint_page_of(&rig_endpoints.items[1], "a"), 1, (const char *const[]){"s"});
    expect_queries(endpoint_page_of(&rig_endpoints.items[1], "b"), 1, (const char *const[]){"r"});

    options[0].exclude = "app";
    options[2].exclude = "app";
    rig_build(options, 3);
    cr_assert(eq(sz, rig_set.query_count, 2), "a query that nobody sees is not asked");
    expect_queries(&rig_endpoints.items[0].all, 1, (const char *const[]){"r"});
    expect_queries(&rig_endpoints.items[1].all, 2, (const char *const[]){"s", "r"});
}

Test(pages, a_query_of_two_families_is_asked_for_either) {
    rig_add("a.json",
            SERVICE("a",
                    FAMILIES(IN_GROUP("p", "app") "," IN_GROUP(
                        "q", "io")) "," DATABASES
                                    ",\"queries\":[{\"name\":\"n\",\"sql\":\"S\",\"values\":{\"p\":"
                                    "\"x\",\"q\":\"y\"}}]"));
    struct endpoint_options options[] = {rig_options("one", "a"), rig_options("two", "a"),
                                         rig_options("three", "a")};
    options[0].include = "app";
    options[1].include = "io";
    options[2].include = "none";
    rig_build(options, 3);
    expect_queries(&rig_endpoints.items[0].all, 1, (const char *const[]){"n"});
    expect_queries(&rig_endpoints.items[1].all, 1, (const char *const[]){"n"});
    expect_queries(&rig_endpoints.items[2].all, 0, NULL);
}

/* ---- services that no catalog declares ---- */

Test(pages, an_endpoint_waits_for_a_service_and_serves_the_others) {
    rig_add("a.json", SERVICE("a", FAMILIES(GAUGE("a1"))));
    rig_add("b.json", SERVICE("gallery-api", FAMILIES(GAUGE("b1"))));
    struct endpoint_options options[] = {rig_options("default", NULL),
                                         rig_options("e", "a nobody")};
    options[0].handler = rig_add_handler("handler");
    rig_build(options, 2);
    const struct endpoint *endpoint = &rig_endpoints.items[1];
    cr_expect(eq(str, rig_services(endpoint), "a"));
    cr_assert(eq(sz, endpoint->waiting_count, 1));
    cr_expect(
        eq(str, (char *)endpoint->waiting[0],
           "c.json: /e/services/1: no catalog in force declares the service \"nobody\"; add its "
           "catalog, or name one of these: a, gallery-api"));
    cr_expect(eq(sz, rig_endpoints.items[0].waiting_count, 0));
}

Test(pages, the_nearest_name_of_a_service_is_suggested) {
    rig_add("a.json", SERVICE("a", FAMILIES(GAUGE("a1"))));
    rig_add("b.json", SERVICE("gallery-api", FAMILIES(GAUGE("b1"))));
    const struct endpoint_options options = rig_options("e", "galery-api gallery");
    rig_build(&options, 1);
    const struct endpoint *endpoint = &rig_endpoints.items[0];
    cr_assert(eq(sz, endpoint->waiting_count, 2));
    cr_expect(
        eq(str, (char *)endpoint->waiting[0],
           "c.json: /e/services/0: no catalog in force declares the service \"galery-api\"; did "
           "you mean \"gallery-api\"? Else add its catalog"));
    cr_expect(eq(str, (char *)endpoint->waiting[1],
                 "c.json: /e/services/1: no catalog in force declares the service \"gallery\"; did "
                 "you mean \"gallery-api\"? Else add its catalog"));
}

Test(pages, a_group_may_be_that_of_an_awaited_service) {
    rig_add("a.json", SERVICE("a", FAMILIES(GAUGE("a1"))));
    struct endpoint_options options = rig_options("e", "a nobody");
    options.include = "theirs";
    options.include_place = "c.json: /e/include";
    rig_build(&options, 1);
    cr_expect(eq(sz, rig_endpoints.items[0].waiting_count, 1));
}
