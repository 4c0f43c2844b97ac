/* SPDX-License-Identifier: MIT */
/* Large results, and that the loop has time for other work meanwhile. */
#include <stdio.h>
#include <stdlib.h>

#include "assertions.h"
#include "rig.h"

static struct rig rig;

static void setup(void) {
    rig_database(&rig, NULL);
}

static void teardown(void) {
    rig_stop(&rig);
}

TestSuite(turn, .init = setup, .fini = teardown, .timeout = 300);

/* A turn takes some 0.3 ms. A machine with other work adds up to 20 ms to one now and then, even to
 * its processor time, but not in each round: the shortest of the rounds' longest turns is looked
 * at. Between two waits for events come the turn and the timers, nothing else. */
enum { ROUNDS = 5, SHARE = 20, SHORT_NS = 20000000, LONG_NS = 500000000 };

/* Scrape until the longest turn takes less than most_ns; 0: less than one SHAREth of the work. */
static void expect_short_turns(const char *what, uint64_t most_ns) {
    for (int round = 0; round < ROUNDS; round++) {
        rig_run_for(&rig, 5);
        rig.longest_busy_ns = rig.longest_gap_ns = rig.busy_ns = 0;
        rig_scrape(&rig, 30000);
        rig_run_for(&rig, 100);
        cr_log_info("%s: longest turn %.0f us of %.0f us, longest gap of a 1 ms timer %.1f ms",
                    what, (double)rig.longest_busy_ns / 1e3, (double)rig.busy_ns / 1e3,
                    (double)rig.longest_gap_ns / 1e6);
        if (rig.longest_busy_ns < (most_ns ? most_ns : rig.busy_ns / SHARE))
            return;
    }
    cr_expect(false, "%s: a turn of %.0f us in each of %d rounds", what,
              (double)rig.longest_busy_ns / 1e3, ROUNDS);
}

Test(turn, a_hundred_thousand_rows_of_a_kilobyte_leave_the_loop_time) {
    rig_start(&rig, NULL,
              "\"v\":{\"type\":\"gauge\",\"help\":\"x\",\"labels\":{\"i\":{\"pattern\":\"integer\","
              "\"max\":100000}}}",
              "{\"sql\":\"SELECT i, 1 AS n, repeat('x', 1000) AS t FROM generate_series(1, 100000) "
              "i\",\"labels\":[\"i\"],\"values\":{\"v\":\"n\"},\"max_rows\":100000,"
              "\"timeout_s\":30}");
    rig_scrape(&rig, 30000);
    rig_scrape(&rig, 30000);
    expect_short_turns("100,000 rows", 0); /* from the third on, each empties an older table */
    cr_expect(eq(u64, rig_view(&rig, 0).values, 100000), "%s", rig_view(&rig, 0).message.text);
}

/* The server is done with so short a row before the cancel request comes, which then meets the end
 * of the transaction: each run still begins in one of its own. */
Test(turn, a_cancel_that_comes_late_harms_nobody) {
    enum { RUNS = 60 };
    rig_start(&rig, NULL, "\"v\":{\"type\":\"gauge\",\"help\":\"x\"}",
              "{\"sql\":\"SELECT 1 AS n, repeat('x', 1100000) AS t\",\"values\":{\"v\":\"n\"}}");
    for (int i = 0; i < RUNS; i++)
        rig_scrape(&rig, 5000);
    cr_expect(eq(u64, rig_view(&rig, 0).errors[POSTGRES_TOO_LONG_ROW], RUNS), "%s",
              rig_view(&rig, 0).message.text);
}

Test(turn, rows_that_nobody_wants_leave_the_loop_time) {
    rig_start(&rig, NULL, "\"v\":{\"type\":\"gauge\",\"help\":\"x\"}",
              "{\"sql\":\"SELECT generate_series(1, 1000000) AS n\",\"values\":{\"v\":\"n\"},"
              "\"combine\":\"sum\",\"max_rows\":10}");
    expect_short_turns("a million rows", SHORT_NS);
    cr_expect(eq(u64, rig_view(&rig, 0).errors[POSTGRES_TOO_MANY_ROWS], rig_view(&rig, 0).runs));
}
