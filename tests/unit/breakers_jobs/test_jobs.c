/* SPDX-License-Identifier: MIT */
/* Jobs: each rule, through the interface of the machines. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "assertions.h"
#include "rig.h"
#include "store/store.h"

static const char catalog[] =
    "\"jobs\":{\"t\":{\"labels\":{\"queue\":{\"values\":[\"fast\",\"slow\"],"
    "\"otherwise\":\"other\"}},\"max_live\":4,\"buckets\":[1,10]},"
    "\"u\":{\"max_live\":6000,\"buckets\":[1]}}";

struct jobs {
    struct rig rig;
    const struct series *fast;
    const struct series *slow;
    const struct series *other;
    const struct series *u;
};

static void jobs_open(struct jobs *jobs) {
    rig_open(&jobs->rig, catalog);
    jobs->fast = rig_machine(&jobs->rig, "t", "fast");
    jobs->slow = rig_machine(&jobs->rig, "t", "slow");
    jobs->other = rig_machine(&jobs->rig, "t", "other");
    jobs->u = rig_machine(&jobs->rig, "u", "");
}

static enum breakers_jobs_result fast(struct jobs *jobs, const char *word, const char *id,
                                      int32_t pid) {
    return rig_job(&jobs->rig, jobs->fast, word, id, pid);
}

static double value(struct jobs *jobs, const char *name, const char *values) {
    breakers_jobs_publish(jobs->rig.breakers_jobs, jobs->rig.now);
    return rig_value(&jobs->rig, name, values);
}

static double finished(struct jobs *jobs, const char *outcome) {
    char labels[64];
    (void)snprintf(labels, sizeof labels, "%s,fast", outcome);
    return value(jobs, "t_finished_total", labels);
}

/* Observations of a histogram; 0 when it does not exist. */
static uint64_t observed(struct jobs *jobs, const char *name) {
    const struct catalog_family *family = rig_family(&jobs->rig, name);
    if (isnan(rig_value(&jobs->rig, name, "fast")))
        return 0;
    const uint64_t *buckets = series_buckets(rig_machine(&jobs->rig, name, "fast"));
    uint64_t count = 0;
    for (uint32_t i = 0; i <= family->bucket_count; i++)
        count += buckets[i];
    return count;
}

Test(jobs, one_waits_runs_and_finishes) {
    struct jobs jobs;
    jobs_open(&jobs);
    cr_expect(eq(dbl, value(&jobs, "t_jobs", "fast,queued"), 0));
    cr_expect(isnan(value(&jobs, "t_oldest_queued_age_seconds", "fast")));
    cr_expect(eq(int, fast(&jobs, "queued", "7f3a", 1), BREAKERS_JOBS_TAKEN));
    rig_wait(&jobs.rig, 2500);
    cr_expect(eq(dbl, value(&jobs, "t_jobs", "fast,queued"), 1));
    cr_expect(eq(dbl, value(&jobs, "t_oldest_queued_age_seconds", "fast"), 2.5));
    cr_expect(eq(int, fast(&jobs, "started", "7f3a", 2), BREAKERS_JOBS_TAKEN));
    rig_wait(&jobs.rig, 500);
    cr_expect(eq(dbl, value(&jobs, "t_jobs", "fast,queued"), 0));
    cr_expect(eq(dbl, value(&jobs, "t_jobs", "fast,running"), 1));
    cr_expect(isnan(value(&jobs, "t_oldest_queued_age_seconds", "fast")));
    cr_expect(eq(dbl, value(&jobs, "t_oldest_running_age_seconds", "fast"), 0.5));
    cr_expect(eq(int, fast(&jobs, "succeeded", "7f3a", 2), BREAKERS_JOBS_TAKEN));
    cr_expect(isnan(value(&jobs, "t_oldest_running_age_seconds", "fast")));
    cr_expect(eq(dbl, value(&jobs, "t_waiting_seconds", "fast"), 2.5));
    cr_expect(eq(dbl, value(&jobs, "t_running_seconds", "fast"), 0.5));
    cr_expect(eq(dbl, finished(&jobs, "succeeded"), 1));
    cr_expect(eq(dbl, finished(&jobs, "failed"), 0));
    cr_expect(eq(u64, jobs_count(jobs.rig.breakers_jobs, rig_family(&jobs.rig, "t")), 0));
    rig_close(&jobs.rig);
}

