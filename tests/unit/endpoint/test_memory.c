/* SPDX-License-Identifier: MIT */
/* Each allocation fails in turn: endpoints are then refused, and nothing leaks. */
#include <stdio.h>

#include "assertions.h"
#include "rig.h"
#include "shortage.h"

TestSuite(endpoint_memory, .init = rig_start, .fini = rig_end);

/* So long that pieces of the arena, at most 16 KiB a block, are asked for one by one. */
static void add_long(void) {
    static char text[1 << 17];
    size_t len = (size_t)snprintf(text, sizeof text,
                                  "{\"statgate\":1,\"service\":\"a\",\"resource\":{\"r\":\"v\"},"
                                  "\"scope\":{\"name\":\"s\"},\"families\":{");
    for (int i = 0; i < 2100; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s\"f%d\":{\"type\":\"gauge\"}",
                                i > 0 ? "," : "", i);
    (void)snprintf(text + len, sizeof text - len,
                   "},\"databases\":{\"m\":{\"conninfo\":\"\"}},\"queries\":[{\"sql\":\"S\","
                   "\"values\":[\"f7\"]}]}");
    rig_add("a.json", text);
}

static long fail_each(enum endpoint_resource resource) {
    const char *const services[] = {"a"};
    struct endpoint_options options = rig_options("e", NULL);
    options.services = services;
    options.service_count = 1;
    options.resource = resource;
    options.scope_labels = true;
    for (long nth = 0;; nth++) {
        rig_build(&options, 1); /* the set has all that it needs */
        endpoints_done(&rig_endpoints);
        shortage_begin(nth);
        const bool ok = endpoints_build(&rig_endpoints, &rig_set, &options, 1, &rig_error);
        endpoints_done(&rig_endpoints);
        const long live = shortage_end();
        if (ok) {
            cr_expect(eq(long, live, 0));
            return nth;
        }
        cr_assert(eq(str, rig_error.text, "out of memory"), "allocation %ld", nth);
        cr_assert(le(long, live, 0), "allocation %ld leaves %ld", nth, live);
    }
}

Test(endpoint_memory, may_be_out_at_each_allocation) {
    add_long();
    cr_expect(lt(long, 5, fail_each(RESOURCE_LABELS)));
    cr_expect(lt(long, 6, fail_each(RESOURCE_TARGET_INFO)));
}
