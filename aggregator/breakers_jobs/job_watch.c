/* SPDX-License-Identifier: MIT */
/*
 * job_watch.c - whether a job does what it should: its slots, failures and problems.
 *
 * A slot is a time at which a run is due: of a schedule, the start of one; of an interval, a
 * success. A start in [slot, slot + start_within] meets a slot of a schedule; the end of a run
 * whose start was not seen does, too. Each slot that nothing met in time is missed once, and fails
 * as a run does. Slots are judged in their order, once a second.
 *
 *   since it was last judged            a slot whose time is over
 *   the clocks agree                    missed
 *   not judged for over five            not judged if it lies wholly in between; else missed one
 *   seconds (no daemon, or it hung)     second later, when what was queued has been read
 *   the host was down                   all such slots are missed once
 *   the wall clock was set, or the      not judged; an interval moves with the clock
 *   host slept
 */
#include "breakers_jobs/breakers_jobs_private.h"

#include <string.h>

#include "base/hash.h"
#include "schedule/schedule.h"

enum {
    STEP_MS = 2000,            /* clocks differ by more: the wall clock was set */
    AWAY_MS = 5000,            /* not judged for so long: events may be queued, or lost */
    BACK_MS = 3 * 3600 * 1000, /* cron runs nothing again when its clock goes back by less */
    START_WITHIN_MOST_MS = 600000,
    GRACE_MOST_MS = 3600000,
    LAPS = 100 /* most slots that one call judges; the others have gone by unseen */
};

/* How long the present slot may wait. */
static int64_t within_of(const struct job_watch *watch, const struct job_rules *rules) {
    const struct catalog_duty *duty = rules->duty;
    struct schedule_slot next;
    if (rules->schedule == NULL)
        return duty->grace_ms > 0 ? duty->grace_ms : earlier(rules->every_ms / 2, GRACE_MOST_MS);
    if (duty->start_within_ms > 0)
        return duty->start_within_ms;
    if (!schedule_next(rules->schedule, duty->zone, watch->slot_ms / 1000, &next))
        return START_WITHIN_MOST_MS;
    return earlier((next.at_s * 1000 - watch->slot_ms) / 2, START_WITHIN_MOST_MS);
}

/* The next slot after this time; of an interval, the one that it is away. */
static void set_slot(struct job_watch *watch, const struct job_rules *rules, int64_t after_ms) {
    struct schedule_slot slot = {0};
    const int64_t after_s = after_ms / 1000 - (after_ms % 1000 < 0);
    watch->slot_ms = watch->around_ms = watch->within_ms = 0;
    if (rules->schedule == NULL)
        watch->slot_ms = rules->every_ms > 0 ? after_ms + rules->every_ms : 0;
    else if (schedule_next(rules->schedule, rules->duty->zone, after_s, &slot))
        watch->slot_ms = slot.at_s * 1000;
    if (watch->slot_ms == 0)
        return;
    watch->around_ms = slot.around_s * 1000;
    watch->within_ms = within_of(watch, rules);
}

/* When the slot is over; INT64_MAX: there is none. */
static int64_t over_ms(const struct job_watch *watch) {
    return watch->slot_ms != 0 ? watch->slot_ms + watch->around_ms + watch->within_ms : INT64_MAX;
}

static uint64_t hash_rules(const struct job_rules *rules) {
    const uint64_t hash = hash_bytes(&rules->every_ms, sizeof rules->every_ms, 1);
    if (rules->schedule == NULL)
        return hash;
    const char *zone = rules->duty->zone->name;
    return hash_bytes(zone, strlen(zone),
                      hash_bytes(rules->schedule, sizeof *rules->schedule, hash));
}

void job_watch_begin(struct job_watch *watch, const struct job_rules *rules,
                     struct store_time now) {
    if (watch->begun)
        return;
    const uint64_t hash = hash_rules(rules);
    watch->begun = 1;
    if (watch->judged_ms == 0) {
        watch->judged_ms = now.real_ms;
        watch->judged_mono_ms = now.mono_ms;
        watch->last_exit = SG_EXIT_UNSAID;
        watch->last_ran_ms = -1;
    }
    const bool has_times = rules->schedule != NULL || rules->every_ms > 0;
    if (watch->rules == hash && watch->slot_ms != 0 && has_times) {
        watch->within_ms = within_of(watch, rules); /* it may have changed */
        return;
    }
    if (watch->rules != hash && watch->missed_last) /* by rules that are no more */
        watch->failures = watch->missed_last = 0;
    watch->rules = hash;
    watch->overdue_ms = 0;
    set_slot(watch, rules, now.real_ms);
}

void job_watch_restore(struct job_watch *watch, const struct job_watch *former, bool host_was_down,
                       struct store_time now) {
    *watch = *former;
    watch->judged_ms = former_real(former->judged_ms, now.real_ms);
    watch->judged_mono_ms = former_mono(former->judged_mono_ms, now);
    watch->slot_ms = former_real(former->slot_ms, 0);
    watch->around_ms = former_real(former->around_ms, 0);
    watch->within_ms = former_real(former->within_ms, 0);
    watch->overdue_ms = former_real(former->overdue_ms, 0);
    watch->from_ms = earlier(former_real(former->from_ms, 0), now.real_ms);
    watch->last_end_ms = former_real(former->last_end_ms, 0);
    watch->last_success_ms = former_real(former->last_success_ms, 0);
    watch->last_ran_ms = former_real(former->last_ran_ms, -1);
    watch->last_exit = former_exit(former->last_exit);
    watch->host_was_down = host_was_down;
    if (watch->last_outcome > JOB_OUTCOME_COUNT)
        watch->last_outcome = 0;
    watch->begun = 0;
}