Test(jobs, the_oldest_is_the_one_that_is_longest_in_its_state) {
    struct jobs jobs;
    jobs_open(&jobs);
    fast(&jobs, "queued", "a", 1);
    rig_wait(&jobs.rig, 1000);
    fast(&jobs, "queued", "b", 1);
    rig_wait(&jobs.rig, 1000);
    fast(&jobs, "queued", "c", 1);
    cr_expect(eq(dbl, value(&jobs, "t_oldest_queued_age_seconds", "fast"), 2));
    fast(&jobs, "started", "a", 1);
    cr_expect(eq(dbl, value(&jobs, "t_oldest_queued_age_seconds", "fast"), 1));
    fast(&jobs, "canceled", "b", 1);
    cr_expect(eq(dbl, value(&jobs, "t_oldest_queued_age_seconds", "fast"), 0));
    fast(&jobs, "queued", "a", 1);
    rig_wait(&jobs.rig, 250);
    cr_expect(eq(dbl, value(&jobs, "t_oldest_queued_age_seconds", "fast"), 0.25));
    rig_close(&jobs.rig);
}

Test(jobs, a_fallback_shows_with_its_first_event) {
    struct jobs jobs;
    jobs_open(&jobs);
    cr_expect(isnan(value(&jobs, "t_jobs", "other,queued")));
    cr_expect(eq(int, rig_job(&jobs.rig, jobs.other, "queued", "x", 1), BREAKERS_JOBS_TAKEN));
    cr_expect(eq(dbl, value(&jobs, "t_jobs", "other,queued"), 1));
    cr_expect(eq(dbl, value(&jobs, "t_jobs", "other,running"), 0));
    cr_expect(eq(dbl, value(&jobs, "t_finished_total", "lost,other"), 0));
    rig_close(&jobs.rig);
}

Test(jobs, an_event_twice_is_repeated) {
    struct jobs jobs;
    jobs_open(&jobs);
    cr_expect(eq(int, fast(&jobs, "queued", "a", 1), BREAKERS_JOBS_TAKEN));
    rig_wait(&jobs.rig, 1000);
    cr_expect(eq(int, fast(&jobs, "queued", "a", 1), BREAKERS_JOBS_REPEATED));
    cr_expect(eq(int, fast(&jobs, "queued", "a", 2), BREAKERS_JOBS_REPEATED));
    cr_expect(eq(dbl, value(&jobs, "t_oldest_queued_age_seconds", "fast"), 1));
    cr_expect(eq(int, fast(&jobs, "started", "a", 1), BREAKERS_JOBS_TAKEN));
    rig_wait(&jobs.rig, 1000);
    cr_expect(eq(int, fast(&jobs, "started", "a", 1), BREAKERS_JOBS_REPEATED));
    cr_expect(eq(dbl, value(&jobs, "t_oldest_running_age_seconds", "fast"), 1));
    cr_expect(eq(int, fast(&jobs, "succeeded", "a", 1), BREAKERS_JOBS_TAKEN));
    cr_expect(eq(int, fast(&jobs, "succeeded", "a", 1), BREAKERS_JOBS_REPEATED));
    cr_expect(eq(int, fast(&jobs, "failed", "a", 1), BREAKERS_JOBS_REPEATED));
    cr_expect(eq(dbl, finished(&jobs, "succeeded"), 1));
    cr_expect(eq(dbl, finished(&jobs, "failed"), 0));
    cr_expect(eq(u64, observed(&jobs, "t_running_seconds"), 1));
    rig_close(&jobs.rig);
}

