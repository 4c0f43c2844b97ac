/* SPDX-License-Identifier: MIT */
/* Which connections may work in a turn of the loop. Tested without a loop: sections stay closed, so
 * no clock is read. */
#include <stdlib.h>
#include <uv.h>

#include "expect.h"
#include "http/http_private.h"

static struct turn turn;
static struct turn_waiter *a;
static struct turn_waiter *b;

static void open_turn(void) {
    turn = (struct turn){.budget_ns = 1000000};
    a = calloc(1, sizeof *a);
    b = calloc(1, sizeof *b);
}

static void close_turn(void) {
    free(a);
    free(b);
}

TestSuite(http_turn, .init = open_turn, .fini = close_turn);

Test(http_turn, a_piece_is_allowed_while_its_cost_fits) {
    cr_expect(http_turn_allows(&turn, a, 1000000));
    cr_expect(not(http_turn_allows(&turn, a, 1000001)));
    turn.spent_ns = 800000;
    cr_expect(http_turn_allows(&turn, a, 200000));
    cr_expect(not(http_turn_allows(&turn, a, TURN_SLICE_NS)));
    turn.spent_ns = 1000001;
    cr_expect(not(http_turn_allows(&turn, NULL, TURN_SMALL_NS)));
    http_turn_begin(&turn);
    cr_expect(http_turn_allows(&turn, a, TURN_SLICE_NS));
    cr_expect(eq(u64, turn.busiest_ns, 1000001));
}

Test(http_turn, the_favourite_may_always_and_its_share_is_kept_free) {
    turn.favourite = a;
    turn.spent_ns = 650000;
    cr_expect(not(http_turn_allows(&turn, b, 100000)), "100 us more would leave less than a slice");
    cr_expect(http_turn_allows(&turn, b, 50000));
    turn.spent_ns = 5000000;
    cr_expect(http_turn_allows(&turn, a, TURN_SLICE_NS));
    cr_expect(not(http_turn_allows(&turn, NULL, TURN_SMALL_NS)));
    http_turn_did(&turn, b);
    cr_expect(http_turn_allows(&turn, a, TURN_SLICE_NS));
    http_turn_did(&turn, a);
    cr_expect(not(http_turn_allows(&turn, a, TURN_SMALL_NS)), "one piece, no more");
}

Test(http_turn, what_came_before_a_slice_is_taken_off_its_time) {
    turn.begun_ns = 5000000;
    cr_expect(eq(u64, http_turn_end_ns(&turn), 6000000));
    turn.spent_ns = 100000;
    cr_expect(eq(u64, http_turn_end_ns(&turn), 5900000));
    turn.spent_ns = 1000001;
    cr_expect(eq(u64, http_turn_end_ns(&turn), 5000000), "it is over: one step, no more");
}

Test(http_turn, the_time_of_an_open_section_counts) {
    turn.budget_ns = 0;
    cr_expect(http_turn_allows(&turn, a, 0));
    http_turn_enter(&turn);
    while (uv_hrtime() == turn.begun_ns)
        continue;
    cr_expect(not(http_turn_allows(&turn, a, 0)));
    http_turn_leave(&turn);
    cr_expect(ne(u64, turn.spent_ns, 0));
}

Test(http_turn, who_waits_longest_comes_first) {
    http_turn_push(&turn, a);
    http_turn_push(&turn, b);
    cr_expect(eq(sz, turn.waiting, 2));
    cr_expect(a->queued && b->queued);
    cr_expect(eq(ptr, http_turn_pop(&turn), a));
    cr_expect(not(a->queued));
    http_turn_push(&turn, a);
    cr_expect(eq(ptr, http_turn_pop(&turn), b));
    cr_expect(eq(ptr, http_turn_pop(&turn), a));
    cr_expect(eq(ptr, http_turn_pop(&turn), NULL));
    cr_expect(eq(sz, turn.waiting, 0));
}

Test(http_turn, a_waiter_that_is_over_is_forgotten) {
    http_turn_push(&turn, a);
    http_turn_push(&turn, b);
    http_turn_remove(&turn, b);
    http_turn_remove(&turn, b);
    http_turn_push(&turn, b);
    http_turn_remove(&turn, a);
    cr_expect(eq(ptr, http_turn_pop(&turn), b));
    turn.favourite = a;
    http_turn_remove(&turn, a);
    cr_expect(eq(ptr, (void *)turn.favourite, NULL));
    cr_expect(eq(sz, turn.waiting, 0));
}
