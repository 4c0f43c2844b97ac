/* SPDX-License-Identifier: MIT */
/* Whether a job is judged as it should: slots met, missed and not judged, by a pure clock. */
#include "assertions.h"
#include "breakers_jobs/breakers_jobs_private.h"
#include "schedule/schedule.h"
#include "zones.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

/* 1 January 2026, 00:00 UTC. */
static const int64_t year = 1767225600000;

/* A job, and the clocks of its host. */
struct life {
    struct catalog_duty duty;
    struct schedule schedule;
    struct job_rules rules;
    struct job_watch watch;
    struct store_time now;
};

static void begin(struct life *life, const char *schedule, const struct schedule_zone *zone,
                  struct catalog_duty duty) {
    struct error error;
    *life = (struct life){.duty = duty, .now = {.mono_ms = 1000, .real_ms = year}};
    life->duty.alert_after = duty.alert_after > 0 ? duty.alert_after : 1;
    life->rules = (struct job_rules){.duty = &life->duty, .every_ms = duty.every_ms};
    if (schedule != NULL) {
        cr_assert(schedule_parse(schedule, &life->schedule, &error));
        life->duty.zone = zone;
        life->rules.schedule = &life->schedule;
    }
    job_watch_begin(&life->watch, &life->rules, life->now);
}

static void step(struct life *life, int64_t ms) {
    life->now.mono_ms += ms;
    life->now.real_ms += ms;
}

/* Lets time pass until then, judged each second. Returns how many slots were missed. */
static uint32_t wait_until(struct life *life, int64_t real_ms) {
    uint32_t missed = 0;
    while (life->now.real_ms < real_ms) {
        const int64_t left = real_ms - life->now.real_ms;
        step(life, left < SECOND ? left : SECOND);
        missed += job_watch_advance(&life->watch, &life->rules, life->now);
    }
    return missed;
}

static void run(struct life *life, enum job_outcome outcome) {
    (void)job_watch_advance(&life->watch, &life->rules, life->now);
    job_watch_started(&life->watch, &life->rules, life->now.real_ms);
    job_watch_ended(&life->watch, &life->rules, outcome, 0, 0, life->now.real_ms);
}

static enum jobs_problem problem(const struct life *life) {
    return job_watch_problem(&life->watch, &life->rules, -1);
}

Test(job_watch, a_start_within_its_time_meets_a_slot) {
    struct life life;
    begin(&life, "0 5 * * *", &utc, (struct catalog_duty){0});
    cr_expect(eq(i64, life.watch.slot_ms, year + 5 * HOUR));
    cr_expect(eq(i64, life.watch.within_ms, 600 * SECOND), "the default");
    cr_expect(eq(u32, wait_until(&life, year + 5 * HOUR + 599 * SECOND), 0));
    cr_expect(eq(i64, job_watch_late_ms(&life.watch, life.now.real_ms), 599 * SECOND));
    run(&life, JOB_SUCCEEDED);
    cr_expect(eq(i64, life.watch.slot_ms, year + 29 * HOUR));
    cr_expect(eq(i64, job_watch_late_ms(&life.watch, life.now.real_ms), 0));
    cr_expect(eq(u32, wait_until(&life, year + 24 * HOUR), 0));
    cr_expect(problem(&life) == JOBS_PROBLEM_NONE);
}

Test(job_watch, failures_are_a_problem_from_alert_after_on) {
    struct life life;
    begin(&life, "0 * * * *", &utc, (struct catalog_duty){.alert_after = 3});
    for (int hour = 1; hour <= 2; hour++) {
        wait_until(&life, year + hour * HOUR);
        run(&life, hour == 1 ? JOB_FAILED : JOB_LOST);
        cr_expect(problem(&life) == JOBS_PROBLEM_NONE);
    }
    wait_until(&life, year + 3 * HOUR);
    run(&life, JOB_CANCELED); /* meets its slot, and is neither */
    cr_expect(problem(&life) == JOBS_PROBLEM_NONE);
    cr_expect(eq(u32, life.watch.failures, 2));
    wait_until(&life, year + 4 * HOUR);
    run(&life, JOB_FAILED);
    cr_expect(problem(&life) == JOBS_PROBLEM_FAILED);
    wait_until(&life, year + 5 * HOUR);
    run(&life, JOB_SUCCEEDED);
    cr_expect(problem(&life) == JOBS_PROBLEM_NONE);
    cr_expect(eq(u64, life.watch.missed, 0));
}

