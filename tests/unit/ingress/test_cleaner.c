/* SPDX-License-Identifier: MIT */
/* Expired series are removed turn by turn. */
#include "ingress/ingress.h"

#include <stdio.h>

#include "assertions.h"
#include "fixture.h"
#include "host/clock.h"

enum { MANY = 20000, FEW_TURNS = 5 };

static struct fixture fx;
static uv_loop_t loop;
static struct cleaner cleaner;

static void setup(void) {
    fixture_families(&fx, "\"brief\":{\"type\":\"gauge\",\"help\":\"\",\"ttl_s\":1000,\"labels\":{"
                          "\"u\":{\"pattern\":\"integer\",\"max\":20000}}},"
                          "\"level\":{\"type\":\"gauge\",\"help\":\"\",\"merge\":\"sum\","
                          "\"labels\":{\"u\":{\"pattern\":\"integer\",\"max\":20000}}}");
    const struct clock_now clock = clock_now();
    fx.now = (struct store_time){.mono_ms = clock.mono_ms, .real_ms = clock.real_ms};
    cr_assert(eq(int, uv_loop_init(&loop), 0));
    ingress_cleaner_start(&cleaner, &loop, fx.breakers_jobs, fx.store);
}

static void teardown(void) {
    ingress_cleaner_close(&cleaner);
    ingress_cleaner_release(&cleaner);
    cr_assert(eq(int, uv_run(&loop, UV_RUN_DEFAULT), 0));
    cr_assert(eq(int, uv_loop_close(&loop), 0));
    fixture_done(&fx);
}

TestSuite(cleaner, .init = setup, .fini = teardown, .timeout = 300);

static void send_many(const char *name) {
    for (int u = 0; u < MANY; u++) {
        char line[64];
        (void)snprintf(line, sizeof line, "%s:1|g|#u:%d", name, u);
        fixture_send(&fx, line);
    }
}

static uint64_t living(const char *name) {
    return store_family_count(fx.store, fixture_family(&fx, name));
}

Test(cleaner, sweeps_within_the_time_of_a_turn) {
    fx.now.mono_ms -= 1000000; /* their time is over now */
    send_many("brief");
    send_many("level");
    cr_assert(eq(u64, living("brief"), MANY));
    while (living("brief") > 0)
        (void)uv_run(&loop, UV_RUN_ONCE);
    cr_expect(ge(u64, cleaner.watch.callbacks, FEW_TURNS));
    cr_expect(eq(u64, living("level"), MANY));
}

Test(cleaner, releases_within_the_time_of_a_turn) {
    struct owners *owners = store_owners(fx.store);
    struct store_figures figures;
    send_many("level");
    owners_end(owners, owners_find(owners, fx.origin.pid));
    ingress_cleaner_release(&cleaner);
    cr_expect(gt(u64, living("level"), 0), "not all at once");
    while (living("level") > 0)
        (void)uv_run(&loop, UV_RUN_ONCE);
    cr_expect(ge(u64, cleaner.watch.callbacks, FEW_TURNS));
    store_figures(fx.store, &figures);
    cr_expect(eq(u64, figures.parts, 0));
}
