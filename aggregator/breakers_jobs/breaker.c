/* SPDX-License-Identifier: MIT */
/*
 * breaker.c - when a circuit breaker opens and closes.
 *
 * The rules are those of resilience4j: a ratio over a sliding window, from a least number of
 * attempts on (https://resilience4j.readme.io/docs/circuitbreaker); the longer cool-down at each
 * failed probe is that of Envoy's outlier detection. That several processes must agree, and that a
 * probe is known by its epoch, is our own.
 */
#include "breakers_jobs/breakers_jobs_private.h"

#include <stddef.h>

/* ---- the window ---- */

/* How many parts lie between the newest one and mono_ms: 0 is the newest itself. */
static uint64_t parts_behind(const struct breaker_window *window, int64_t mono_ms) {
    return window->part_ms > 0 && mono_ms > window->newest_ms
               ? (uint64_t)((mono_ms - window->newest_ms) / window->part_ms)
               : 0;
}

struct breakers_sums breaker_window_sums(const struct breaker_window *window, int64_t mono_ms) {
    struct breakers_sums sums = {0};
    const uint64_t gone =
        window->newest_ms == 0 ? CATALOG_WINDOW_PARTS : parts_behind(window, mono_ms);
    for (uint64_t age = 0; age + gone < CATALOG_WINDOW_PARTS; age++) {
        const size_t part = (window->newest + CATALOG_WINDOW_PARTS - age) % CATALOG_WINDOW_PARTS;
        sums.attempts += window->attempts[part];
        sums.failed += window->failed[part];
        sums.timed += window->timed[part];
        sums.slow += window->slow[part];
    }
    return sums;
}

static void note_part(const struct breaker_window *window, size_t part, struct undo *undo) {
    undo_word(undo, &window->attempts[part]);
    undo_word(undo, &window->failed[part]);
    undo_word(undo, &window->timed[part]);
    undo_word(undo, &window->slow[part]);
}

static void empty_part(struct breaker_window *window, size_t part, struct undo *undo) {
    note_part(window, part, undo);
    window->attempts[part] = window->failed[part] = window->timed[part] = window->slow[part] = 0;
}

static void note_head(const struct breaker_window *window, struct undo *undo) {
    undo_range(undo, window, offsetof(struct breaker_window, attempts));
}

static void empty_window(struct breaker_window *window, struct undo *undo) {
    note_head(window, undo);
    undo_word(undo, &window->seen.count);
    undo_word(undo, &window->bad.count);
    window->newest_ms = 0;
    window->seen.count = window->bad.count = 0;
}

static int64_t part_length(const struct catalog_breaker *rules) {
    const int64_t part_ms = rules->window_ms / CATALOG_WINDOW_PARTS;
    return part_ms > 0 ? part_ms : 1;
}

/* Make the newest part the one that holds mono_ms. */
static void turn_window(struct breaker_window *window, const struct catalog_breaker *rules,
                        int64_t mono_ms, struct undo *undo) {
    const bool begins = window->newest_ms == 0;
    const uint64_t steps = begins ? CATALOG_WINDOW_PARTS : parts_behind(window, mono_ms);
    if (steps == 0)
        return;
    note_head(window, undo);
    if (begins) {
        window->part_ms = part_length(rules);
        window->newest_ms = mono_ms > 0 ? mono_ms : 1;
    } else {
        window->newest_ms += (int64_t)steps * window->part_ms;
    }
    for (uint64_t i = 0; i < steps && i < CATALOG_WINDOW_PARTS; i++) {
        window->newest = (window->newest + 1) % CATALOG_WINDOW_PARTS;
        empty_part(window, window->newest, undo);
    }
}

static void add_pid(struct breaker_pids *pids, int32_t pid, int64_t mono_ms, struct undo *undo) {
    uint32_t at = 0;
    uint32_t oldest = 0;
    for (; at < pids->count && pids->pid[at] != pid; at++)
        if (pids->at_ms[at] < pids->at_ms[oldest])
            oldest = at;
    if (at == BREAKER_PIDS)
        at = oldest;
    undo_word(undo, &pids->count);
    undo_word(undo, &pids->pid[at]);
    undo_word(undo, &pids->at_ms[at]);
    pids->count += at == pids->count;
    pids->pid[at] = pid;
    pids->at_ms[at] = mono_ms;
}