Test(jobs, started_without_queued_has_no_waiting_time) {
    struct jobs jobs;
    jobs_open(&jobs);
    cr_expect(eq(int, fast(&jobs, "started", "a", 1), BREAKERS_JOBS_TAKEN));
    rig_wait(&jobs.rig, 1000);
    struct jobs_entry job = {.queued_ms = -1};
    uint32_t hint = 0;
    cr_expect(jobs_next(jobs.rig.breakers_jobs, rig_family(&jobs.rig, "t"), 0, &hint, &job));
    cr_expect(eq(i64, job.queued_ms, 0));
    cr_expect(eq(i64, job.since_ms, jobs.rig.now.real_ms - 1000));
    cr_expect(eq(int, fast(&jobs, "failed", "a", 1), BREAKERS_JOBS_TAKEN));
    cr_expect(eq(u64, observed(&jobs, "t_waiting_seconds"), 0));
    cr_expect(eq(u64, observed(&jobs, "t_running_seconds"), 1));
    rig_close(&jobs.rig);
}

Test(jobs, an_end_without_a_start_is_counted_without_times) {
    struct jobs jobs;
    jobs_open(&jobs);
    cr_expect(eq(int, fast(&jobs, "succeeded", "never-seen", 1), BREAKERS_JOBS_TAKEN));
    cr_expect(eq(int, fast(&jobs, "succeeded", "never-seen", 1), BREAKERS_JOBS_REPEATED));
    cr_expect(eq(int, fast(&jobs, "queued", "only-queued", 1), BREAKERS_JOBS_TAKEN));
    cr_expect(eq(int, fast(&jobs, "succeeded", "only-queued", 1), BREAKERS_JOBS_TAKEN));
    cr_expect(eq(dbl, finished(&jobs, "succeeded"), 2));
    cr_expect(eq(u64, observed(&jobs, "t_waiting_seconds"), 0));
    cr_expect(eq(u64, observed(&jobs, "t_running_seconds"), 0));
    cr_expect(eq(dbl, value(&jobs, "t_jobs", "fast,queued"), 0));
    rig_close(&jobs.rig);
}

Test(jobs, a_running_one_can_go_back_to_the_queue) {
    struct jobs jobs;
    jobs_open(&jobs);
    fast(&jobs, "started", "a", 1);
    rig_wait(&jobs.rig, 3000);
    cr_expect(eq(int, fast(&jobs, "queued", "a", 1), BREAKERS_JOBS_TAKEN));
    cr_expect(eq(dbl, value(&jobs, "t_running_seconds", "fast"), 3));
    rig_end(&jobs.rig, 1);
    cr_expect(eq(dbl, value(&jobs, "t_jobs", "fast,queued"), 1), "who waits is nobody's");
    rig_wait(&jobs.rig, 4000);
    cr_expect(eq(int, fast(&jobs, "started", "a", 2), BREAKERS_JOBS_TAKEN));
    cr_expect(eq(dbl, value(&jobs, "t_waiting_seconds", "fast"), 4));
    rig_close(&jobs.rig);
}

Test(jobs, after_its_end_it_lives_again_or_was_late) {
    struct jobs jobs;
    jobs_open(&jobs);
    static const char *const ends[] = {"succeeded", "canceled", "failed"};
    static const enum breakers_jobs_result again[] = {BREAKERS_JOBS_REPEATED,
                                                      BREAKERS_JOBS_REPEATED, BREAKERS_JOBS_TAKEN};
    for (size_t i = 0; i < 3; i++) {
        fast(&jobs, "started", "a", 1);
        cr_expect(eq(int, fast(&jobs, ends[i], "a", 1), BREAKERS_JOBS_TAKEN));
        cr_expect(eq(int, fast(&jobs, "started", "a", 1), again[i]), "after %s", ends[i]);
        if (again[i] == BREAKERS_JOBS_REPEATED)
            cr_expect(eq(int, fast(&jobs, "queued", "a", 1), BREAKERS_JOBS_TAKEN));
    }
    cr_expect(eq(int, fast(&jobs, "succeeded", "a", 1), BREAKERS_JOBS_TAKEN),
              "the second run of a failed");
    fast(&jobs, "started", "b", 5);
    rig_end(&jobs.rig, 5);
    cr_expect(eq(int, fast(&jobs, "succeeded", "b", 6), BREAKERS_JOBS_REPEATED),
              "it was counted as lost");
    cr_expect(eq(int, fast(&jobs, "started", "b", 6), BREAKERS_JOBS_TAKEN), "somebody tries again");
    rig_close(&jobs.rig);
}

