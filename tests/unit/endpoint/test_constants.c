/* SPDX-License-Identifier: MIT */
/* Labels that an endpoint adds to all series. */
#include <string.h>

#include "assertions.h"
#include "rig.h"

TestSuite(constants, .init = rig_start, .fini = rig_end);

#define RESOURCE(inside) "\"resource\":{" inside "},"
#define SCOPE(inside)    "\"scope\":{" inside "},"

static struct endpoint_options labels_on(const char *services) {
    struct endpoint_options options = rig_options("e", services);
    options.resource = RESOURCE_LABELS;
    options.scope_labels = true;
    return options;
}

Test(constants, come_from_resource_and_scope) {
    rig_add("a.json",
            SERVICE("a", RESOURCE("\"service.name\":\"a\",\"host.name\":\"h \\\"1\\\"\","
                                  "\"zone...id\":\"z\",\"_.x\":\"u\"")
                             SCOPE("\"name\":\"s\",\"version\":\"2\",\"schema_url\":\"u\"")
                                 FAMILIES(GAUGE("a1"))));
    rig_add("b.json", SERVICE("b", SCOPE("\"name\":\"t\"") FAMILIES(GAUGE("b1"))));
    rig_add("c.json", SERVICE("c", FAMILIES(GAUGE("c1"))));
    struct endpoint_options options = labels_on("a b c");
    rig_build(&options, 1);
    const struct endpoint *endpoint = &rig_endpoints.items[0];
    cr_expect(eq(str, rig_constants(&endpoint->all, "a"),
                 "_x=\"u\" host_name=\"h \"1\"\" otel_scope_name=\"s\" otel_scope_schema_url=\"u\" "
                 "otel_scope_version=\"2\" service_name=\"a\" zone_id=\"z\""));
    cr_expect(eq(str, rig_constants(&endpoint->all, "b"), "otel_scope_name=\"t\""));
    cr_expect(eq(str, rig_constants(&endpoint->all, "c"), ""));
    cr_expect(eq(ptr, (void *)endpoint_page_of(endpoint, "a")->constants,
                 (void *)endpoint->all.constants));
    cr_expect(eq(sz, endpoint->all.target.count, 0));

    options.resource = RESOURCE_OFF;
    rig_build(&options, 1);
    cr_expect(eq(str, rig_constants(&rig_endpoints.items[0].all, "a"),
                 "otel_scope_name=\"s\" otel_scope_schema_url=\"u\" otel_scope_version=\"2\""));
    options.resource = RESOURCE_LABELS;
    options.scope_labels = false;
    rig_build(&options, 1);
    cr_expect(eq(str, rig_constants(&rig_endpoints.items[0].all, "b"), ""));
    cr_expect(eq(str, rig_constants(&rig_endpoints.items[0].all, "a"),
                 "_x=\"u\" host_name=\"h \"1\"\" service_name=\"a\" zone_id=\"z\""));
}

Test(constants, are_each_endpoints_own) {
    rig_add("a.json", SERVICE("a", RESOURCE("\"n\":\"a\"") FAMILIES(GAUGE("a1"))));
    struct endpoint_options options[] = {labels_on("a"), rig_options("two", "a")};
    rig_build(options, 2);
    cr_expect(eq(str, rig_constants(&rig_endpoints.items[0].all, "a"), "n=\"a\""));
    cr_expect(eq(str, rig_constants(&rig_endpoints.items[1].all, "a"), ""));
}

Test(constants, take_their_bytes_in_a_line) {
    static const struct constant_label items[] = {{"a", "x\"y"}, {"bb", "z"}};
    const struct constant_labels labels = {items, 2};
    cr_expect(eq(u64, endpoint_labels_bytes(&labels, false), strlen(",a=\"x'y\",bb=\"z\"")));
    cr_expect(eq(u64, endpoint_labels_bytes(&labels, true), strlen(",a=\"??????\",bb=\"??\"")),
              "each byte may be one that is escaped");
    cr_expect(eq(u64, endpoint_labels_bytes(&(struct constant_labels){0}, true), 0));
}

#define WITH_N(family) SERVICE("a", RESOURCE("\"the.n\":\"a\"") FAMILIES(family))

static void expect_clash(const char *catalog, const char *message) {
    rig_add("a.json", catalog);
    const struct endpoint_options options = labels_on("a");
    rig_refuses(&options, 1, message);
}

#define AND_THE_ENDPOINT(name)                                                                     \
    " has a label \"" name "\", and the endpoint e puts one of that name on each series, from "    \
    "the service's resource or scope; rename one, or set \"resource\" to \"off\" there"

Test(constants, a_label_of_a_family_is_in_the_way) {
    expect_clash(WITH_N("\"g\":{\"type\":\"gauge\",\"labels\":{\"m\":[\"1\"],\"the_n\":[\"1\"]}}"),
                 "a.json: /families/g: g" AND_THE_ENDPOINT("the_n"));
}

Test(constants, le_of_a_histogram_is_in_the_way) {
    expect_clash(SERVICE("a", RESOURCE("\"le\":\"a\"") FAMILIES(
                                  GAUGE("g") ",\"h\":{\"type\":\"histogram\",\"buckets\":[1]}")),
                 "a.json: /families/h: h" AND_THE_ENDPOINT("le"));
}

Test(constants, quantile_of_a_summary_is_in_the_way) {
    expect_clash(SERVICE("a", RESOURCE("\"quantile\":\"a\"")
                                  FAMILIES("\"s\":{\"type\":\"summary\",\"quantiles\":[1]}")),
                 "a.json: /families/s: s" AND_THE_ENDPOINT("quantile"));
}

Test(constants, the_label_of_a_stateset_is_in_the_way) {
    expect_clash(WITH_N("\"the_n\":{\"type\":\"stateset\",\"labels\":{\"the_n\":[\"1\"]}}"),
                 "a.json: /families/the_n: the_n" AND_THE_ENDPOINT("the_n"));
}

Test(constants, a_label_of_what_is_derived_is_in_the_way) {
    expect_clash(SERVICE("a", RESOURCE("\"outcome\":\"a\"") "\"attempts\":{\"m\":{\"success\":"
                                                            "[\"ok\"],\"failure\":[\"no\"]}}"),
                 "a.json: /attempts/m: m_attempts_total" AND_THE_ENDPOINT("outcome"));
}

Test(constants, resource_and_scope_must_not_meet) {
    expect_clash(SERVICE("a", RESOURCE("\"otel.scope.name\":\"a\"") SCOPE("\"name\":\"s\"")
                                  FAMILIES(GAUGE("g"))),
                 "a.json: /resource: the endpoint e puts resource and scope on each series, and "
                 "the label \"otel_scope_name\" would come from both; rename the attribute");
}

Test(constants, what_is_not_shown_is_not_in_the_way) {
    rig_add("a.json", WITH_N("\"g\":{\"type\":\"gauge\",\"group\":\"x\",\"labels\":{\"the_n\":"
                             "[\"1\"]}},\"le\":{\"type\":\"gauge\"}"));
    struct endpoint_options options = labels_on("a");
    options.exclude = "x";
    rig_build(&options, 1);
}
