/* SPDX-License-Identifier: MIT */
/* The breaker's transitions alone. */
#include "assertions.h"
#include "breakers_jobs/breakers_jobs_private.h"
#include "rig.h"

static const struct catalog_breaker rules = {.declared = true,
                                             .open_after = 3,
                                             .window_ms = 10000,
                                             .min_attempts = 20,
                                             .agree = 1,
                                             .cooldown_ms = 100,
                                             .cooldown_factor = 1,
                                             .cooldown_max_ms = 300000,
                                             .probes = 2,
                                             .probe_ms = 100};

static struct breaker_window window;

static enum breaker_change end(struct breaker *breaker, bool success, int64_t mono_ms) {
    const struct breaker_attempt attempt = {.success = success, .pid = 1, .took_ms = -1};
    return breaker_outcome(breaker, &window, &rules, &attempt, mono_ms, object_undo(NULL));
}

static struct breaker opened_at(int64_t mono_ms) {
    struct breaker breaker;
    window = (struct breaker_window){0};
    breaker_init(&breaker, 7);
    for (int i = 0; i < 3; i++)
        (void)end(&breaker, false, mono_ms);
    cr_assert(eq(int, breaker.state, BREAKER_OPEN));
    return breaker;
}

Test(breaker, epochs_pass_from_the_last_to_one_and_never_to_zero) {
    struct breaker breaker = opened_at(0);
    int64_t at;
    breaker.epoch = BREAKER_EPOCHS;
    (void)breaker_advance(&breaker, &rules, 100, &at);
    cr_expect(eq(u32, breaker.epoch, 1));
    breaker.epoch = BREAKER_EPOCHS - 1;
    (void)breaker_advance(&breaker, &rules, 300, &at);
    cr_expect(eq(u32, breaker.epoch, 1));
    breaker_init(&breaker, UINT64_MAX);
    cr_expect(lt(u32, 0, breaker.epoch));
    cr_expect(le(u32, breaker.epoch, BREAKER_EPOCHS));
}

/* ---- the table of states ----
 * Every cell: what an attempt is in each state, and what follows from it.
 */

enum mark { UNMARKED, UNASKED, THIS, BEFORE }; /* UNASKED: with 0, as its client could not ask */
enum time { UNTIMED, WITHIN, SINCE, SLOW };
enum what { NOTHING, LATE, COUNTED, FAILED, TRIPS, CLOSES, REOPENS, PROBED };

static const struct cell {
    enum breaker_state state;
    enum mark mark;
    enum time time;
    enum what good; /* of a success */
    enum what bad;  /* of a failure */
} cells[] = {
    {BREAKER_CLOSED, UNMARKED, UNTIMED, COUNTED, TRIPS},
    {BREAKER_CLOSED, UNMARKED, WITHIN, COUNTED, TRIPS},
    {BREAKER_CLOSED, UNMARKED, SINCE, NOTHING, NOTHING},
    {BREAKER_CLOSED, UNASKED, UNTIMED, COUNTED, TRIPS},
    {BREAKER_CLOSED, UNASKED, SINCE, NOTHING, NOTHING},
    {BREAKER_CLOSED, THIS, UNTIMED, COUNTED, TRIPS},
    {BREAKER_CLOSED, THIS, SINCE, COUNTED, TRIPS},
    {BREAKER_CLOSED, BEFORE, UNTIMED, NOTHING, NOTHING},
    {BREAKER_CLOSED, BEFORE, WITHIN, NOTHING, NOTHING},
    {BREAKER_OPEN, UNMARKED, UNTIMED, LATE, LATE},
    {BREAKER_OPEN, UNMARKED, WITHIN, LATE, LATE},
    {BREAKER_OPEN, UNASKED, UNTIMED, LATE, LATE},
    {BREAKER_OPEN, THIS, WITHIN, LATE, LATE},
    {BREAKER_OPEN, BEFORE, UNTIMED, LATE, LATE},
    {BREAKER_HALF_OPEN, UNMARKED, UNTIMED, CLOSES, REOPENS},
    {BREAKER_HALF_OPEN, UNMARKED, WITHIN, CLOSES, REOPENS},
    {BREAKER_HALF_OPEN, UNMARKED, SINCE, NOTHING, NOTHING},
    {BREAKER_HALF_OPEN, UNASKED, UNTIMED, CLOSES, REOPENS},
    {BREAKER_HALF_OPEN, UNASKED, WITHIN, CLOSES, REOPENS},
    {BREAKER_HALF_OPEN, UNASKED, SINCE, NOTHING, NOTHING},
    {BREAKER_HALF_OPEN, THIS, UNTIMED, CLOSES, REOPENS},
    {BREAKER_HALF_OPEN, THIS, SINCE, CLOSES, REOPENS},
    {BREAKER_HALF_OPEN, BEFORE, UNTIMED, NOTHING, NOTHING},
    {BREAKER_HALF_OPEN, BEFORE, WITHIN, NOTHING, NOTHING},
    {BREAKER_CLOSED, UNMARKED, SLOW, FAILED, TRIPS},
    {BREAKER_OPEN, UNMARKED, SLOW, LATE, LATE},
    {BREAKER_HALF_OPEN, THIS, SLOW, REOPENS, REOPENS},
};

