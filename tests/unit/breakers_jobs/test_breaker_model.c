/* SPDX-License-Identifier: MIT */
/*
 * Random rules, attempts, marks, durations, decisions, restarts and pauses, against a reference
 * that was written from the table of states: it keeps every attempt, and counts them anew each
 * time.
 */
#include <string.h>

#include "assertions.h"
#include "breakers_jobs/breakers_jobs_private.h"
#include "rig.h"
#include "sanitized.h"

enum { ATTEMPTS_MAX = 4000, PIDS = 5 };

struct call {
    int64_t at;
    int32_t pid;
    bool success;
    bool slow;
    bool timed;
};

static struct reference {
    struct catalog_breaker rules;
    enum breaker_state state;
    uint32_t epoch;
    uint64_t failures;
    uint32_t good;
    uint32_t reopened;
    int64_t entered; /* the state; 0: from the start */
    int64_t since;   /* the epoch, while half-open */
    bool forced;
    struct call calls[ATTEMPTS_MAX]; /* since the window was last empty */
    size_t count;
} ref;

static uint64_t dice;

static uint32_t below(uint32_t bound) {
    return rig_below(&dice, bound);
}

/* ---- the reference ---- */

static void enter(enum breaker_state state, int64_t now) {
    ref.state = state;
    ref.entered = ref.since = now;
    ref.good = 0;
    ref.epoch += state == BREAKER_HALF_OPEN;
}

static int64_t cooldown(void) {
    double ms = (double)ref.rules.cooldown_ms;
    for (uint32_t i = 0; i < ref.reopened && ms < 1e12; i++)
        ms *= ref.rules.cooldown_factor;
    return ref.rules.cooldown_factor > 1 && ms > (double)ref.rules.cooldown_max_ms
               ? ref.rules.cooldown_max_ms
               : (int64_t)ms;
}

/* One millisecond has passed. */
static void pass(int64_t now) {
    if (ref.forced)
        return;
    if (ref.state == BREAKER_OPEN && now - ref.since == cooldown())
        enter(BREAKER_HALF_OPEN, now);
    else if (ref.state == BREAKER_HALF_OPEN && now - ref.since == ref.rules.probe_ms) {
        ref.epoch++;
        ref.since = now;
    }
}

static bool is_within(const struct call *call, int64_t now) {
    const int64_t part = ref.rules.window_ms / CATALOG_WINDOW_PARTS;
    const int64_t first = ref.calls[0].at;
    return (now - first) / part - (call->at - first) / part < CATALOG_WINDOW_PARTS;
}

static bool opens(int64_t now) {
    const struct catalog_breaker *rules = &ref.rules;
    unsigned all = 0;
    unsigned failed = 0;
    unsigned timed = 0;
    unsigned slow = 0;
    bool seen[PIDS] = {false};
    bool bad[PIDS] = {false};
    for (size_t i = 0; i < ref.count; i++) {
        const struct call *call = &ref.calls[i];
        if (is_within(call, now)) {
            all++;
            failed += !call->success;
            timed += call->timed;
            slow += call->slow;
        }
        if (call->at > now - rules->window_ms) {
            seen[call->pid] = true;
            bad[call->pid] |= !call->success || call->slow;
        }
    }
    unsigned seen_count = 0;
    unsigned bad_count = 0;
    for (int i = 0; i < PIDS; i++) {
        seen_count += seen[i];
        bad_count += bad[i];
    }
    const bool agreed =
        rules->agree <= 1 || bad_count >= (seen_count < rules->agree ? seen_count : rules->agree);
    const bool ratio = rules->failure_ratio > 0 && all >= rules->min_attempts &&
                       failed >= rules->failure_ratio * all;
    const bool slowness =
        rules->slow_ratio > 0 && timed >= rules->min_attempts && slow >= rules->slow_ratio * timed;
    const bool row = rules->open_after > 0 && ref.failures >= rules->open_after;
    return agreed && (ratio || slowness || row);
}

static void attempt(const struct breaker_attempt *made, int64_t now) {
    const bool slow = ref.rules.slow_ratio > 0 && made->took_ms >= (double)ref.rules.slow_ms;
    const bool good = made->success && !slow;
    const bool late = made->mark != 0 ? made->mark != ref.epoch
                                      : made->took_ms >= 0 && ref.entered != 0 &&
                                            made->took_ms >= (double)(now - ref.entered);
    if (ref.state == BREAKER_OPEN) {
        ref.failures = made->success ? 0 : ref.failures + 1;
        return;
    }
    if (ref.forced || late)
        return;
    ref.failures = made->success ? 0 : ref.failures + 1;
    if (ref.state == BREAKER_HALF_OPEN) {
        if (!good) {
            ref.reopened++;
            enter(BREAKER_OPEN, now);
        } else if (++ref.good == ref.rules.probes) {
            enter(BREAKER_CLOSED, now);
            ref.count = 0;
        }
        return;
    }
    cr_assert(lt(sz, ref.count, ATTEMPTS_MAX));
    ref.calls[ref.count++] = (struct call){now, made->pid, made->success, slow, made->took_ms >= 0};
    if (good || !opens(now))
        return;
    if (now - ref.entered >= ref.rules.cooldown_max_ms)
        ref.reopened = 0;
    enter(BREAKER_OPEN, now);
}