static uint32_t recent_pids(const struct breaker_pids *pids, int64_t after_ms) {
    uint32_t recent = 0;
    for (uint32_t i = 0; i < pids->count; i++)
        recent += pids->at_ms[i] > after_ms;
    return recent;
}

/* ---- the rules ---- */

static bool has_ratio(const struct catalog_breaker *rules) {
    return rules->failure_ratio > 0 || rules->slow_ratio > 0;
}

static bool is_slow(const struct catalog_breaker *rules, const struct breaker_attempt *attempt) {
    return rules->slow_ratio > 0 && attempt->took_ms >= (double)rules->slow_ms;
}

/* Put a call of a closed breaker into the window. */
static void look(struct breaker_window *window, const struct catalog_breaker *rules,
                 const struct breaker_attempt *attempt, int64_t mono_ms, struct undo *undo) {
    const bool slow = is_slow(rules, attempt);
    if (!has_ratio(rules) && rules->agree <= 1)
        return;
    turn_window(window, rules, mono_ms, undo);
    const uint32_t part = window->newest;
    note_part(window, part, undo);
    window->attempts[part]++;
    window->failed[part] += !attempt->success;
    window->timed[part] += attempt->took_ms >= 0;
    window->slow[part] += slow;
    if (rules->agree > 1) {
        add_pid(&window->seen, attempt->pid, mono_ms, undo);
        if (!attempt->success || slow)
            add_pid(&window->bad, attempt->pid, mono_ms, undo);
    }
}

/* Whether as many processes as the rules ask for failed or were slow within the window: where fewer
 * attempted, all of them. */
static bool is_agreed(const struct breaker_window *window, const struct catalog_breaker *rules,
                      int64_t mono_ms) {
    if (rules->agree <= 1)
        return true;
    const int64_t after_ms = mono_ms - rules->window_ms;
    const uint32_t seen = recent_pids(&window->seen, after_ms);
    return recent_pids(&window->bad, after_ms) >= (seen < rules->agree ? seen : rules->agree);
}

static bool is_above(uint64_t some, uint64_t all, double ratio,
                     const struct catalog_breaker *rules) {
    return ratio > 0 && all >= rules->min_attempts && (double)some >= ratio * (double)all;
}

/* The rule that opens a closed breaker now, after a bad attempt. BREAKER_SAME: none. */
static enum breaker_change rule_that_applies(const struct breaker *breaker,
                                             const struct breaker_window *window,
                                             const struct catalog_breaker *rules, int64_t mono_ms) {
    enum breaker_change rule = BREAKER_SAME;
    if (has_ratio(rules)) {
        const struct breakers_sums sums = breaker_window_sums(window, mono_ms);
        if (is_above(sums.slow, sums.timed, rules->slow_ratio, rules))
            rule = BREAKER_SLOW;
        if (is_above(sums.failed, sums.attempts, rules->failure_ratio, rules))
            rule = BREAKER_FAILING;
    }
    if (rules->open_after > 0 && breaker->failures >= rules->open_after)
        rule = BREAKER_TRIPPED;
    return rule != BREAKER_SAME && is_agreed(window, rules, mono_ms) ? rule : BREAKER_SAME;
}

/* ---- the transitions ---- */

/* The epoch that is `steps` after this one; epochs run from 1 to BREAKER_EPOCHS. */
static uint32_t epoch_behind(uint32_t epoch, uint64_t steps) {
    const uint64_t epochs = BREAKER_EPOCHS;
    return (uint32_t)((epoch - 1 + steps % epochs) % epochs) + 1;
}

void breaker_init(struct breaker *breaker, uint64_t seed) {
    *breaker = (struct breaker){.state = BREAKER_CLOSED,
                                .epoch = (uint32_t)(seed % (uint64_t)BREAKER_EPOCHS) + 1};
}