Test(jobs, another_process_takes_it_over) {
    struct jobs jobs;
    jobs_open(&jobs);
    fast(&jobs, "started", "a", 1);
    rig_wait(&jobs.rig, 5000);
    cr_expect(eq(int, fast(&jobs, "started", "a", 2), BREAKERS_JOBS_TAKEN));
    rig_wait(&jobs.rig, 1000);
    rig_end(&jobs.rig, 1);
    cr_expect(eq(dbl, finished(&jobs, "lost"), 0));
    cr_expect(eq(dbl, value(&jobs, "t_oldest_running_age_seconds", "fast"), 1));
    cr_expect(eq(dbl, value(&jobs, "t_jobs", "fast,running"), 1));
    rig_end(&jobs.rig, 2);
    cr_expect(eq(dbl, finished(&jobs, "lost"), 1));
    cr_expect(eq(u64, observed(&jobs, "t_running_seconds"), 0));
    cr_expect(eq(u64, observed(&jobs, "t_waiting_seconds"), 0));
    rig_close(&jobs.rig);
}

Test(jobs, with_other_labels_it_moves) {
    struct jobs jobs;
    jobs_open(&jobs);
    fast(&jobs, "queued", "a", 1);
    rig_wait(&jobs.rig, 1000);
    cr_expect(eq(int, rig_job(&jobs.rig, jobs.slow, "queued", "a", 1), BREAKERS_JOBS_TAKEN));
    cr_expect(eq(dbl, value(&jobs, "t_jobs", "fast,queued"), 0));
    cr_expect(isnan(value(&jobs, "t_oldest_queued_age_seconds", "fast")));
    cr_expect(eq(dbl, value(&jobs, "t_jobs", "slow,queued"), 1));
    cr_expect(eq(dbl, value(&jobs, "t_oldest_queued_age_seconds", "slow"), 0));
    rig_wait(&jobs.rig, 1000);
    cr_expect(eq(int, fast(&jobs, "started", "a", 1), BREAKERS_JOBS_TAKEN));
    cr_expect(eq(dbl, value(&jobs, "t_waiting_seconds", "fast"), 2), "since it was queued first");
    cr_expect(eq(int, rig_job(&jobs.rig, jobs.slow, "started", "a", 1), BREAKERS_JOBS_TAKEN));
    cr_expect(eq(dbl, value(&jobs, "t_jobs", "fast,running"), 0));
    cr_expect(eq(int, fast(&jobs, "succeeded", "a", 1), BREAKERS_JOBS_TAKEN));
    cr_expect(eq(dbl, finished(&jobs, "succeeded"), 1), "under the event's labels");
    cr_expect(eq(dbl, value(&jobs, "t_finished_total", "succeeded,slow"), 0));
    rig_close(&jobs.rig);
}

