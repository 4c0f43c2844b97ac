/* SPDX-License-Identifier: MIT */
/* The output of explain when the tables of processes are full; other tables are in the cases. */
#include "assertions.h"
#include "fixture.h"
#include "hints/hints.h"
#include "run.h"
#include "statgate/explain/explain_command_private.h"

static const char *hints_of(struct explain_world *world, const char *line) {
    static struct strbuf text;
    static struct gate_trace why;
    strbuf_clear(&text);
    explain_line(world, (struct sg_span){line, strlen(line)}, &why);
    const struct hints_world known = explain_world_hints(world);
    hints_put(&text, &known, &why);
    cr_expect(eq(int, (int)why.reason, (int)SG_REJECT_NO_OWNER));
    return strbuf_cstr(&text);
}

Test(statgate_explain_full, a_full_table_of_processes_is_reported) {
    struct fixture fx;
    struct explain_world world;
    fixture_families(&fx, "\"a\":{\"type\":\"gauge\",\"merge\":\"sum\"}");
    const struct gate_origin origin = {.pid = 1, .uid = 1, .gid = 1};
    explain_world_init(&world, &fx.set, &origin, fx.now);
    for (int32_t pid = 2; pid < OWNERS_MAX + 2; pid++)
        cr_assert(ne(u32, owners_begin(store_owners(world.store), pid), OWNER_NONE));
    cr_expect(has(hints_of(&world, "a:1|g"),
                  "the table of processes (16384) or that of what they own (262144) is full"));
    world.origin.pid = 0;
    cr_expect(has(hints_of(&world, "a:1|g"), "(pid 0)"));
    cr_expect(has(hints_of(&world, "a:1|g"), "\"merge\": \"last\" needs no owner"));
    explain_world_done(&world);
    fixture_done(&fx);
}
