/* SPDX-License-Identifier: MIT */
/* How long no daemon may be ready, with the clock passed in. */
#include "supervisor/supervisor_private.h"

#include "assertions.h"

TestSuite(ready_timeout, .timeout = 300);

enum { START_MS = 1000000, MOST_MS = 10000 };

Test(ready_timeout, is_over_in_time) {
    struct ready_timeout timeout = {0};
    cr_expect(eq(i64, supervisor_ready_timeout_due_ms(&timeout, MOST_MS), 0));
    supervisor_ready_timeout_look(&timeout, true, START_MS, MOST_MS);
    cr_expect(not(timeout.over));
    cr_expect(eq(i64, supervisor_ready_timeout_due_ms(&timeout, MOST_MS), START_MS + MOST_MS));
    supervisor_ready_timeout_look(&timeout, true, START_MS + MOST_MS - 1, MOST_MS);
    cr_expect(not(timeout.over));
    supervisor_ready_timeout_look(&timeout, true, START_MS + MOST_MS, MOST_MS);
    cr_expect(timeout.over);
    cr_expect(eq(i64, supervisor_ready_timeout_due_ms(&timeout, MOST_MS), 0));
}

Test(ready_timeout, begins_again_with_a_daemon_that_is_ready) {
    struct ready_timeout timeout = {0};
    for (int64_t now_ms = START_MS; now_ms < START_MS + 20 * MOST_MS; now_ms += MOST_MS) {
        supervisor_ready_timeout_look(&timeout, true, now_ms, MOST_MS);
        cr_expect(not(timeout.over));
        supervisor_ready_timeout_look(&timeout, false, now_ms + MOST_MS - 1, MOST_MS);
        cr_expect(eq(i64, timeout.since_ms, 0));
    }
    supervisor_ready_timeout_look(&timeout, true, START_MS, MOST_MS);
    supervisor_ready_timeout_look(&timeout, true, START_MS + MOST_MS, MOST_MS);
    supervisor_ready_timeout_look(&timeout, false, START_MS + MOST_MS, MOST_MS);
    cr_expect(not(timeout.over));
}

Test(ready_timeout, of_nothing_is_over_at_once) {
    struct ready_timeout timeout = {0};
    supervisor_ready_timeout_look(&timeout, true, START_MS, 0);
    cr_expect(timeout.over);
}