Test(jobs, wrong_words_and_instances_are_refused) {
    struct jobs jobs;
    jobs_open(&jobs);
    char longest[SG_INSTANCE_MAX + 2];
    memset(longest, 'x', sizeof longest);
    longest[SG_INSTANCE_MAX + 1] = '\0';
    static const char *const words[] = {"", "lost", "Queued", "queue", "running", "queuedd"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        cr_expect(eq(int, fast(&jobs, words[i], "a", 1), BREAKERS_JOBS_BAD_WORD), "%s", words[i]);
    cr_expect(eq(int, fast(&jobs, "queued", NULL, 1), BREAKERS_JOBS_BAD_INSTANCE));
    cr_expect(eq(int, fast(&jobs, "queued", "", 1), BREAKERS_JOBS_BAD_INSTANCE));
    cr_expect(eq(int, fast(&jobs, "queued", longest, 1), BREAKERS_JOBS_BAD_INSTANCE));
    longest[SG_INSTANCE_MAX] = '\0';
    cr_expect(eq(int, fast(&jobs, "queued", longest, 1), BREAKERS_JOBS_TAKEN));
    cr_expect(eq(u64, jobs_count(jobs.rig.breakers_jobs, rig_family(&jobs.rig, "t")), 1));
    rig_close(&jobs.rig);
}

Test(jobs, a_full_table_refuses_new_ones_only) {
    struct jobs jobs;
    jobs_open(&jobs);
    static const char *const ids[] = {"a", "b", "c", "d"};
    for (size_t i = 0; i < 4; i++)
        cr_expect(eq(int, fast(&jobs, "queued", ids[i], 1), BREAKERS_JOBS_TAKEN));
    cr_expect(eq(int, fast(&jobs, "queued", "e", 1), BREAKERS_JOBS_FULL));
    cr_expect(eq(int, rig_job(&jobs.rig, jobs.slow, "started", "e", 1), BREAKERS_JOBS_FULL));
    cr_expect(eq(int, fast(&jobs, "started", "a", 1), BREAKERS_JOBS_TAKEN));
    cr_expect(eq(int, fast(&jobs, "succeeded", "e", 1), BREAKERS_JOBS_TAKEN),
              "ends count all the same");
    cr_expect(eq(int, rig_job(&jobs.rig, jobs.u, "queued", "e", 1), BREAKERS_JOBS_TAKEN),
              "another family has places of its own");
    struct breakers_jobs_figures figures;
    breakers_jobs_figures(jobs.rig.breakers_jobs, &figures);
    cr_expect(eq(u64, figures.jobs, 5));
    cr_expect(eq(u64, figures.jobs_full, 2));
    cr_expect(eq(int, fast(&jobs, "failed", "c", 1), BREAKERS_JOBS_TAKEN));
    cr_expect(eq(int, fast(&jobs, "queued", "e", 1), BREAKERS_JOBS_TAKEN));
    rig_close(&jobs.rig);
}

Test(jobs, the_bound_is_filled_and_emptied_without_a_trace) {
    struct jobs jobs;
    jobs_open(&jobs);
    char id[32];
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 6000; i++) {
            (void)snprintf(id, sizeof id, "%d-%d", round, i);
            cr_assert(eq(int, rig_job(&jobs.rig, jobs.u, i % 2 ? "queued" : "started", id, 9),
                         BREAKERS_JOBS_TAKEN));
        }
        cr_expect(eq(int, rig_job(&jobs.rig, jobs.u, "queued", "more", 9), BREAKERS_JOBS_FULL));
        cr_expect(eq(dbl, value(&jobs, "u_jobs", "running"), 3000));
        const struct owner *owner =
            owners_at(store_owners(jobs.rig.store), owners_find(store_owners(jobs.rig.store), 9));
        cr_expect(eq(u32, owner->job_count, 3000));
        rig_end(&jobs.rig, 9);
        for (int i = 1; i < 6000; i += 2) {
            (void)snprintf(id, sizeof id, "%d-%d", round, i);
            cr_assert(eq(int, rig_job(&jobs.rig, jobs.u, "canceled", id, 0), BREAKERS_JOBS_TAKEN));
        }
    }
    struct breakers_jobs_figures figures;
    breakers_jobs_figures(jobs.rig.breakers_jobs, &figures);
    cr_expect(eq(u64, figures.jobs, 0));
    cr_expect(eq(dbl, value(&jobs, "u_finished_total", "lost"), 9000));
    cr_expect(eq(dbl, value(&jobs, "u_finished_total", "canceled"), 9000));
    cr_expect(eq(dbl, value(&jobs, "u_jobs", "running"), 0));
    cr_expect(eq(dbl, value(&jobs, "u_jobs", "queued"), 0));
    rig_close(&jobs.rig);
}

