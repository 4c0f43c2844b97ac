/* SPDX-License-Identifier: MIT */
/* Metric groups of endpoints. */
#include "assertions.h"
#include "rig.h"

TestSuite(groups, .init = rig_start, .fini = rig_end);

static void add_two(void) {
    rig_add("a.json", SERVICE("a", "\"groups\":[\"host\",\"api\",\"io\"]," FAMILIES(IN_GROUP(
                                       "a1", "api") "," IN_GROUP("a2", "io") "," GAUGE("a3"))));
    rig_add("b.json", SERVICE("b", FAMILIES(IN_GROUP("b1", "api") "," IN_GROUP("b2", "job"))));
    rig_add_own();
}

Test(groups, each_endpoint_has_its_own_choice) {
    add_two();
    struct endpoint_options options[] = {rig_options("default", NULL), rig_options("one", "a"),
                                         rig_options("two", "a")};
    options[0].exclude = "job,process";
    options[1].include = "api";
    options[2].include = "io, api";
    options[2].exclude = "api";
    rig_build(options, 3);
    cr_expect(eq(str, rig_families(&rig_endpoints.items[0].all), "b1 statgate_up"));
    cr_expect(eq(str, rig_families(&rig_endpoints.items[1].all), "a1 a3"));
    cr_expect(eq(str, rig_families(&rig_endpoints.items[2].all), "a2 a3"));
    cr_expect(eq(str, rig_families(endpoint_page_of(&rig_endpoints.items[2], "a")), "a2 a3"));
    cr_expect(eq(str, rig_exposed(), "a1 a2 a3 b1 statgate_up"), "some endpoint shows them");
}

Test(groups, the_daemons_own_stay_unless_excluded) {
    add_two();
    struct endpoint_options options[] = {rig_options("default", NULL)};
    options[0].include = "api";
    rig_build(options, 1);
    cr_expect(eq(str, rig_families(&rig_endpoints.items[0].all), "a1 a3 b1 process_x statgate_up"));
}

Test(groups, a_machine_follows_its_families) {
    rig_add("a.json", SERVICE("a", "\"attempts\":{\"m\":{\"success\":[\"ok\"],\"failure\":"
                                   "[\"no\"],\"group\":\"job\"}}"));
    struct endpoint_options options[] = {rig_options("one", "a"), rig_options("two", "a")};
    options[0].exclude = "job";
    options[1].exclude = "job";
    rig_build(options, 2);
    cr_expect(eq(str, rig_exposed(), ""));
    options[1].exclude = "none";
    rig_build(options, 2);
    cr_expect(catalog_family_find(rig_set.catalogs[0], "m", 1)->exposed);
}

Test(groups, names_of_groups_are_looked_for) {
    add_two();
    struct endpoint_options options[] = {rig_options("default", NULL), rig_options("one", "a")};
    options[0].include = "all";
    options[0].include_place = "--include";
    options[0].exclude = "job, io,none,,host";
    options[0].exclude_place = "--exclude";
    options[1].include = "host,io";
    options[1].include_place = "c.json: /endpoints/0/include";
    rig_build(options, 2); /* job is b's, which has the default endpoint; io and host are a's */
    options[0].exclude = "job,ap";
    rig_refuses(options, 2,
                "--exclude: no family of the loaded catalogs is in the group \"ap\"; they have "
                "api, host, io, job, process");
    options[0].exclude = "none";
    options[0].include = "apis ,io";
    rig_refuses(options, 2,
                "--include: no family of the loaded catalogs is in the group \"apis\"; they have "
                "api, host, io, job, process");
    options[0].include = "all";
    options[1].include = "host,job";
    rig_refuses(options, 2,
                "c.json: /endpoints/0/include: no service of this endpoint has the group \"job\"; "
                "they have api, host, io");
}

Test(groups, are_listed_once) {
    rig_add("a.json",
            SERVICE("a",
                    FAMILIES(IN_GROUP("a1", "x") "," IN_GROUP("a2", "w") "," IN_GROUP("a3", "x"))));
    rig_add("b.json", SERVICE("b", FAMILIES(GAUGE("b1"))));
    struct endpoint_options options[] = {rig_options("one", "a b")};
    options[0].exclude = "z";
    options[0].exclude_place = "p";
    rig_refuses(options, 1, "p: no service of this endpoint has the group \"z\"; they have x, w");
    struct endpoint_options bare[] = {rig_options("two", "b")};
    bare[0].exclude = "z";
    bare[0].exclude_place = "p";
    rig_refuses(bare, 1, "p: no service of this endpoint has the group \"z\"; they have none");
}

Test(groups, words_said_elsewhere_are_not_looked_for) {
    add_two();
    struct endpoint_options options[] = {rig_options("one", "a")};
    options[0].include = "job,api";
    options[0].exclude = "process";
    rig_build(options, 1);
    cr_expect(eq(str, rig_families(&rig_endpoints.items[0].all), "a1 a3"));
}
