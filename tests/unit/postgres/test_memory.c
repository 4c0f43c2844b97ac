/* SPDX-License-Identifier: MIT */
/* Each allocation of the collector fails in turn: then there is no collector, or one connection
 * less until there is memory again. */
#include <stdio.h>
#include <stdlib.h>

#include "assertions.h"
#include "rig.h"
#include "scarce.h"

static struct rig rig;
static struct scarce scarce;

TestSuite(collector_memory, .timeout = 300);

static const char family[] = "\"v\":{\"type\":\"gauge\",\"help\":\"x\"}";

/* A collector with plenty of memory. */
static void start(const char *sql) {
    char query[256];
    (void)snprintf(query, sizeof query, "{\"sql\":\"%s\",\"values\":{\"v\":\"n\"}}", sql);
    rig_database(&rig, NULL);
    scarce_init(&scarce, SIZE_MAX);
    rig.memory = &scarce.memory;
    rig_start(&rig, NULL, family, query);
}

static void stop(void) {
    rig_stop(&rig);
    cr_expect(eq(sz, scarce.live, 0));
}

static void scrape_with(size_t granted) {
    scarce.granted = granted;
    scarce.refused = 0;
    (void)rig_scrape(&rig, 2000);
    scarce.granted = SIZE_MAX;
}

/* ---- making one ---- */

static bool make(const struct memory *memory, void *arg) {
    const struct postgres_options options = {
        .loop = &rig.loop, .set = &rig.fx.set, .store = rig.fx.store, .gate = rig.fx.gate};
    (void)arg;
    struct postgres *postgres = postgres_new(memory, &options);
    if (postgres == NULL)
        return false;
    postgres_close(postgres, NULL, NULL);
    rig_run_for(&rig, 1);
    return true;
}

Test(collector_memory, each_allocation_at_making_may_fail) {
    start("SELECT 1 AS n");
    cr_expect(eq(sz, scarce_each(make, NULL), 8));
    stop();
}

/* ---- connecting ---- */

/* True when the first connection came about. */
static bool connect_once(size_t granted) {
    start("SELECT 1 AS n");
    scrape_with(granted);
    const bool refused = scarce.refused > 0;
    const struct postgres_view failed = rig_view(&rig, 0);
    if (refused) {
        cr_expect(eq(int, (int)failed.error, (int)POSTGRES_CONNECT), "%zu", granted);
        cr_expect(ne(str, rig_database_view(&rig).message.text, ""));
        rig_expect(&rig, NULL, "");
        rig_run_for(&rig, POSTGRES_RETRY_MIN_MS + 50);
        (void)rig_scrape(&rig, 5000);
    }
    cr_expect(eq(int, (int)rig_view(&rig, 0).error, (int)POSTGRES_OK), "%zu", granted);
    rig_expect(&rig, NULL, "v 1\n");
    stop();
    return !refused;
}

Test(collector_memory, a_connection_that_found_no_memory_is_tried_again) {
    size_t granted = 0;
    while (!connect_once(granted))
        granted++;
    cr_expect(eq(sz, granted, 5), "the attempt, its conninfo and thread, the options, the poll");
}

/* ---- cancelling ---- */

/* True when the server was asked to cancel. */
static bool cancel_once(size_t granted) {
    start("SELECT 1 AS n FROM generate_series(1, 100000)");
    scrape_with(5 + granted);
    const bool refused = scarce.refused > 0;
    cr_expect(eq(int, (int)rig_view(&rig, 0).error, (int)POSTGRES_DUPLICATE_ROW), "%zu", granted);
    if (refused) {
        cr_expect(
            eq(str, rig_database_view(&rig).message.text, "the query could not be cancelled"));
        cr_expect(eq(u32, rig_database_view(&rig).connected, 0));
        cr_expect(eq(u64, rig_database_view(&rig).cancelled, 0));
    }
    (void)rig_scrape(&rig, 5000);
    cr_expect(eq(int, (int)rig_view(&rig, 0).error, (int)POSTGRES_DUPLICATE_ROW));
    cr_expect(eq(u64, rig_view(&rig, 0).runs, 2), "on another connection");
    stop();
    return !refused;
}

Test(collector_memory, a_query_that_cannot_be_cancelled_costs_its_connection) {
    size_t granted = 0;
    while (!cancel_once(granted))
        granted++;
    cr_expect(eq(sz, granted, 2), "the request and its thread");
}