Test(job_watch, an_interval_counts_from_the_last_success) {
    struct life life;
    begin(&life, NULL, NULL, (struct catalog_duty){.every_ms = DAY, .grace_ms = HOUR});
    cr_expect(eq(u32, wait_until(&life, year + 20 * HOUR), 0));
    run(&life, JOB_SUCCEEDED);
    cr_expect(eq(i64, life.watch.slot_ms, year + 44 * HOUR));
    cr_expect(eq(u32, wait_until(&life, year + 40 * HOUR), 0));
    run(&life, JOB_FAILED);
    cr_expect(eq(i64, life.watch.slot_ms, year + 44 * HOUR), "no success");
    cr_expect(eq(u32, wait_until(&life, year + 45 * HOUR - 1), 0));
    cr_expect(eq(u32, wait_until(&life, year + 45 * HOUR), 1));
    cr_expect(problem(&life) == JOBS_PROBLEM_MISSED);
    cr_expect(eq(u32, wait_until(&life, year + 69 * HOUR), 1), "a day later, again");
    cr_expect(eq(i64, job_watch_late_ms(&life.watch, life.now.real_ms), 25 * HOUR));
    run(&life, JOB_SUCCEEDED);
    cr_expect(problem(&life) == JOBS_PROBLEM_NONE);
    cr_expect(eq(i64, life.watch.slot_ms, year + 93 * HOUR));
}

Test(job_watch, a_long_run_is_a_problem_while_it_lasts) {
    struct life life;
    begin(&life, NULL, NULL, (struct catalog_duty){.finish_within_ms = HOUR});
    cr_expect(job_watch_problem(&life.watch, &life.rules, HOUR) == JOBS_PROBLEM_NONE);
    cr_expect(job_watch_problem(&life.watch, &life.rules, HOUR + 1) == JOBS_PROBLEM_RUNS_LONG);
    cr_expect(job_watch_problem(&life.watch, &life.rules, -1) == JOBS_PROBLEM_NONE);
}

/* No daemon from there to there. */
static uint32_t away(struct life *life, int64_t from_ms, int64_t until_ms) {
    uint32_t missed = wait_until(life, from_ms);
    step(life, until_ms - life->now.real_ms);
    missed += job_watch_advance(&life->watch, &life->rules, life->now);
    return missed;
}

Test(job_watch, slots_within_an_absence_of_the_daemon_are_not_judged) {
    struct life life;
    begin(&life, "0 * * * *", &utc, (struct catalog_duty){.start_within_ms = 5 * MINUTE});
    cr_expect(eq(u32, away(&life, year + 30 * MINUTE, year + 9 * HOUR + 30 * MINUTE), 0));
    cr_expect(eq(i64, life.watch.slot_ms, year + 10 * HOUR));
    cr_expect(eq(u32, wait_until(&life, year + 10 * HOUR + 5 * MINUTE), 1));
    /* One that began before is, but those behind it are not. */
    cr_expect(eq(u32, away(&life, year + 11 * HOUR + MINUTE, year + 15 * HOUR + MINUTE), 0));
    cr_expect(eq(u32, wait_until(&life, year + 15 * HOUR + MINUTE + 2 * SECOND), 1));
    cr_expect(eq(i64, life.watch.slot_ms, year + 15 * HOUR), "that one is not over yet");
    cr_expect(eq(u32, wait_until(&life, year + 15 * HOUR + 5 * MINUTE), 1));
    /* What was queued meanwhile is read within a second. */
    cr_expect(eq(u32, away(&life, year + 16 * HOUR + MINUTE, year + 16 * HOUR + 6 * MINUTE), 0));
    run(&life, JOB_SUCCEEDED);
    cr_expect(eq(u32, wait_until(&life, year + 17 * HOUR), 0));
}