/* Half-open since 2000, in epoch 8; closed since 3000; attempts end 500 ms after that. */
static struct breaker in_state(enum breaker_state state) {
    struct breaker breaker = {.state = state,
                              .epoch = 8,
                              .failures = 2,
                              .probed = state == BREAKER_HALF_OPEN,
                              .since_ms = 1000 * (int64_t)state + 1000,
                              .entered_ms = 1000 * (int64_t)state + 1000};
    return breaker;
}

static void expect_cell(const struct cell *cell, bool success, enum what what) {
    struct catalog_breaker with = rules;
    with.slow_ratio = cell->time == SLOW ? 0.5 : 0;
    with.slow_ms = 300;
    with.min_attempts = 1000;
    struct breaker breaker = in_state(cell->state);
    const struct breaker before = breaker;
    const int64_t now = breaker.entered_ms + 500;
    static const uint32_t marks[] = {[UNMARKED] = 0, [UNASKED] = 0, [THIS] = 8, [BEFORE] = 7};
    static const double took[] = {[UNTIMED] = -1, [WITHIN] = 200, [SINCE] = 900, [SLOW] = 400};
    const struct breaker_attempt attempt = {
        .success = success, .pid = 1, .mark = marks[cell->mark], .took_ms = took[cell->time]};
    window = (struct breaker_window){0};
    const enum breaker_change change =
        breaker_outcome(&breaker, &window, &with, &attempt, now, object_undo(NULL));
    const bool moved = what == TRIPS || what == CLOSES || what == REOPENS;
    const enum breaker_change expected = what == NOTHING || what == LATE ? BREAKER_LATE
                                         : what == TRIPS                 ? BREAKER_TRIPPED
                                         : what == CLOSES                ? BREAKER_RECOVERED
                                         : what == REOPENS               ? BREAKER_PROBE_FAILED
                                                                         : BREAKER_SAME;
    const enum breaker_state state = what == CLOSES                     ? BREAKER_CLOSED
                                     : what == TRIPS || what == REOPENS ? BREAKER_OPEN
                                                                        : before.state;
    const uint64_t failures = what == NOTHING ? 2 : success ? 0 : 3;
    cr_expect(change == expected && breaker.state == state && breaker.failures == failures &&
                  breaker.entered_ms == (moved ? now : before.entered_ms) && breaker.epoch == 8 &&
                  breaker.reopened == (what == REOPENS),
              "cell %zu, %s: change %d, state %d, failures %llu", (size_t)(cell - cells),
              success ? "success" : "failure", (int)change, (int)breaker.state,
              (unsigned long long)breaker.failures);
}