void job_watch_started(struct job_watch *watch, const struct job_rules *rules, int64_t real_ms) {
    if (rules->schedule == NULL)
        return;
    watch->overdue_ms = 0;
    if (watch->slot_ms != 0 && real_ms >= watch->slot_ms - watch->around_ms)
        set_slot(watch, rules, watch->slot_ms);
}

void job_watch_ended(struct job_watch *watch, const struct job_rules *rules,
                     enum job_outcome outcome, int32_t code, int64_t ran_ms, int64_t real_ms) {
    if (outcome == JOB_CANCELED)
        return;
    watch->last_outcome = (uint8_t)outcome + 1;
    watch->last_end_ms = real_ms;
    watch->last_exit = code;
    watch->last_ran_ms = ran_ms;
    watch->missed_last = 0;
    if (outcome != JOB_SUCCEEDED) {
        watch->failures += watch->failures < UINT32_MAX;
        return;
    }
    watch->failures = 0;
    watch->last_success_ms = real_ms;
    if (rules->schedule == NULL) {
        watch->overdue_ms = 0;
        set_slot(watch, rules, real_ms);
    }
}

static void miss(struct job_watch *watch) {
    watch->missed++;
    watch->missed_last = 1;
    watch->failures += watch->failures < UINT32_MAX;
    if (watch->overdue_ms == 0)
        watch->overdue_ms = watch->slot_ms;
}

/* The slot after the present one that is not over yet. */
static void skip_slots(struct job_watch *watch, const struct job_rules *rules, int64_t now_ms) {
    const int64_t behind_ms = now_ms - over_ms(watch);
    if (behind_ms < 0)
        return;
    if (rules->schedule == NULL) {
        watch->slot_ms += (behind_ms / rules->every_ms + 1) * rules->every_ms;
        watch->within_ms = within_of(watch, rules);
        return;
    }
    set_slot(watch, rules, now_ms - watch->within_ms);
    for (int lap = 0; lap < LAPS && over_ms(watch) <= now_ms; lap++)
        set_slot(watch, rules, watch->slot_ms);
}

/* The wall clock was set by so much. */
static void follow_clock(struct job_watch *watch, const struct job_rules *rules, int64_t by_ms,
                         int64_t now_ms) {
    if (watch->slot_ms == 0)
        return;
    if (rules->schedule == NULL)
        watch->slot_ms = earlier(watch->slot_ms + by_ms, now_ms + rules->every_ms);
    else if (by_ms > 0 ? watch->slot_ms <= now_ms : -by_ms > BACK_MS)
        set_slot(watch, rules, now_ms);
}

/* Miss each slot that is over and was seen. */
static void miss_slots(struct job_watch *watch, const struct job_rules *rules, int64_t now_ms) {
    for (int lap = 0; lap < LAPS && over_ms(watch) <= now_ms; lap++) {
        if (over_ms(watch) <= watch->from_ms) {
            skip_slots(watch, rules, watch->from_ms);
            continue;
        }
        miss(watch);
        set_slot(watch, rules, watch->slot_ms);
    }
    skip_slots(watch, rules, now_ms);
}

uint32_t job_watch_advance(struct job_watch *watch, const struct job_rules *rules,
                           struct store_time now) {
    const int64_t before_ms = watch->judged_ms;
    const int64_t mono_ms = now.mono_ms - watch->judged_mono_ms;
    const int64_t step_ms = now.real_ms - before_ms - mono_ms;
    const bool stepped = step_ms > STEP_MS || step_ms < -STEP_MS;
    const bool away = mono_ms > AWAY_MS;
    const uint64_t missed = watch->missed;
    if (watch->host_was_down && now.real_ms < before_ms)
        return 0; /* a clock that is yet to be set */
    watch->judged_ms = now.real_ms;
    watch->judged_mono_ms = now.mono_ms;
    if (watch->slot_ms == 0) {
        watch->host_was_down = 0;
    } else if (watch->host_was_down) {
        watch->host_was_down = 0;
        if (over_ms(watch) <= now.real_ms)
            miss(watch);
        skip_slots(watch, rules, now.real_ms);
    } else if (stepped) {
        follow_clock(watch, rules, step_ms, now.real_ms);
        skip_slots(watch, rules, now.real_ms);
    } else if (!away) {
        miss_slots(watch, rules, now.real_ms);
    } else if (watch->slot_ms >= before_ms) {
        skip_slots(watch, rules, now.real_ms);
    } else if (over_ms(watch) <= now.real_ms) {
        watch->within_ms += now.real_ms - over_ms(watch) + 1;
    }
    if (stepped || away)
        watch->from_ms = now.real_ms;
    return (uint32_t)(watch->missed - missed);
}

int64_t job_watch_late_ms(const struct job_watch *watch, int64_t real_ms) {
    const int64_t due_ms = watch->overdue_ms != 0 ? watch->overdue_ms : watch->slot_ms;
    return due_ms != 0 && real_ms > due_ms ? real_ms - due_ms : 0;
}

enum jobs_problem job_watch_problem(const struct job_watch *watch, const struct job_rules *rules,
                                    int64_t running_ms) {
    const struct catalog_duty *duty = rules->duty;
    if (rules->is_fallback)
        return JOBS_PROBLEM_NONE;
    if (watch->failures >= duty->alert_after)
        return watch->missed_last ? JOBS_PROBLEM_MISSED : JOBS_PROBLEM_FAILED;
    if (rules->schedule == NULL && watch->overdue_ms != 0)
        return JOBS_PROBLEM_MISSED;
    if (duty->finish_within_ms > 0 && running_ms > duty->finish_within_ms)
        return JOBS_PROBLEM_RUNS_LONG;
    return JOBS_PROBLEM_NONE;
}