/* ---- games ---- */

static struct catalog_breaker random_rules(void) {
    struct catalog_breaker rules = {.declared = true,
                                    .window_ms = 10 * (int64_t)(1 + below(20)),
                                    .min_attempts = 1 + below(6),
                                    .agree = 1 + below(4),
                                    .cooldown_ms = 1 + below(40),
                                    .cooldown_factor = 1 + below(3),
                                    .probes = 1 + below(3),
                                    .probe_ms = 1 + below(60)};
    rules.cooldown_max_ms = rules.cooldown_ms + below(100);
    const uint32_t which = 1 + below(7);
    if (which & 1)
        rules.open_after = 1 + below(6);
    if (which & 2)
        rules.failure_ratio = (1 + below(10)) / 10.0;
    if (which & 4) {
        rules.slow_ratio = (1 + below(10)) / 10.0;
        rules.slow_ms = 1 + below(20);
    }
    return rules;
}

static struct breaker_attempt random_attempt(void) {
    static const double took[] = {-1, -1, 0, 3, 12, 40};
    const uint32_t mark = below(6);
    return (struct breaker_attempt){.success = below(3) != 0,
                                    .pid = (int32_t)below(PIDS),
                                    .mark = mark == 1              ? ref.epoch - below(3)
                                            : mark < 4 && mark > 0 ? ref.epoch
                                                                   : 0,
                                    .took_ms = took[below(6)]};
}

/* As the machine does. */
static void decide(struct breaker *breaker, struct breaker_window *window, int64_t now) {
    const uint32_t what = below(3);
    if (what < 2) {
        const enum breaker_state state = what == 0 ? BREAKER_OPEN : BREAKER_CLOSED;
        breaker_force(breaker, state, now);
        enter(state, now);
        ref.epoch++;
        ref.forced = true;
    } else if (ref.forced) {
        breaker_release(breaker, window, now, object_undo(NULL));
        ref.forced = false;
        ref.failures = 0;
        ref.count = 0;
        ref.epoch += ref.state == BREAKER_CLOSED;
        enter(ref.state == BREAKER_OPEN ? BREAKER_HALF_OPEN : BREAKER_CLOSED, now);
    }
}

static void play(uint64_t seed) {
    dice = seed;
    struct breaker breaker;
    struct breaker_window window = {0};
    breaker_init(&breaker, 100);
    ref = (struct reference){.rules = random_rules(), .epoch = breaker.epoch};
    int64_t now = 10000;
    int64_t at;
    for (int step = 0; step < 1500; step++) {
        const uint32_t what = below(100);
        if (what < 70) {
            const struct breaker_attempt made = random_attempt();
            while (breaker_advance(&breaker, &ref.rules, now, &at) != BREAKER_SAME)
                continue;
            (void)breaker_outcome(&breaker, &window, &ref.rules, &made, now, object_undo(NULL));
            attempt(&made, now);
        } else if (what < 97) {
            for (uint32_t ms = below(below(8) == 0 ? 300 : 12); ms > 0; ms--)
                pass(++now);
        } else if (what == 97) {
            while (breaker_advance(&breaker, &ref.rules, now, &at) != BREAKER_SAME)
                continue;
            decide(&breaker, &window, now);
        } else {
            const struct breaker former = breaker;
            const struct breaker_window former_window = window;
            breaker_init(&breaker, 5);
            breaker_restore(&breaker, &window, &ref.rules, &former, &former_window, now);
        }
        while (breaker_advance(&breaker, &ref.rules, now, &at) != BREAKER_SAME)
            continue;
        cr_assert(breaker.state == ref.state && breaker.epoch == ref.epoch &&
                      breaker.failures == ref.failures && breaker.forced == ref.forced &&
                      (ref.state != BREAKER_OPEN ||
                       breaker_cooldown_ms(&breaker, &ref.rules) == cooldown()),
                  "seed %llu step %d: state %d epoch %u failures %llu; expected %d %u %llu",
                  (unsigned long long)seed, step, (int)breaker.state, breaker.epoch,
                  (unsigned long long)breaker.failures, (int)ref.state, ref.epoch,
                  (unsigned long long)ref.failures);
    }
}

Test(breaker_model, the_judge_agrees_with_the_table_of_states) {
    for (uint64_t seed = 1; seed <= sanitized_games(2000); seed++)
        play(seed);
}
