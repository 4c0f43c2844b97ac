/* SPDX-License-Identifier: MIT */
/* The info `target` of an endpoint. */
#include <stdio.h>

#include "assertions.h"
#include "rig.h"

TestSuite(target, .init = rig_start, .fini = rig_end);

#define WITH_RESOURCE(name, rest)                                                                  \
    SERVICE(name, "\"resource\":{\"service.name\":\"" name "\",\"host\":\"h\"}," rest)

static struct endpoint_options target_on(const char *name, const char *services) {
    struct endpoint_options options = rig_options(name, services);
    options.resource = RESOURCE_TARGET_INFO;
    return options;
}

Test(target, speaks_of_the_one_service) {
    rig_add("a.json", WITH_RESOURCE("a", FAMILIES(GAUGE("a1"))));
    rig_add_own();
    const struct endpoint_options options = target_on("default", NULL);
    rig_build(&options, 1);
    const struct endpoint *endpoint = &rig_endpoints.items[0];
    cr_expect(eq(str, rig_labels(&endpoint->all.target), "host=\"h\" service_name=\"a\""));
    cr_expect(eq(str, rig_labels(&endpoint_page_of(endpoint, "a")->target),
                 "host=\"h\" service_name=\"a\""));
    cr_expect(eq(sz, endpoint_page_of(endpoint, "statgate")->target.count, 0));
    cr_expect(eq(str, rig_constants(&endpoint->all, "a"), ""));
}

Test(target, is_not_there_without_attributes) {
    rig_add("a.json", SERVICE("a", FAMILIES(GAUGE("target_info"))));
    const struct endpoint_options options = target_on("default", NULL);
    rig_build(&options, 1);
    cr_expect(eq(sz, rig_endpoints.items[0].all.target.count, 0));
}

Test(target, speaks_of_one_service_only) {
    rig_add("a.json", WITH_RESOURCE("a", FAMILIES(GAUGE("a1"))));
    rig_add("b.json", SERVICE("b", FAMILIES(GAUGE("b1"))));
    const struct endpoint_options options = target_on("one", "b a");
    rig_refuses(&options, 1,
                "c.json: /one: \"target_info\" describes one service, and the endpoint one serves "
                "\"a\" and \"b\"; give each an endpoint of its own, or set \"resource\" to "
                "\"labels\" or \"off\"");
    const struct endpoint_options apart[] = {target_on("one", "b"), target_on("two", "a")};
    rig_build(apart, 2);
    cr_expect(eq(sz, rig_endpoints.items[0].all.target.count, 0));
    cr_expect(eq(sz, rig_endpoints.items[1].all.target.count, 2));
}

Test(target, needs_a_service) {
    rig_add("a.json", WITH_RESOURCE("a", FAMILIES(GAUGE("a1"))));
    rig_add_own();
    const struct endpoint_options options[] = {target_on("default", NULL), target_on("one", "a"),
                                               target_on("own", "statgate")};
    rig_build(options, 2); /* the default one has given its services away */
    cr_expect(eq(sz, rig_endpoints.items[0].all.target.count, 0));
    rig_refuses(
        options, 3,
        "c.json: /own: \"target_info\" describes a service, and the endpoint own serves the "
        "daemon's own only; set \"resource\" to \"off\"");
}

static void expect_clash(const char *family, const char *message) {
    char text[512];
    (void)snprintf(text, sizeof text, WITH_RESOURCE("a", FAMILIES(GAUGE("b") ",%s")), family);
    rig_add("a.json", text);
    struct endpoint_options options = rig_options("default", NULL);
    rig_build(&options, 1);
    options.resource = RESOURCE_TARGET_INFO;
    rig_refuses(&options, 1, message);
}

#define BELONGS                                                                                    \
    ", which also belongs to the info \"target_info\" that statgated adds to \"a\" (its resource " \
    "attributes); rename it"

Test(target, has_its_name_for_itself) {
    expect_clash("\"target_info\":{\"type\":\"info\",\"labels\":{\"l\":[\"1\"]}}",
                 "a.json: /families/target_info: it needs the name \"target\"" BELONGS);
}

Test(target, has_its_name_for_itself_as_a_gauge) {
    expect_clash(GAUGE("target_info"),
                 "a.json: /families/target_info: it needs the name \"target_info\"" BELONGS);
}

Test(target, has_the_name_of_its_family_for_itself) {
    expect_clash(GAUGE("target"), "a.json: /families/target: it needs the name \"target\"" BELONGS);
}

Test(target, has_the_name_of_its_family_for_itself_beside_counters) {
    expect_clash(COUNTER("target_total"),
                 "a.json: /families/target_total: it needs the name \"target\"" BELONGS);
}