Test(breaker, every_cell_of_the_table_of_states) {
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        expect_cell(&cells[i], true, cells[i].good);
        expect_cell(&cells[i], false, cells[i].bad);
    }
}

/* ---- rules ---- */

static const struct catalog_breaker half = {.declared = true,
                                            .failure_ratio = 0.5,
                                            .window_ms = 10000,
                                            .min_attempts = 20,
                                            .agree = 1,
                                            .cooldown_ms = 5000,
                                            .cooldown_factor = 2,
                                            .cooldown_max_ms = 60000,
                                            .probes = 1,
                                            .probe_ms = 30000};

struct life {
    struct breaker breaker;
    struct breaker_window window;
    const struct catalog_breaker *rules;
    int64_t now;
};

static struct life born(const struct catalog_breaker *with) {
    struct life life = {.rules = with, .now = 100000};
    breaker_init(&life.breaker, 7);
    return life;
}

static enum breaker_change call(struct life *life, bool success, int32_t pid, double took_ms) {
    const struct breaker_attempt attempt = {.success = success, .pid = pid, .took_ms = took_ms};
    int64_t at;
    while (breaker_advance(&life->breaker, life->rules, life->now, &at) != BREAKER_SAME)
        continue;
    return breaker_outcome(&life->breaker, &life->window, life->rules, &attempt, life->now,
                           object_undo(NULL));
}

Test(breaker, one_broken_process_among_twenty_opens_nothing_if_three_must_agree) {
    struct catalog_breaker three = half;
    three.agree = 3;
    three.open_after = 5;
    struct life life = born(&three);
    uint64_t seed = 3;
    for (int i = 0; i < 200000; i++, life.now += 1) {
        /* It fails at once and so attempts most. */
        const int32_t pid = rig_random(&seed) % 10 < 8 ? 1 : 2 + (int32_t)(rig_random(&seed) % 19);
        (void)call(&life, pid != 1, pid, -1);
        cr_assert(life.breaker.state == BREAKER_CLOSED, "attempt %d", i);
    }
    for (int32_t pid = 2; pid < 3; pid++)
        (void)call(&life, false, pid, -1);
    cr_expect(life.breaker.state == BREAKER_CLOSED, "two");
    (void)call(&life, false, 9, -1);
    cr_expect(life.breaker.state == BREAKER_OPEN, "three");
}

static void pass_epochs(struct breaker *breaker, int64_t from, int count, bool held) {
    int64_t at;
    for (int i = 1; i <= count; i++) {
        breaker->held = held;
        while (breaker_advance(breaker, &rules, from + 100 * (int64_t)i, &at) != BREAKER_SAME)
            continue;
    }
}

Test(breaker, epochs_with_held_tickets_and_no_report_are_counted) {
    struct breaker breaker = opened_at(0);
    pass_epochs(&breaker, 0, 5, false);
    cr_expect(eq(u32, breaker.silent, 0), "nobody probed");
    pass_epochs(&breaker, 500, 1, true);
    cr_expect(eq(u32, breaker.silent, 1));
    pass_epochs(&breaker, 600, 1, false);
    cr_expect(eq(u32, breaker.silent, 0), "not in a row");
    pass_epochs(&breaker, 700, 3, true);
    cr_expect(eq(u32, breaker.silent, BREAKER_SILENT_MAX));
    cr_expect(eq(int, end(&breaker, true, 1000), BREAKER_SAME));
    cr_expect(eq(u32, breaker.silent, 0));
    pass_epochs(&breaker, 1000, 1, true);
    cr_expect(eq(u32, breaker.silent, 0), "one has reported");
    pass_epochs(&breaker, 1100, 1, true);
    cr_expect(eq(u32, breaker.silent, 1));
    breaker.held = true;
    int64_t at;
    while (breaker_advance(&breaker, &rules, 100000, &at) != BREAKER_SAME)
        continue;
    cr_expect(eq(u32, breaker.silent, 2), "a pause of many epochs is one");
}
