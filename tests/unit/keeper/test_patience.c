/* How long no daemon may be ready, with the clock passed in. */
#include "keeper/patience.h"

#include "assertions.h"

TestSuite(patience, .timeout = 300);

enum { START_MS = 1000000, MOST_MS = 10000 };

Test(patience, is_over_in_time) {
    struct patience patience = {0};
    cr_expect(eq(i64, patience_due_ms(&patience, MOST_MS), 0));
    patience_look(&patience, true, START_MS, MOST_MS);
    cr_expect(not(patience.over));
    cr_expect(eq(i64, patience_due_ms(&patience, MOST_MS), START_MS + MOST_MS));
    patience_look(&patience, true, START_MS + MOST_MS - 1, MOST_MS);
    cr_expect(not(patience.over));
    patience_look(&patience, true, START_MS + MOST_MS, MOST_MS);
    cr_expect(patience.over);
    cr_expect(eq(i64, patience_due_ms(&patience, MOST_MS), 0));
}

Test(patience, begins_again_with_a_daemon_that_is_ready) {
    struct patience patience = {0};
    for (int64_t now_ms = START_MS; now_ms < START_MS + 20 * MOST_MS; now_ms += MOST_MS) {
        patience_look(&patience, true, now_ms, MOST_MS);
        cr_expect(not(patience.over));
        patience_look(&patience, false, now_ms + MOST_MS - 1, MOST_MS);
        cr_expect(eq(i64, patience.since_ms, 0));
    }
    patience_look(&patience, true, START_MS, MOST_MS);
    patience_look(&patience, true, START_MS + MOST_MS, MOST_MS);
    patience_look(&patience, false, START_MS + MOST_MS, MOST_MS);
    cr_expect(not(patience.over));
}

Test(patience, of_nothing_is_over_at_once) {
    struct patience patience = {0};
    patience_look(&patience, true, START_MS, 0);
    cr_expect(patience.over);
}