/*
 * A year of a job that starts by a scheduler of one of three kinds, where the clock changes: as
 * cron, which runs a skipped one soon after and one that comes twice the first time; as Kubernetes,
 * which leaves the first out and takes the second time; and as one that runs both times. None of
 * them is ever missed. One that leaves out a day is, once for each time.
 */
enum scheduler { CRON, SECOND_TIME, BOTH_TIMES, SCHEDULERS };

static void live_a_year(const char *text, const struct schedule_zone *zone,
                        enum scheduler scheduler, int64_t leave_out) {
    struct life life;
    uint32_t missed = 0;
    int64_t slots = 0;
    begin(&life, text, zone, (struct catalog_duty){.start_within_ms = 10 * MINUTE});
    int64_t after_s = year / 1000;
    const int64_t end_s = year / 1000 + 365 * (int64_t)86400;
    struct schedule_slot slot;
    while (schedule_next(&life.schedule, zone, after_s, &slot) && slot.at_s < end_s) {
        after_s = slot.at_s;
        const bool twice = slot.around_s > 0;
        const int64_t again_s = zone == &lord_howe ? 1800 : 3600;
        if (++slots == leave_out)
            continue;
        const int64_t start_s = twice && scheduler == SECOND_TIME ? slot.at_s + again_s : slot.at_s;
        /* Steps of a minute do, as slots are whole ones; the judge wants them closer than AWAY. */
        missed += wait_until(&life, start_s * 1000 + 3 * SECOND);
        run(&life, JOB_SUCCEEDED);
        if (twice && scheduler == BOTH_TIMES) {
            missed += wait_until(&life, (slot.at_s + again_s) * 1000);
            run(&life, JOB_SUCCEEDED);
        }
    }
    cr_expect(eq(u32, missed, leave_out > 0), "%s in %s, scheduler %d", text, zone->name,
              (int)scheduler);
    cr_expect(gt(i64, slots, 50));
}

Test(job_watch, no_year_has_a_false_miss) {
    static const struct schedule_zone *const zones[] = {&utc, &berlin, &lord_howe, &beirut};
    for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++)
        for (int scheduler = 0; scheduler < SCHEDULERS; scheduler++) {
            live_a_year("30 2 * * *", zones[i], (enum scheduler)scheduler, 0);
            live_a_year("45 1 * * *", zones[i], (enum scheduler)scheduler, 100);
            live_a_year("0 0 * * 0,1", zones[i], (enum scheduler)scheduler, 0);
        }
}

Test(job_watch, a_clock_that_is_set_during_an_absence_misses_nothing) {
    static const int64_t steps[] = {-3 * SECOND, 3 * SECOND, 10 * MINUTE, -HOUR, 100 * DAY};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct life life;
        begin(&life, "*/5 * * * *", &utc, (struct catalog_duty){0});
        wait_until(&life, year + HOUR + MINUTE);
        life.watch.missed = life.watch.failures = 0;
        life.now.real_ms += steps[i];
        step(&life, 70 * MINUTE);
        cr_expect(eq(u32, job_watch_advance(&life.watch, &life.rules, life.now), 0), "%zu", i);
        step(&life, SECOND);
        cr_expect(eq(u32, job_watch_advance(&life.watch, &life.rules, life.now), 0), "%zu", i);
        begin(&life, NULL, NULL, (struct catalog_duty){.every_ms = 10 * MINUTE});
        life.now.real_ms += steps[i];
        step(&life, 70 * MINUTE);
        cr_expect(eq(u32, job_watch_advance(&life.watch, &life.rules, life.now), 0), "%zu", i);
        cr_expect(le(i64, life.watch.slot_ms, life.now.real_ms + 10 * MINUTE), "%zu", i);
    }
}