int64_t breaker_cooldown_ms(const struct breaker *breaker, const struct catalog_breaker *rules) {
    double ms = rules->cooldown_ms > 0 ? (double)rules->cooldown_ms : 1;
    if (rules->cooldown_factor > 1)
        for (uint32_t i = 0; i < breaker->reopened && ms < (double)rules->cooldown_max_ms; i++)
            ms *= rules->cooldown_factor;
    const bool longest = rules->cooldown_factor > 1 && ms > (double)rules->cooldown_max_ms;
    return longest ? rules->cooldown_max_ms : (int64_t)ms;
}

static void enter(struct breaker *breaker, enum breaker_state state, int64_t mono_ms) {
    breaker->state = state;
    breaker->since_ms = mono_ms;
    breaker->entered_ms = mono_ms;
    breaker->probed = 0;
    breaker->silent = 0;
    breaker->heard = breaker->held = 0;
    if (state == BREAKER_HALF_OPEN)
        breaker->epoch = epoch_behind(breaker->epoch, 1);
}

void breaker_force(struct breaker *breaker, enum breaker_state state, int64_t mono_ms) {
    enter(breaker, state, mono_ms);
    breaker->epoch = epoch_behind(breaker->epoch, 1); /* what was allowed before is late */
    breaker->forced = 1;
}

void breaker_release(struct breaker *breaker, struct breaker_window *window, int64_t mono_ms,
                     struct undo *undo) {
    breaker->forced = 0;
    breaker->failures = 0;
    if (breaker->state != BREAKER_OPEN)
        breaker->epoch = epoch_behind(breaker->epoch, 1);
    enter(breaker, breaker->state == BREAKER_OPEN ? BREAKER_HALF_OPEN : breaker->state, mono_ms);
    empty_window(window, undo);
}

void breaker_follow(struct breaker *breaker, enum breaker_state state, int64_t mono_ms) {
    enter(breaker, state, mono_ms);
}

static void restore_pids(struct breaker_pids *pids, const struct breaker_pids *former,
                         int64_t mono_ms) {
    *pids = *former;
    pids->count = pids->count < BREAKER_PIDS ? pids->count : BREAKER_PIDS;
    for (int i = 0; i < BREAKER_PIDS; i++)
        pids->at_ms[i] = earlier(pids->at_ms[i], mono_ms);
}

void breaker_restore(struct breaker *breaker, struct breaker_window *window,
                     const struct catalog_breaker *rules, const struct breaker *former,
                     const struct breaker_window *former_window, int64_t mono_ms) {
    breaker->state = rules->declared && (uint32_t)former->state < BREAKER_STATE_COUNT
                         ? former->state
                         : BREAKER_CLOSED;
    if (former->epoch > 0 && former->epoch <= BREAKER_EPOCHS)
        breaker->epoch = former->epoch;
    /* If the rules were different then, these may exceed what they allow now; the next outcome
     * decides. */
    breaker->failures = former->failures;
    breaker->reopened = former->reopened;
    breaker->forced = former->forced == 1 && rules->declared && !rules->reported;
    breaker->probed = breaker->state == BREAKER_HALF_OPEN ? former->probed : 0;
    breaker->silent = breaker->state == BREAKER_HALF_OPEN ? former->silent : 0;
    breaker->heard = breaker->state == BREAKER_HALF_OPEN && former->heard == 1;
    breaker->since_ms = earlier(former->since_ms, mono_ms);
    breaker->entered_ms = earlier(former->entered_ms, breaker->since_ms);
    const bool goes_on = former_window->newest_ms > 0 && former_window->newest_ms <= mono_ms &&
                         former_window->part_ms == part_length(rules);
    *window = (struct breaker_window){0};
    if (goes_on) {
        *window = *former_window;
        window->newest %= CATALOG_WINDOW_PARTS;
        restore_pids(&window->seen, &former_window->seen, mono_ms);
        restore_pids(&window->bad, &former_window->bad, mono_ms);
    }
}