Test(jobs, the_memory_of_ended_ones_is_bounded) {
    struct jobs jobs;
    jobs_open(&jobs);
    char id[16];
    for (int i = 0; i < 257; i++) { /* a small family remembers 256 */
        (void)snprintf(id, sizeof id, "%d", i);
        cr_assert(eq(int, fast(&jobs, "succeeded", id, 1), BREAKERS_JOBS_TAKEN));
    }
    cr_expect(eq(int, fast(&jobs, "succeeded", "1", 1), BREAKERS_JOBS_REPEATED));
    cr_expect(eq(int, fast(&jobs, "succeeded", "256", 1), BREAKERS_JOBS_REPEATED));
    cr_expect(eq(int, fast(&jobs, "succeeded", "0", 1), BREAKERS_JOBS_TAKEN), "long ago");
    rig_close(&jobs.rig);
}

Test(jobs, those_of_an_ended_process_are_lost_bit_by_bit) {
    struct jobs jobs;
    jobs_open(&jobs);
    struct owners *owners = store_owners(jobs.rig.store);
    fast(&jobs, "started", "a", 1);
    fast(&jobs, "started", "b", 1);
    fast(&jobs, "started", "c", 2);
    rig_job(&jobs.rig, jobs.u, "started", "d", 1);
    const owner_id owner = owners_find(owners, 1);
    cr_expect(eq(u32, owners_at(owners, owner)->job_count, 3));
    owners_end(owners, owner);
    size_t budget = 0;
    cr_expect(not(breakers_jobs_disown(jobs.rig.breakers_jobs, owner, jobs.rig.now, &budget)));
    budget = 2;
    cr_expect(not(breakers_jobs_disown(jobs.rig.breakers_jobs, owner, jobs.rig.now, &budget)));
    cr_expect(eq(sz, budget, 0));
    cr_expect(eq(u32, owners_at(owners, owner)->job_count, 1));
    budget = 2;
    cr_expect(breakers_jobs_disown(jobs.rig.breakers_jobs, owner, jobs.rig.now, &budget));
    cr_expect(eq(sz, budget, 1));
    owners_release(owners, owner);
    cr_expect(breakers_jobs_disown(jobs.rig.breakers_jobs, owner, jobs.rig.now, &budget),
              "gone already");
    cr_expect(eq(dbl, finished(&jobs, "lost"), 2));
    cr_expect(eq(dbl, value(&jobs, "u_finished_total", "lost"), 1));
    cr_expect(eq(dbl, value(&jobs, "t_jobs", "fast,running"), 1));
    cr_expect(eq(u64, observed(&jobs, "t_running_seconds"), 0));
    rig_close(&jobs.rig);
}

Test(jobs, each_event_is_found_by_its_word_and_only_started_owns) {
    const enum job_outcome outcomes[] = {JOB_SUCCEEDED, JOB_FAILED, JOB_CANCELED};
    for (int i = 0; i < JOB_EVENT_COUNT; i++) {
        const enum job_event event = (enum job_event)i;
        enum job_event found = JOB_EVENT_COUNT;
        enum job_outcome outcome = JOB_LOST;
        cr_assert(job_event_find(rig_span(job_event_text(event)), &found));
        cr_expect(eq(int, (int)found, i));
        cr_expect(eq(int, job_event_owns(event), event == JOB_EVENT_STARTED));
        const bool ends = i >= JOB_EVENT_SUCCEEDED;
        cr_expect(eq(int, job_event_ends(event, &outcome), ends));
        cr_expect(
            eq(int, (int)outcome, (int)(ends ? outcomes[i - JOB_EVENT_SUCCEEDED] : JOB_LOST)));
    }
    enum job_event found;
    cr_expect(not(job_event_find(rig_span("lost"), &found)), "only the daemon finds that");
    cr_expect(not(job_event_find(rig_span("start"), &found)));
    cr_expect(not(job_event_find(rig_span(""), &found)));
}