Test(job_watch, a_boot_without_a_clock_waits_for_it) {
    struct life life;
    begin(&life, NULL, NULL, (struct catalog_duty){.every_ms = DAY, .grace_ms = HOUR});
    struct job_watch next;
    struct store_time now = {.mono_ms = 5000, .real_ms = 1000};
    job_watch_restore(&next, &life.watch, true, now);
    next.judged_ms = life.watch.judged_ms;
    job_watch_begin(&next, &life.rules, now);
    cr_expect(eq(u32, job_watch_advance(&next, &life.rules, now), 0));
    now = (struct store_time){.mono_ms = 9000, .real_ms = year + 2 * DAY};
    cr_expect(eq(u32, job_watch_advance(&next, &life.rules, now), 1), "down for two days");
    cr_expect(le(i64, next.slot_ms, now.real_ms + DAY));
}

Test(job_watch, a_boot_misses_once_whatever_comes_next) {
    /* The last slots of a day have half a minute; the first of the next has, too. */
    for (int minute = 0; minute < 60; minute++) {
        struct life life;
        begin(&life, "*/7 9-17 * * *", &utc, (struct catalog_duty){0});
        wait_until(&life, year + 9 * HOUR);
        life.watch.missed = 0;
        struct job_watch next;
        struct store_time now = {5000, year + DAY + 10 * HOUR + minute * MINUTE + 30 * SECOND};
        job_watch_restore(&next, &life.watch, true, now);
        job_watch_begin(&next, &life.rules, now);
        uint32_t missed = 0;
        for (int i = 0; i < 5; i++) {
            missed += job_watch_advance(&next, &life.rules, now);
            now.mono_ms++;
            now.real_ms++;
        }
        cr_expect(eq(u32, missed, 1), "minute %d", minute);
    }
}

Test(job_watch, any_numbers_of_an_old_process_end_in_some_state) {
    static const int64_t wild[] = {INT64_MIN, -1, 0, 1, 1767225600000, (INT64_C(1) << 53) - 1,
                                   INT64_MAX};
    enum { WILD = sizeof wild / sizeof wild[0] };
    for (size_t i = 0; i < (size_t)WILD * WILD * WILD; i++) {
        struct life life;
        const char *schedule = i % 2 == 0 ? "*/5 * * * *" : NULL;
        begin(&life, schedule, &utc, (struct catalog_duty){.finish_within_ms = HOUR});
        struct job_watch former = life.watch;
        former.slot_ms = wild[i % WILD];
        former.from_ms = wild[i / WILD % WILD];
        former.within_ms = former.around_ms = wild[i / WILD / WILD];
        former.judged_ms = former.overdue_ms = wild[i / WILD % WILD];
        former.last_exit = INT32_MIN + 1;
        former.last_outcome = 200;
        struct job_watch next;
        job_watch_restore(&next, &former, i % 3 == 0, life.now);
        job_watch_begin(&next, &life.rules, life.now);
        for (int second = 0; second < 3; second++) {
            step(&life, SECOND);
            (void)job_watch_advance(&next, &life.rules, life.now);
        }
        cr_expect(eq(u8, next.last_outcome, 0));
        cr_expect(le(i64, next.from_ms, life.now.real_ms));
        if (schedule == NULL)
            cr_expect(eq(i64, next.slot_ms, 0), "it has no times");
    }
}

Test(job_watch, a_longer_grace_holds_at_once) {
    struct life life;
    begin(&life, NULL, NULL, (struct catalog_duty){.every_ms = HOUR, .grace_ms = MINUTE});
    wait_until(&life, year + 30 * MINUTE);
    life.duty.grace_ms = HOUR;
    life.watch.begun = 0;
    job_watch_begin(&life.watch, &life.rules, life.now);
    cr_expect(eq(u32, wait_until(&life, year + 2 * HOUR - SECOND), 0));
    cr_expect(eq(u32, wait_until(&life, year + 2 * HOUR), 1));
    /* Without the interval nothing is due, and what was missed by it is no failure any more. */
    life.rules.every_ms = life.duty.every_ms = 0;
    life.watch.begun = 0;
    job_watch_begin(&life.watch, &life.rules, life.now);
    cr_expect(problem(&life) == JOBS_PROBLEM_NONE);
    cr_expect(eq(i64, life.watch.slot_ms, 0));
}
