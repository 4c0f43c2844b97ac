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

Test(breaker, opens_at_the_limit_and_not_before) {
    struct breaker breaker;
    breaker_init(&breaker, 7);
    cr_expect(eq(int, end(&breaker, false, 0), BREAKER_SAME));
    cr_expect(eq(int, end(&breaker, false, 0), BREAKER_SAME));
    cr_expect(eq(int, end(&breaker, true, 0), BREAKER_SAME));
    cr_expect(eq(u64, breaker.failures, 0));
    cr_expect(eq(int, end(&breaker, false, 0), BREAKER_SAME));
    cr_expect(eq(int, end(&breaker, false, 0), BREAKER_SAME));
    cr_expect(eq(int, end(&breaker, false, 0), BREAKER_TRIPPED));
}

Test(breaker, is_half_open_exactly_after_the_cool_down) {
    struct breaker breaker = opened_at(1000);
    const uint32_t epoch = breaker.epoch;
    int64_t at = -1;
    cr_expect(eq(int, breaker_advance(&breaker, &rules, 1099, &at), BREAKER_SAME));
    cr_expect(eq(i64, at, -1), "untouched while nothing changes");
    cr_expect(eq(int, breaker_advance(&breaker, &rules, 1100, &at), BREAKER_COOLED));
    cr_expect(eq(i64, at, 1100));
    cr_expect(eq(u32, breaker.epoch, epoch + 1));
}

