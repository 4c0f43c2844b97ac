/* SPDX-License-Identifier: MIT */
/* When a daemon hangs, with the clock passed in. */
#include "supervisor/supervisor_private.h"

#include "assertions.h"

TestSuite(watchdog, .timeout = 300);

enum { START_MS = 1000000 };

/* Ticks until it is over, each as late as that. -1: not within 100. */
static int ticks_until_over(struct watchdog *watchdog, int64_t late_ms) {
    for (int ticks = 1; ticks <= 100; ticks++) {
        cr_assert(supervisor_watchdog_tick(watchdog, watchdog->due_ms + late_ms));
        if (supervisor_watchdog_is_over(watchdog, WATCHDOG_TICKS))
            return ticks;
    }
    return -1;
}

Test(watchdog, watches_nobody_before_the_first_beat) {
    struct watchdog watchdog = {0};
    cr_expect(not(supervisor_watchdog_tick(&watchdog, INT64_MAX)));
    cr_expect(not(supervisor_watchdog_is_over(&watchdog, WATCHDOG_TICKS)));
    cr_expect(eq(i64, watchdog.due_ms, 0));
}

Test(watchdog, is_over_after_ten_ticks_in_a_row) {
    struct watchdog watchdog = {0};
    supervisor_watchdog_beat(&watchdog, START_MS);
    cr_expect(eq(int, ticks_until_over(&watchdog, 0), WATCHDOG_TICKS));
    cr_expect(eq(i64, watchdog.due_ms, START_MS + 11250));
}

Test(watchdog, has_no_tick_before_a_beat_is_late) {
    struct watchdog watchdog = {0};
    int64_t now_ms = START_MS;
    for (int i = 0; i < 1000; i++) {
        supervisor_watchdog_beat(&watchdog, now_ms);
        now_ms += WATCHDOG_TICK_MS + WATCHDOG_SLACK_MS - 1;
        cr_assert(not(supervisor_watchdog_tick(&watchdog, now_ms)));
    }
}

Test(watchdog, begins_again_with_each_beat) {
    struct watchdog watchdog = {0};
    for (int beats = 0; beats < 20; beats++) {
        supervisor_watchdog_beat(&watchdog, START_MS + beats * 10000);
        for (int i = 1; i < WATCHDOG_TICKS; i++) {
            cr_assert(supervisor_watchdog_tick(&watchdog, watchdog.due_ms));
            cr_assert(not(supervisor_watchdog_is_over(&watchdog, WATCHDOG_TICKS)));
        }
    }
}

/* A night in which the machine slept is one tick, and so is each of ten such nights. */
Test(watchdog, counts_a_late_tick_once) {
    enum { NIGHT_MS = 8 * 3600 * 1000 };
    struct watchdog watchdog = {0};
    supervisor_watchdog_beat(&watchdog, START_MS);
    cr_assert(supervisor_watchdog_tick(&watchdog, START_MS + NIGHT_MS));
    cr_expect(eq(uint, watchdog.missed, 1));
    cr_expect(not(supervisor_watchdog_tick(&watchdog, START_MS + NIGHT_MS)));
    cr_expect(not(supervisor_watchdog_tick(&watchdog, START_MS + NIGHT_MS + WATCHDOG_TICK_MS - 1)));
    supervisor_watchdog_beat(&watchdog, START_MS + NIGHT_MS + WATCHDOG_TICK_MS);
    cr_expect(eq(int, ticks_until_over(&watchdog, NIGHT_MS), WATCHDOG_TICKS));
}

Test(watchdog, gives_a_start_six_times_as_long_as_senders_wait) {
    cr_expect(eq(uint, supervisor_watchdog_start_ticks(10000), 60));
    cr_expect(eq(uint, supervisor_watchdog_start_ticks(1000), WATCHDOG_TICKS));
    cr_expect(eq(uint, supervisor_watchdog_start_ticks(0), WATCHDOG_TICKS));
}