Test(jobs, without_an_owner_it_runs_and_is_never_lost) {
    struct jobs jobs;
    jobs_open(&jobs);
    struct owners *owners = store_owners(jobs.rig.store);
    cr_expect(eq(int, fast(&jobs, "started", "a", 0), BREAKERS_JOBS_TAKEN));
    cr_expect(eq(int, fast(&jobs, "started", "a", 0), BREAKERS_JOBS_REPEATED));
    const owner_id gone = owners_begin(owners, 7);
    owners_end(owners, gone); /* ended, but not released: it can own nothing more */
    const struct who who = rig_who(7);
    const struct sg_job said = {.exit = SG_EXIT_UNSAID};
    cr_expect(eq(int,
                 jobs_event(jobs.rig.breakers_jobs, jobs.fast, JOB_EVENT_STARTED, rig_span("b"),
                            &said, gone, &who, jobs.rig.now),
                 BREAKERS_JOBS_TAKEN));
    cr_expect(eq(u32, owners_at(owners, gone)->job_count, 0));
    uint32_t hint = 0;
    struct jobs_entry job = {.serial = 0};
    const struct catalog_family *family = rig_family(&jobs.rig, "t");
    for (int i = 0; i < 2; i++) {
        cr_expect(jobs_next(jobs.rig.breakers_jobs, family, job.serial, &hint, &job));
        cr_expect(not(job.owned));
    }
    cr_expect(not(jobs_next(jobs.rig.breakers_jobs, family, job.serial, &hint, &job)));
    rig_close(&jobs.rig);
}

Test(jobs, the_view_walks_them_oldest_first_even_when_they_move) {
    struct jobs jobs;
    jobs_open(&jobs);
    const struct catalog_family *family = rig_family(&jobs.rig, "u");
    char id[16];
    for (int i = 0; i < 6000; i++) {
        (void)snprintf(id, sizeof id, "%d", i);
        (void)rig_job(&jobs.rig, jobs.u, "queued", id, 1);
    }
    struct jobs_entry job = {.serial = 0};
    uint32_t hint = 0;
    uint64_t before = 0;
    for (int i = 0; i < 6000;
         i++) { /* hints become stale now and then, as they do between two requests */
        if (i % 3 == 0)
            hint = i % 2 ? 0 : UINT32_MAX;
        cr_assert(jobs_next(jobs.rig.breakers_jobs, family, before, &hint, &job));
        (void)snprintf(id, sizeof id, "%d", i);
        cr_assert(eq(str, job.id, id));
        cr_assert(lt(u64, before, job.serial));
        before = job.serial;
        if (i % 5 == 0) /* a job that was met moves to the end, so its hint is stale */
            (void)rig_job(&jobs.rig, jobs.u, "started", id, 1);
    }
    int more = 0;
    while (jobs_next(jobs.rig.breakers_jobs, family, before, &hint, &job)) {
        before = job.serial;
        cr_assert(eq(int, job.state, JOB_RUNNING));
        cr_assert(job.owned);
        more++;
    }
    cr_expect(eq(int, more, 1200));
    cr_expect(
        not(jobs_next(jobs.rig.breakers_jobs, rig_family(&jobs.rig, "u_jobs"), 0, &hint, &job)),
        "no family of jobs");
    rig_close(&jobs.rig);
}

Test(jobs, a_figure_of_bytes_is_the_sum_of_the_families) {
    struct jobs jobs;
    jobs_open(&jobs);
    struct breakers_jobs_figures figures;
    breakers_jobs_figures(jobs.rig.breakers_jobs, &figures);
    const uint64_t t = breakers_jobs_family_bytes(rig_family(&jobs.rig, "t"));
    const uint64_t u = breakers_jobs_family_bytes(rig_family(&jobs.rig, "u"));
    cr_expect(lt(u64, UINT64_C(6000) * SG_INSTANCE_MAX, u));
    cr_expect(ge(u64, figures.bytes, t + u));
    cr_expect(lt(u64, figures.bytes, t + u + 4096));
    cr_expect(eq(u64, breakers_jobs_family_bytes(rig_family(&jobs.rig, "t_jobs")), 0));
    rig_close(&jobs.rig);
}
