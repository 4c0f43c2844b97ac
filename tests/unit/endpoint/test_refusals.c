/* SPDX-License-Identifier: MIT */
/* Endpoints that are refused. */
#include <stdio.h>
#include <string.h>

#include "assertions.h"
#include "rig.h"

TestSuite(refusals, .init = rig_start, .fini = rig_end);

Test(refusals, a_service_named_twice) {
    rig_add("a.json", SERVICE("a", FAMILIES(GAUGE("a1"))));
    const struct endpoint_options options = rig_options("e", "a a");
    rig_refuses(&options, 1, "c.json: /e/services/1: \"a\" is listed twice");
    const struct endpoint_options unknown = rig_options("e", "b a b");
    rig_refuses(&unknown, 1, "c.json: /e/services/2: \"b\" is listed twice");
}

Test(refusals, what_the_set_refuses) {
    rig_add("a.json", SERVICE("a", "\"max_series\":1," FAMILIES(GAUGE("a1") "," GAUGE("a2"))));
    const struct endpoint_options options = rig_options("e", "a");
    rig_refuses(&options, 1,
                "a.json: /max_series: the families' bounds add up to 2 series, the limit of the "
                "service is 1; the largest: a1 1, a2 1. Bound a label tighter, give a family a "
                "max_series, or raise this limit");
}

Test(refusals, families_that_meet) {
    rig_add("one.json", SERVICE("one", FAMILIES(COUNTER("a_total"))));
    rig_add("two.json", SERVICE("two", FAMILIES(COUNTER("a_total"))));
    const struct endpoint_options options[] = {rig_options("default", NULL),
                                               rig_options("e:1/m", "two one")};
    rig_refuses(options, 2,
                "two.json: /families/a_total: the service \"one\" declares this family, too "
                "(one.json); on one endpoint a family belongs to one service: serve them on two "
                "(\"endpoints\" in the configuration), or rename one (both on e:1/m)");
    rig_refuses(options, 1,
                "two.json: /families/a_total: the service \"one\" declares this family, too "
                "(one.json); on one endpoint a family belongs to one service: serve them on two "
                "(\"endpoints\" in the configuration), or rename one");
}

Test(refusals, samples_that_meet) {
    rig_add("one.json", SERVICE("one", FAMILIES("\"a\":{\"type\":\"histogram\",\"buckets\":[1]}")));
    rig_add("two.json", SERVICE("two", FAMILIES(IN_GROUP("a_count", "x"))));
    struct endpoint_options options = rig_options("default", NULL);
    rig_refuses(&options, 1,
                "two.json: /families/a_count: it needs the name \"a_count\", which also belongs to "
                "the histogram \"a\" of service \"one\" (one.json); rename one of the two");
    options.exclude = "x";
    rig_build(&options, 1);
    const struct endpoint_options apart[] = {rig_options("default", NULL), rig_options("e", "two")};
    rig_build(apart, 2);
}

Test(refusals, the_daemons_own_gives_way_in_the_message) {
    rig_add("a.json", SERVICE("a", FAMILIES(GAUGE("statgate_up"))));
    rig_add_own();
    const struct endpoint_options options = rig_options("default", NULL);
    rig_refuses(&options, 1,
                "a.json: /families/statgate_up: it needs the name \"statgate_up\", which also "
                "belongs to the gauge \"statgate_up\" of statgated itself; rename it");
}

/* The service `process` is left out if it clashes itself, not if other services clash. */
Test(refusals, the_daemons_process_is_no_remedy_for_others) {
    rig_add("a.json", SERVICE("a", FAMILIES(GAUGE("process_x"))));
    rig_add("b.json", SERVICE("b", FAMILIES(GAUGE("process_x"))));
    rig_add_own();
    const struct endpoint_options options = rig_options("default", NULL);
    rig_refuses(&options, 1,
                "b.json: /families/process_x: the service \"a\" declares this family, too "
                "(a.json); on one endpoint a family belongs to one service: serve them on two "
                "(\"endpoints\" in the configuration), or rename one");
}

Test(refusals, a_family_of_the_handler) {
    rig_add("a.json", SERVICE("a", FAMILIES(GAUGE("promhttp_up"))));
    struct endpoint_options options = rig_options("e", "a");
    options.handler = rig_add_handler("e");
    rig_refuses(&options, 1,
                "a.json: /families/promhttp_up: it needs the name \"promhttp_up\", which also "
                "belongs to the gauge \"promhttp_up\" that statgated adds to \"e\" "
                "(handler_metrics); rename it");
}

Test(refusals, too_many_endpoints) {
    rig_add("a.json", SERVICE("a", FAMILIES(GAUGE("a1"))));
    struct endpoint_options options[ENDPOINTS_MAX + 1];
    for (size_t i = 0; i <= ENDPOINTS_MAX; i++) {
        static char names[ENDPOINTS_MAX + 1][8];
        (void)snprintf(names[i], sizeof names[i], "e%zu", i);
        options[i] = rig_options(names[i], "a");
    }
    rig_build(options, ENDPOINTS_MAX);
    rig_refuses(options, ENDPOINTS_MAX + 1,
                "c.json: /e64: 65 endpoints with the default one, at most 64 are allowed");
}

/* The list of what could have been meant may be long. */
Test(refusals, a_message_too_long_is_cut) {
    enum { SERVICES = 200 };
    for (int i = 0; i < SERVICES; i++) {
        char text[128];
        (void)snprintf(text, sizeof text,
                       "{\"statgate\":1,\"service\":\"service-%d\"," FAMILIES(GAUGE("up")) "}",
                       1000 + i);
        rig_add("a.json", text);
    }
    struct endpoint_options options = rig_options("e", "nobody");
    rig_build(&options, 1);
    const char *text = rig_endpoints.items[0].waiting[0];
    cr_expect(eq(sz, strlen(text), ERROR_BYTES - 1));
    cr_expect(eq(str, (char *)text + ERROR_BYTES - 4, "..."));
}

/* A message has no remains of the one before. */
Test(refusals, a_message_replaces_the_one_before) {
    rig_add("a.json", SERVICE("a", FAMILIES(GAUGE("a1"))));
    struct endpoint_options options = rig_options("e", "a a");
    error_set(&rig_error, "an earlier one");
    rig_refuses(&options, 1, "c.json: /e/services/1: \"a\" is listed twice");
    const struct endpoint_options unknown = rig_options("e", "b a b");
    rig_refuses(&unknown, 1, "c.json: /e/services/2: \"b\" is listed twice");
    options = rig_options("e", "a");
    rig_build(&options, 1);
    cr_expect(eq(str, rig_error.text, ""));
}