enum breaker_change breaker_advance(struct breaker *breaker, const struct catalog_breaker *rules,
                                    int64_t mono_ms, int64_t *ret_at_ms) {
    if (rules->reported || breaker->state == BREAKER_CLOSED || breaker->forced)
        return BREAKER_SAME;
    const bool open = breaker->state == BREAKER_OPEN;
    const int64_t probe_ms = rules->probe_ms > 0 ? rules->probe_ms : 1;
    const int64_t length_ms = open ? breaker_cooldown_ms(breaker, rules) : probe_ms;
    const int64_t past_ms = mono_ms - breaker->since_ms;
    if (past_ms < length_ms)
        return BREAKER_SAME;
    if (open) {
        enter(breaker, BREAKER_HALF_OPEN, breaker->since_ms + length_ms);
        *ret_at_ms = breaker->since_ms;
        return BREAKER_COOLED;
    }
    const uint64_t steps = (uint64_t)(past_ms / length_ms);
    breaker->epoch = epoch_behind(breaker->epoch, steps);
    breaker->since_ms += (int64_t)steps * length_ms;
    /* However many have passed: only the last look of one is known. */
    const bool silent = breaker->held && !breaker->heard;
    if (!silent)
        breaker->silent = 0;
    else if (breaker->silent < BREAKER_SILENT_MAX)
        breaker->silent++;
    breaker->heard = breaker->held = 0;
    *ret_at_ms = breaker->since_ms;
    return silent ? BREAKER_SILENT : BREAKER_NEW_EPOCH;
}

/* Whether the attempt decides nothing: its call began before the present state. */
static bool is_late(const struct breaker *breaker, const struct breaker_attempt *attempt,
                    int64_t mono_ms) {
    if (breaker->state == BREAKER_OPEN || breaker->forced)
        return true;
    if (attempt->mark != 0)
        return attempt->mark != breaker->epoch;
    return attempt->took_ms >= 0 && breaker->entered_ms != 0 &&
           attempt->took_ms >= (double)(mono_ms - breaker->entered_ms);
}

static void count_failures(struct breaker *breaker, bool success) {
    breaker->failures = success ? 0 : breaker->failures + 1;
}

static enum breaker_change judge_probe(struct breaker *breaker, struct breaker_window *window,
                                       const struct catalog_breaker *rules, bool good,
                                       int64_t mono_ms, struct undo *undo) {
    breaker->silent = 0;
    breaker->heard = 1;
    if (!good) {
        breaker->reopened += breaker->reopened < UINT32_MAX;
        enter(breaker, BREAKER_OPEN, mono_ms);
        return BREAKER_PROBE_FAILED;
    }
    if (++breaker->probed < rules->probes)
        return BREAKER_SAME;
    enter(breaker, BREAKER_CLOSED, mono_ms);
    empty_window(window, undo);
    return BREAKER_RECOVERED;
}

enum breaker_change breaker_outcome(struct breaker *breaker, struct breaker_window *window,
                                    const struct catalog_breaker *rules,
                                    const struct breaker_attempt *attempt, int64_t mono_ms,
                                    struct undo *undo) {
    const bool runs_here = rules->declared && !rules->reported;
    const bool late = runs_here && is_late(breaker, attempt, mono_ms);
    const bool good = attempt->success && !is_slow(rules, attempt);
    if (!late || breaker->state == BREAKER_OPEN)
        count_failures(breaker, attempt->success);
    if (late || !runs_here)
        return late ? BREAKER_LATE : BREAKER_SAME;
    if (breaker->state == BREAKER_HALF_OPEN)
        return judge_probe(breaker, window, rules, good, mono_ms, undo);
    look(window, rules, attempt, mono_ms, undo);
    const enum breaker_change rule =
        good ? BREAKER_SAME : rule_that_applies(breaker, window, rules, mono_ms);
    if (rule == BREAKER_SAME)
        return BREAKER_SAME;
    if (mono_ms - breaker->entered_ms >= rules->cooldown_max_ms)
        breaker->reopened = 0;
    enter(breaker, BREAKER_OPEN, mono_ms);
    return rule;
}