Test(breaker, epochs_do_not_depend_on_how_often_time_is_given) {
    struct breaker often = opened_at(0);
    struct breaker seldom = often;
    int64_t at = 0;
    for (int64_t now = 0; now <= 1050; now++)
        while (breaker_advance(&often, &rules, now, &at) != BREAKER_SAME)
            continue;
    while (breaker_advance(&seldom, &rules, 1050, &at) != BREAKER_SAME)
        continue;
    cr_expect(eq(u32, often.epoch, seldom.epoch));
    cr_expect(eq(i64, often.since_ms, seldom.since_ms));
    cr_expect(eq(i64, at, 1000));
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

Test(breaker, closes_after_its_probes_and_opens_at_one_failure) {
    struct breaker breaker = opened_at(0);
    int64_t at;
    (void)breaker_advance(&breaker, &rules, 100, &at);
    cr_expect(eq(int, end(&breaker, true, 110), BREAKER_SAME));
    cr_expect(eq(int, end(&breaker, false, 120), BREAKER_PROBE_FAILED));
    cr_expect(eq(u64, breaker.failures, 1));
    cr_expect(eq(int, breaker_advance(&breaker, &rules, 219, &at), BREAKER_SAME));
    cr_expect(eq(int, breaker_advance(&breaker, &rules, 220, &at), BREAKER_COOLED));
    cr_expect(eq(int, end(&breaker, true, 230), BREAKER_SAME), "probes count from 0 again");
    cr_expect(eq(int, end(&breaker, true, 400), BREAKER_RECOVERED));
    cr_expect(eq(int, breaker_advance(&breaker, &rules, 99999, &at), BREAKER_SAME));
}

Test(breaker, outcomes_while_open_change_the_count_of_failures_only) {
    struct breaker breaker = opened_at(0);
    cr_expect(eq(int, end(&breaker, false, 50), BREAKER_LATE));
    cr_expect(eq(u64, breaker.failures, 4));
    cr_expect(eq(int, end(&breaker, true, 60), BREAKER_LATE));
    cr_expect(eq(u64, breaker.failures, 0));
    cr_expect(eq(int, breaker.state, BREAKER_OPEN));
    int64_t at;
    cr_expect(eq(int, breaker_advance(&breaker, &rules, 100, &at), BREAKER_COOLED),
              "the cool-down starts with the opening");
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

/* How long until it opens, at 100 attempts a second of which 80 % fail: rhythm 0 is random. -1: not
 * within two windows. */
static int64_t opens_after(unsigned rhythm, int32_t processes, uint64_t seed) {
    struct life life = born(&half);
    const int64_t start = life.now;
    for (unsigned i = 0; i < 2000; i++, life.now += 10) {
        const bool good = rhythm == 0 ? rig_random(&seed) % 5 == 0 : i % (5 * rhythm) < rhythm;
        (void)call(&life, good, 1 + (int32_t)(rig_random(&seed) % (uint64_t)processes), -1);
        if (life.breaker.state == BREAKER_OPEN)
            return life.now - start;
    }
    return -1;
}

Test(breaker, a_ratio_opens_within_the_window_whatever_the_rhythm) {
    for (unsigned rhythm = 0; rhythm <= 10; rhythm++)
        for (unsigned processes = 1; processes <= 200;
             processes = processes == 1 ? 8 : 25 * processes)
            for (uint64_t seed = 0; seed < (rhythm == 0 ? 100 : 1); seed++) {
                const int64_t after = opens_after(rhythm, (int32_t)processes, seed);
                cr_assert(after >= 0 && after <= half.window_ms,
                          "rhythm %u, %u processes, seed %llu: %lld ms", rhythm, processes,
                          (unsigned long long)seed, (long long)after);
            }
}

Test(breaker, a_tenth_of_failures_does_not_open_it) {
    struct life life = born(&half);
    uint64_t seed = 1;
    for (int i = 0; i < 1000; i++, life.now += 10) /* fills the window */
        (void)call(&life, i % 10 != 0, 1, -1);
    for (int i = 0; i < 1000000; i++, life.now += 10) {
        (void)call(&life, rig_random(&seed) % 10 != 0, 1, -1);
        cr_assert(life.breaker.state == BREAKER_CLOSED, "attempt %d", i);
    }
}

Test(breaker, what_left_the_window_is_forgotten) {
    struct life life = born(&half);
    for (int i = 0; i < 19; i++)
        (void)call(&life, false, 1, -1);
    cr_expect(life.breaker.state == BREAKER_CLOSED, "fewer than min_attempts");
    life.now += 9999; /* the parts began with the first attempt */
    cr_expect(eq(u64, breaker_window_sums(&life.window, life.now).failed, 19));
    life.now += 1;
    cr_expect(eq(u64, breaker_window_sums(&life.window, life.now).failed, 0));
    cr_expect(eq(int, call(&life, false, 1, -1), BREAKER_SAME));
    cr_expect(eq(u64, breaker_window_sums(&life.window, life.now).attempts, 1));
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

Test(breaker, where_fewer_processes_attempt_all_of_them_must_have_failed) {
    struct catalog_breaker three = half;
    three.agree = 3;
    three.min_attempts = 1;
    struct life life = born(&three);
    (void)call(&life, true, 1, -1);
    (void)call(&life, false, 2, -1);
    cr_expect(life.breaker.state == BREAKER_CLOSED, "one of two");
    (void)call(&life, false, 1, -1);
    cr_expect(life.breaker.state == BREAKER_OPEN, "both");
    life = born(&three);
    (void)call(&life, false, 0, -1);
    cr_expect(life.breaker.state == BREAKER_OPEN, "the only one");
}

Test(breaker, slow_attempts_open_it_and_those_without_duration_do_not_count) {
    struct catalog_breaker slow = half;
    slow.failure_ratio = 0;
    slow.slow_ratio = 0.5;
    slow.slow_ms = 2000;
    slow.min_attempts = 4;
    struct life life = born(&slow);
    for (int i = 0; i < 100; i++)
        (void)call(&life, true, 1, -1);
    for (int i = 0; i < 2; i++)
        (void)call(&life, true, 1, 1999);
    cr_expect(eq(int, call(&life, true, 1, 2000), BREAKER_SAME));
    cr_expect(eq(int, call(&life, true, 1, 2000), BREAKER_SLOW));
}

/* 200 failures of calls that began before the opening, over 30 s; the dependency works again. */
static void expect_late_ones_decide_nothing(bool marked) {
    struct catalog_breaker five = half;
    five.open_after = 5;
    five.failure_ratio = 0;
    struct life life = born(&five);
    for (int i = 0; i < 5; i++)
        (void)call(&life, false, 1, -1);
    cr_assert(life.breaker.state == BREAKER_OPEN);
    const uint32_t epoch = life.breaker.epoch;
    const int64_t opened = life.now;
    int openings = 0;
    for (int i = 0; i < 200; i++, life.now += 150) {
        const struct breaker_attempt late = {.success = i % 7 == 3,
                                             .pid = i,
                                             .mark = marked ? epoch : 0,
                                             .took_ms = (double)(life.now - opened + 1000)};
        int64_t at;
        while (breaker_advance(&life.breaker, &five, life.now, &at) != BREAKER_SAME)
            continue;
        const enum breaker_change change =
            breaker_outcome(&life.breaker, &life.window, &five, &late, life.now, object_undo(NULL));
        cr_assert(eq(int, change, BREAKER_LATE), "at %d", i);
        if (i == 100) {
            cr_assert(life.breaker.state == BREAKER_HALF_OPEN);
            cr_assert(eq(int, call(&life, true, 1, 10), BREAKER_RECOVERED));
        }
        openings += life.breaker.state == BREAKER_OPEN && i > 40;
    }
    cr_expect(eq(int, openings, 0));
    cr_expect(eq(u32, life.breaker.reopened, 0));
    cr_expect(life.breaker.state == BREAKER_CLOSED);
}

Test(breaker, late_failures_do_not_open_it_again) {
    expect_late_ones_decide_nothing(true);
    expect_late_ones_decide_nothing(false);
}

Test(breaker, the_cooldown_grows_with_failed_probes_and_starts_again_after_a_quiet_time) {
    struct life life = born(&half);
    static const int64_t wanted[] = {5000, 10000, 20000, 40000, 60000, 60000};
    for (int i = 0; i < 20; i++)
        (void)call(&life, false, 1, -1);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        cr_assert(eq(i64, breaker_cooldown_ms(&life.breaker, &half), wanted[i]));
        life.now += wanted[i];
        cr_assert(eq(int, call(&life, false, 1, -1), BREAKER_PROBE_FAILED));
    }
    life.now += 60000;
    (void)call(&life, true, 1, -1);
    cr_assert(life.breaker.state == BREAKER_CLOSED);
    struct life soon = life;
    soon.now += 59999;
    for (int i = 0; i < 20; i++)
        (void)call(&soon, false, 1, -1);
    cr_expect(eq(i64, breaker_cooldown_ms(&soon.breaker, &half), 60000));
    life.now += 60000;
    for (int i = 0; i < 20; i++)
        (void)call(&life, false, 1, -1);
    cr_expect(eq(i64, breaker_cooldown_ms(&life.breaker, &half), 5000));
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
